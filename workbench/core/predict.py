"""Class and probability for picture files, with the weights of one of a run's checkpoints.

Files, folders and patterns become a list of pictures, which go through the pool that decodes for training and through
the model in batches. A picture that can't be read gives its reason and stops nothing.
"""

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch

from workbench.core.network import Network
from workbench.core.pictures import Pictures
from workbench.core.saved_run import SavedRun, open_run
from workbench.core.sources import Item, Source, open_file
from workbench.data_files import IMAGE_SUFFIXES
from workbench.run import RunFolder
from workbench.safe_text import inert


@dataclass(frozen=True)
class Result:
    """What the model says of one file: the likeliest class and all probabilities, or why it can't be read."""

    file: str
    label: str = ""
    probability: float = 0.0
    probabilities: dict[str, float] | None = None
    error: str = ""


def predict(run: RunFolder, words: Sequence[str | Path], checkpoint: str) -> list[Result]:
    """One result a picture, in the order of the words: files, folders (all pictures below them), and patterns."""
    saved = open_run(run, checkpoint)
    found = [result for word in words for result in pictures_at(str(word))]
    files = list(dict.fromkeys(result.file for result in found if not result.error))
    predicted = {result.file: result for result in _predict(saved, files)}
    return [predicted.get(result.file, result) for result in found]


def pictures_at(word: str) -> list[Result]:
    """The pictures that a word on the command line means, as results still without a class.

    A pattern may hold ``*``, ``?``, ``[…]`` and ``**`` for any number of folders; where there is nothing, the one
    result says so.
    """
    path = Path(word).expanduser()
    if path.is_dir():
        inside = [Result(name) for name in _below(path)]
        return inside or [Result(word, error="no pictures in this folder")]
    if path.exists() or not glob.has_magic(word):
        return [Result(word, error="" if path.is_file() else "no such file")]
    # Unlike Path.glob, it takes absolute patterns and leaves names as they were written.
    names = [name for name in sorted(glob.glob(str(path), recursive=True)) if Path(name).is_file()]  # noqa: PTH207
    return [Result(name) for name in names] or [Result(word, error="no file matches this pattern")]


def _below(folder: Path) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if name.lower().endswith(IMAGE_SUFFIXES) and not name.startswith("."):
                yield str(Path(place) / name)


def _predict(saved: SavedRun, files: Sequence[str]) -> Iterator[Result]:
    items = tuple(Item(file, "") for file in files)
    source = Source("pictures", items, lambda index: open_file(Path(files[index]).expanduser()))
    reasons: list[str] = []
    pictures = Pictures(source, saved.preprocessing, saved.compute, reasons.append)
    read: set[str] = set()
    for batch in pictures.ahead(_batches(len(files), saved.session.data.batch_size)):
        for index, probabilities in zip(batch.indexes, _probabilities(saved, batch.images), strict=True):
            by_class = dict(zip(saved.classes, probabilities, strict=True))
            label = max(by_class, key=by_class.__getitem__)
            read.add(files[index])
            yield Result(files[index], label, by_class[label], by_class)
    for file in files:
        if file not in read:
            yield Result(file, error=f"can't be read: {_reason(file, reasons)}")


def _batches(count: int, size: int) -> list[range]:
    return [range(first, min(first + size, count)) for first in range(0, count, size)]


def _probabilities(saved: SavedRun, stored: torch.Tensor) -> list[list[float]]:
    if not len(stored):
        return []
    with torch.inference_mode(), saved.compute.autocast():
        images = saved.preprocessing.evaluation_input(saved.compute.place(stored))
        output = cast("torch.Tensor", Network(saved.model)((images,)))
        probabilities: list[list[float]] = output.float().softmax(1).tolist()
    return probabilities


def _reason(file: str, reasons: Sequence[str]) -> str:
    """What was said of the file, without its name."""
    start = f"{inert(file)}: "
    return next((reason.removeprefix(start) for reason in reasons if reason.startswith(start)), "no picture")
