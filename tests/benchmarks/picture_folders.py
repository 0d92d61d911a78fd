"""Folders of pictures with train/ and val/ to train on: given ones, unpacked ones, and ones made here.

Made where nothing is given: photo-like noise, JPEG of 500×375, in the numbers of the data set that the figures are
for. It trains as fast as photos do; what it teaches means nothing.
"""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from tests.benchmarks.choices import HYMENOPTERA

MADE = {"train": 244, "val": 153}
SUFFIXES = (".jpg", ".jpeg", ".png", ".gif")


def picture_folder(data: Path | None, per_class: int, place: Path) -> Path:
    """A folder with train/ and val/; what has to be made for it is made in `place`.

    `data` is such a folder, one whose validation pictures lie under test/, or a .tar.gz of one. `per_class` keeps that
    many training pictures of each class; 0 keeps all.
    """
    if data is None and not HYMENOPTERA.is_dir():
        print(f"\n{HYMENOPTERA} is not there: trained on made pictures (give --data FOLDER for real ones)")
        return _made(place / "made")
    folder = data or HYMENOPTERA
    if folder.name.endswith((".tar.gz", ".tgz")):
        folder = _unpacked(folder, place / "unpacked")
    if (folder / "val").is_dir() and not per_class:
        return folder.resolve()
    return _linked(folder, per_class, place / "linked")


def counts(folder: Path) -> dict[str, int]:
    """The number of pictures in train and val."""
    return {part: sum(1 for _ in _pictures(folder / part)) for part in MADE}


def _pictures(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def _unpacked(archive: Path, place: Path) -> Path:
    if not place.is_dir():
        with tarfile.open(archive) as file:
            file.extractall(place, filter="data")
    return next(path.parent for path in place.rglob("train"))


def _linked(folder: Path, per_class: int, place: Path) -> Path:
    """The same pictures by links, with test/ in the part of val/ where there is none, and no more than asked for."""
    held_back = "val" if (folder / "val").is_dir() else "test"
    for part, source in (("train", folder / "train"), ("val", folder / held_back)):
        for class_folder in sorted(source.iterdir()):
            target = place / part / class_folder.name
            target.mkdir(parents=True, exist_ok=True)
            files = sorted(class_folder.iterdir())
            for file in files[: per_class or None] if part == "train" else files:
                (target / file.name).symlink_to(file.resolve())
    return place


def _made(place: Path) -> Path:
    draws = np.random.default_rng(1)
    for part, count in MADE.items():
        for number in range(count):
            label = number % 2
            target = place / part / ("ants", "bees")[label] / f"{number:04d}.jpg"
            target.parent.mkdir(parents=True, exist_ok=True)
            _photo_like(draws, label).save(target, quality=90)
    return place


def _photo_like(draws: np.random.Generator, label: int) -> Image.Image:
    """Coarse patches with fine grain over them, reddish or bluish by the class."""
    coarse = draws.integers(0, 256, (9, 12, 3), dtype=np.uint8)
    coarse[..., 2 * label] //= 2
    patches = np.asarray(Image.fromarray(coarse).resize((500, 375), Image.Resampling.BICUBIC), dtype=np.int16)
    grain = draws.normal(0, 12, (375, 500, 1))
    return Image.fromarray((patches + grain).clip(0, 255).astype(np.uint8))
