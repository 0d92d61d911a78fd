"""The classification sets of `torchvision.datasets`, from disk or downloaded, as a source.

The sets differ in how they name their parts and labels; this file knows the forms they take.
"""

import inspect
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import torchvision
from PIL import Image

from workbench.core.sources import Item, Source
from workbench.errors import BadInput, did_you_mean

MIRRORED_CHANGES_CLASS = (
    "MNIST",
    "EMNIST",
    "KMNIST",
    "QMNIST",
    "USPS",
    "SVHN",
    "GTSRB",
    "Omniglot",
    "FashionMNIST",
)
_SPLITS = {"train": "train", "trainval": "train", "val": "val", "valid": "val", "test": "test"}


def data_folder() -> Path:
    """Where torchvision's sets lie: ``THAW_DATA``, else ``data`` under the current folder."""
    return Path(os.environ.get("THAW_DATA") or "data")


def torchvision_source(name: str) -> Source:
    """The source for ``torchvision:NAME``; BadInput where there is no such set, or neither file nor network."""
    known = [
        each for each in torchvision.datasets.__all__ if isinstance(getattr(torchvision.datasets, each), type)
    ]
    if name not in known:
        hint = did_you_mean(name, known) or "for example torchvision:CIFAR10 or torchvision:Flowers102"
        raise BadInput(f"data.source: torchvision has no data set {name!r}", hint)
    parts = [(split, _load(name, arguments)) for split, arguments in _parts(name)]
    if not parts:
        raise BadInput(
            f"data.source: torchvision:{name} is no classification set that Thaw can read", "use a folder"
        )
    items: list[Item] = []
    openers: list[Callable[[], Image.Image]] = []
    for split, dataset in parts:
        classes = [str(each) for each in getattr(dataset, "classes", ())]
        for index, label in enumerate(_labels(dataset)):
            items.append(Item(f"{split}/{index}", classes[label] if classes else str(label), split))
            openers.append(_opener(dataset, index))
    return Source(
        f"torchvision:{name}",
        tuple(items),
        lambda index: openers[index](),
        photos=name not in MIRRORED_CHANGES_CLASS,
        version=_version(data_folder()),
    )


def _version(folder: Path) -> str:
    """Changes when a file in the folder does."""
    found = [(path, name) for path, _, names in os.walk(folder) for name in names]
    states = sorted((path, name, (Path(path) / name).stat().st_mtime_ns) for path, name in found)
    return sha256(repr((str(folder.absolute()), torchvision.__version__, states)).encode()).hexdigest()


def _opener(dataset: Any, index: int) -> Callable[[], Image.Image]:
    return lambda: dataset[index][0]


def _parts(name: str) -> list[tuple[str, dict[str, Any]]]:
    parameters = inspect.signature(getattr(torchvision.datasets, name).__init__).parameters
    if "train" in parameters:
        return [("train", {"train": True}), ("test", {"train": False})]
    if "split" in parameters:
        wanted = ("trainval", "test") if name == "OxfordIIITPet" else ("train", "val", "test")
        accepted = [split for split in wanted if _accepts(name, split)]
        return [(_SPLITS[split], {"split": split}) for split in accepted]
    return [("train", {})] if name in ("FakeData", "Caltech101", "Caltech256", "EuroSAT", "SEMEION") else []


def _accepts(name: str, split: str) -> bool:
    try:
        _construct(name, {"split": split}, download=False)
    except ValueError:
        return False
    except (RuntimeError, OSError):
        return True
    return True


def _load(name: str, arguments: dict[str, Any]) -> Any:
    try:
        return _construct(name, arguments, download=False)
    except (RuntimeError, OSError, ValueError):
        pass
    try:
        return _construct(name, arguments, download=True)
    except (RuntimeError, OSError, ValueError) as error:
        raise BadInput(
            f"data.source: torchvision:{name} is not in {data_folder()} and can't be downloaded ({error})",
            f"put its files under {data_folder()} (or point THAW_DATA there), laid out as torchvision expects them",
        ) from None


def _construct(name: str, arguments: dict[str, Any], *, download: bool) -> Any:
    return getattr(torchvision.datasets, name)(**_options(name, arguments, download=download))


def _options(name: str, arguments: dict[str, Any], *, download: bool) -> dict[str, Any]:
    if name == "FakeData":
        return {"size": 200, "image_size": (3, 64, 64), "num_classes": 4}
    options = {"root": str(data_folder()), **arguments}
    if "download" in inspect.signature(getattr(torchvision.datasets, name).__init__).parameters:
        options["download"] = download
    return options


def _labels(dataset: Any) -> Sequence[int]:
    attribute = _label_attribute(dataset)
    if attribute:
        return [int(label) for label in getattr(dataset, attribute)]
    return [int(dataset[index][1]) for index in range(len(dataset))]


def _label_attribute(dataset: Any) -> str:
    """The attribute that holds all labels, or an empty string where the pictures must be asked one by one."""
    for attribute in ("targets", "labels", "_labels", "y"):
        found = getattr(dataset, attribute, None)
        if found is not None and len(found) == len(dataset):
            return attribute
    return ""


@dataclass(frozen=True)
class SetDescription:
    """How a set is made in plain torchvision: its class, and the arguments of each split's part.

    `label_attribute` holds all labels of a part (empty: there is none); `has_classes`: labels are numbers of names.
    """

    name: str
    parts: tuple[tuple[str, dict[str, Any]], ...]
    label_attribute: str
    has_classes: bool


def description(name: str) -> SetDescription:
    """The description of a set that `torchvision_source` can read."""
    parts = [(split, _options(name, arguments, download=True)) for split, arguments in _parts(name)]
    first = _load(name, _parts(name)[0][1])
    return SetDescription(name, tuple(parts), _label_attribute(first), bool(getattr(first, "classes", ())))
