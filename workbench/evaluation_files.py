"""An evaluation as files for other programs: one JSON with everything, or CSV tables.

Names stand as they are; whoever shows them makes them inert.
"""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from workbench.calibration import Calibration, calibration
from workbench.errors import BadInput, ThawError
from workbench.exports import check_writable, written_beside
from workbench.protocol import ClassReport, Metrics, Prediction

SUFFIXES = (".json", ".csv")
PARTS = ("classes", "confusion", "calibration")
"""What the tables beside the predictions' are named after: ``bees.csv``, ``bees-classes.csv``, …"""


class Image(msgspec.Struct, frozen=True):
    """One image of the JSON file: its true and predicted class, and the probability of the predicted one."""

    file: str
    label: str
    predicted: str
    probability: float


class Evaluation(msgspec.Struct, frozen=True):
    """The JSON file: `confusion[true][predicted]` in the order of `classes`, which is that of `per_class` too."""

    run: str
    split: str
    checkpoint: str
    step: int
    images: int
    loss: float
    accuracy: float
    classes: tuple[str, ...]
    per_class: tuple[ClassReport, ...]
    confusion: tuple[tuple[int, ...], ...]
    calibration: Calibration
    predictions: tuple[Image, ...]


def check_path(path: Path, *, overwrite: bool) -> None:
    """Raise BadInput where an evaluation can't be saved under this name, before any work is done."""
    if path.suffix.lower() not in SUFFIXES:
        raise BadInput(f"{path}: unknown suffix {path.suffix!r}", f"give one of {', '.join(SUFFIXES)}")
    for each in _paths(path):
        check_writable(each, overwrite=overwrite)


def save(
    run: str, metrics: Metrics, predictions: Sequence[Prediction], path: Path, *, overwrite: bool = False
) -> list[Path]:
    """Write an evaluation to the file, and for CSV to the tables beside it; returns what was written.

    BadInput where a file may not be replaced, or where the predictions are another evaluation's.
    """
    check_path(path, overwrite=overwrite)
    if len(predictions) != metrics.images:
        raise ThawError(
            f"{run}: the {metrics.split} predictions are incomplete",
            f"thaw eval {run} --split {metrics.split}",
        )
    if path.suffix.lower() == ".json":
        with written_beside(path) as new:
            new.write_bytes(
                msgspec.json.format(msgspec.json.encode(_whole(run, metrics, predictions)), indent=1)
            )
        return [path]
    for place, table in zip(_paths(path), _tables(metrics, predictions), strict=True):
        _write(place, table)
    return _paths(path)


def _paths(path: Path) -> list[Path]:
    if path.suffix.lower() != ".csv":
        return [path]
    return [path, *(path.with_name(f"{path.stem}-{part}{path.suffix}") for part in PARTS)]


def _whole(run: str, metrics: Metrics, predictions: Sequence[Prediction]) -> Evaluation:
    return Evaluation(
        run=run,
        split=metrics.split,
        checkpoint=metrics.checkpoint,
        step=metrics.step,
        images=metrics.images,
        loss=metrics.loss,
        accuracy=metrics.accuracy,
        classes=tuple(report.name for report in metrics.per_class),
        per_class=metrics.per_class,
        confusion=metrics.confusion,
        calibration=calibration(predictions),
        predictions=tuple(Image(*msgspec.structs.astuple(one)) for one in predictions),
    )


def _tables(metrics: Metrics, predictions: Sequence[Prediction]) -> Iterable[Iterable[Sequence[object]]]:
    """The rows of each table, in the order of `_paths`; the first row names the columns."""
    names = [report.name for report in metrics.per_class]
    yield (
        ("file", "label", "predicted", "probability", "right"),
        *((*msgspec.structs.astuple(one), int(one.label == one.predicted)) for one in predictions),
    )
    yield (("class", "precision", "recall", "f1", "images"), *map(msgspec.structs.astuple, metrics.per_class))
    yield (("true", *names), *((name, *row) for name, row in zip(names, metrics.confusion, strict=True)))
    bins = calibration(predictions).bins
    yield (("low", "high", "images", "confidence", "accuracy"), *map(msgspec.structs.astuple, bins))


def _write(path: Path, rows: Iterable[Sequence[object]]) -> None:
    with (
        written_beside(path) as new,
        new.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file,
    ):
        csv.writer(file, lineterminator="\n").writerows(rows)
