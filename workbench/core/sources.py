"""Where pictures come from: the embedded digits, a folder, a label file, or a torchvision data set.

A source lists its images with class and, where the data itself is divided, split; it opens one as an RGB picture.
Which images train is `workbench.core.partition`'s part, reading tables `workbench.core.label_files`'s.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from workbench.data_files import IMAGE_SUFFIXES, is_label_file
from workbench.errors import BadInput
from workbench.safe_text import inert

SPLIT_FOLDERS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}


class UnreadablePicture(Exception):  # noqa: N818  (read as a noun where it is caught)
    """A picture that can't be decoded; the message names the file and why."""


@dataclass(frozen=True, slots=True)
class Item:
    """One image: a name unique in the source, its class, and its split where the data says so."""

    name: str
    label: str
    split: str | None = None


@dataclass(frozen=True)
class Source:
    """The images of a data set; `photos` tells whether mirroring left to right leaves the class as it is.

    Where the images are files, `root` is the folder that their names are relative to; where they are not, `version`
    changes with their pixels.
    """

    name: str
    items: tuple[Item, ...]
    open_index: Callable[[int], Image.Image]
    photos: bool = True
    notices: tuple[str, ...] = field(default=())
    root: Path | None = None
    version: str = ""

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names, sorted."""
        return tuple(sorted({item.label for item in self.items}))

    def open(self, index: int) -> Image.Image:
        """The picture as 8-bit RGB, upright; UnreadablePicture says which one and why."""
        with self._naming(index):
            return as_rgb(self.open_index(index))

    def open_raw(self, index: int) -> Image.Image:
        """The picture decoded, in the mode of its file; UnreadablePicture says which one and why."""
        with self._naming(index):
            return self.open_index(index)

    @contextmanager
    def _naming(self, index: int) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            reason = str(error) or type(error).__name__
            raise UnreadablePicture(inert(f"{self.items[index].name}: {reason}")) from None

    def file(self, index: int) -> str | None:
        """The absolute path of the image, or None where it is no file of its own."""
        return os.path.join(self._place, self.items[index].name) if self._place else None  # noqa: PTH118

    @cached_property
    def _place(self) -> str:
        """The root as text: a hundred thousand names are joined to it in a tenth of the time that paths take."""
        return str(self.root.absolute()) if self.root is not None else ""


def as_rgb(picture: Image.Image) -> Image.Image:
    """The first frame, turned upright by its EXIF tag, as 8-bit RGB (also from CMYK, palette, alpha and 16 bits).

    Where nothing but its orientation has to be changed, that is done to the picture itself.
    """
    ImageOps.exif_transpose(picture, in_place=True)
    if picture.mode.startswith("I") or picture.mode == "F":
        values = np.asarray(picture, dtype=np.float64)
        top = 65535.0 if values.max(initial=0) > 255 else 255.0
        picture = Image.fromarray((values.clip(0, top) * (255.0 / top)).round().astype(np.uint8))
    if "transparency" in picture.info or picture.mode in ("LA", "RGBA", "PA"):
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def open_source(name: str) -> Source:
    """The source that a session names; BadInput where it holds nothing to train on."""
    if name == "digits":
        return digits()
    if name.startswith("torchvision:"):
        from workbench.core.torchvision_source import torchvision_source

        return torchvision_source(name.removeprefix("torchvision:"))
    path = Path(name).expanduser()
    if is_label_file(path):
        from workbench.core.label_files import label_file

        return label_file(path)
    return folder(path)


def digits() -> Source:
    """Scikit-learn's 1,797 grey 8×8 images of handwritten digits (UCI, Alpaydin and Kaynak 1998)."""
    table = _digits_table()
    images = np.round(table[:, :64].reshape(-1, 8, 8) * (255.0 / 16.0)).astype(np.uint8)
    items = tuple(Item(f"digit-{index:04d}", str(int(label))) for index, label in enumerate(table[:, 64]))
    return Source("digits", items, lambda index: Image.fromarray(images[index]), photos=False)


def _digits_table() -> NDArray[np.float64]:
    """A row an image: 64 grey values from 0 to 16, and the digit.

    Read from scikit-learn's own file where it lies where it always has: importing the package takes a second.
    """
    package = find_spec("sklearn")
    if package is not None and package.origin is not None:
        file = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
        if file.is_file():
            return np.loadtxt(file, delimiter=",")
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return np.column_stack([bunch.data, bunch.target])


def folder(root: Path) -> Source:
    """The images under a folder: ``class/…`` or ``train|val|test/class/…``, at any depth below the class."""
    if not root.is_dir():
        raise BadInput(
            f"data.source: {root} is no folder",
            "give a folder of images, a label file (.csv), 'digits' or torchvision:NAME",
        )
    parts = {child.name: SPLIT_FOLDERS.get(child.name.lower(), "") for child in _folders(root)}
    items: list[Item] = []
    if "train" in parts.values():
        for part, split in parts.items():
            items += _class_items(root, root / part, split) if split else []
    else:
        items += _class_items(root, root, None)
    if not items:
        raise BadInput(
            f"data.source: no images in class folders under {root}",
            "put the images of each class into a folder named after it: "
            f"{root.name}/ants/1.jpg, {root.name}/bees/2.jpg (or under train/ and val/)",
        )
    return Source(str(root), tuple(items), lambda index: open_file(root / items[index].name), root=root)


def open_file(path: Path) -> Image.Image:
    """The decoded picture of a file; whatever Pillow raises where it can't be."""
    if path.stat().st_size == 0:
        raise ValueError("the file is empty")
    picture = Image.open(path)
    picture.load()
    return picture


def _folders(root: Path) -> Sequence[os.DirEntry[str]]:
    try:
        with os.scandir(root) as entries:
            return sorted(
                (entry for entry in entries if entry.is_dir() and not entry.name.startswith(".")),
                key=lambda entry: entry.name,
            )
    except OSError as error:
        raise BadInput(f"{root}: can't be read: {error.strerror}", "correct its permissions") from None


def _refuse(error: OSError) -> None:
    """A folder that can't be listed must not be taken for an empty one."""
    raise BadInput(f"{error.filename}: can't be read: {error.strerror}", "correct its permissions") from None


def _class_items(root: Path, place: Path, split: str | None) -> list[Item]:
    items = []
    for class_folder in _folders(place):
        for path, folders, files in os.walk(class_folder.path, onerror=_refuse):
            folders.sort()
            inside = os.path.relpath(path, root)
            items += [
                Item(f"{inside}/{name}", class_folder.name, split)
                for name in sorted(files)
                if name.lower().endswith(IMAGE_SUFFIXES) and not name.startswith(".")
            ]
    return items
