"""What a report tells of a run, gathered from its folder; whatever is not there yet is left out, and said.

How it looks is the page's part.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from workbench import session_file
from workbench.actions import describe
from workbench.calibration import Calibration, calibration
from workbench.core.report.pictures import ShownPicture, pictures_of
from workbench.errors import BadInput, ThawError
from workbench.mistakes import ordered
from workbench.protocol import Applied, Finished, Metrics, Prediction
from workbench.replay import is_live
from workbench.run import Record, RunFolder, State, read_record, summarise
from workbench.session_file import load

PICTURES_SHOWN = 24
SPLITS = ("test", "val", "train")


@dataclass(frozen=True)
class ReportedEdit:
    """One edit in force from a step on: its number on the charts, and who made it."""

    number: int
    step: int
    epoch: int
    text: str
    live: bool
    trainable: int


@dataclass(frozen=True)
class Facts:
    """Everything that the page shows; `missing` says what can't be shown, and why."""

    run: str
    state: State
    record: Record
    session: str
    environment: tuple[tuple[str, str], ...]
    edits: tuple[ReportedEdit, ...]
    metrics: Metrics | None
    calibration: Calibration | None
    mistakes: int
    pictures: tuple[ShownPicture, ...]
    missing: tuple[str, ...]

    @property
    def seconds(self) -> float | None:
        """How long the training took, where it is over."""
        return self.record.ended.seconds if isinstance(self.record.ended, Finished) else None


def gather(run: RunFolder, split: str | None) -> Facts:
    """Read a run's folder; BadInput where nothing was trained or the split was never evaluated."""
    record = read_record(run)
    if record.started is None:
        raise BadInput(f"{run.name}: its worker has not started yet", f"see {run.log}")
    metrics = _metrics(run, split)
    predictions = run.predictions(metrics.split) if metrics else []
    wrong = [one for one in ordered(predictions) if one.label != one.predicted]
    missing = [] if metrics else [f"No split was evaluated: thaw eval {run.name} does it."]
    pictures = _pictures(run, wrong[:PICTURES_SHOWN], missing)
    return Facts(
        run=run.name,
        state=summarise(run).state,
        record=record,
        session=session_file.read_text(run.session),
        environment=tuple(_environment(run).items()),
        edits=_edits(record),
        metrics=metrics,
        calibration=calibration(predictions) if predictions else None,
        mistakes=len(wrong),
        pictures=pictures,
        missing=tuple(missing),
    )


def _metrics(run: RunFolder, split: str | None) -> Metrics | None:
    if split is None:
        found = (run.metrics(each) for each in SPLITS)
        return next((metrics for metrics in found if metrics is not None), None)
    metrics = run.metrics(split)
    if metrics is None:
        raise BadInput(f"{run.name}: {split} was never evaluated", f"thaw eval {run.name} --split {split}")
    return metrics


def _pictures(run: RunFolder, wrong: list[Prediction], missing: list[str]) -> tuple[ShownPicture, ...]:
    """The wrong pictures; a report is worth having where the data itself is not at hand any more."""
    if not wrong:
        return ()
    try:
        return pictures_of(load(run.session).data.source, wrong)
    except ThawError as error:
        missing.append(f"The pictures are not at hand: {error.message}")
        return ()


def _edits(record: Record) -> tuple[ReportedEdit, ...]:
    in_order = sorted(record.edits, key=lambda event: event.step)
    return tuple(_edit(number, event, record) for number, event in enumerate(in_order, start=1))


def _edit(number: int, event: Applied, record: Record) -> ReportedEdit:
    epoch = event.step // record.steps_per_epoch + 1
    return ReportedEdit(
        number, event.step, epoch, describe(event.action), is_live(event), event.trainable_parameters
    )


def _environment(run: RunFolder) -> Mapping[str, str]:
    """``environment.json`` as names and texts; nothing where it can't be read."""
    try:
        found = json.loads((run.path / "environment.json").read_text())
    except (OSError, ValueError):
        return {}
    versions = found.get("versions", {}) if isinstance(found, dict) else {}
    texts = {str(name): str(version) for name, version in versions.items()} if versions else {}
    for key in ("platform", "device"):
        texts |= {key: str(found[key])} if found.get(key) else {}
    return texts
