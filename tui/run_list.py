"""What the runs screen lists: each run's summary with course, size and remarks, filtered and sorted.

Reading is for a thread, and remembers what can't have changed; filtering and sorting are pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.run import (
    Remarks,
    RunFolder,
    RunSummary,
    list_runs,
    read_remarks,
    size_of,
    summarise,
    validation_course,
)

SPARKS = "▁▂▃▄▅▆▇█"
SPARKLINE = 12
"""Characters of a sparkline."""


@dataclass(frozen=True, slots=True)
class ListedRun:
    """One row: `course` is the validation accuracy epoch by epoch, `bytes` the size on disk."""

    summary: RunSummary
    course: tuple[float, ...]
    bytes: int
    remarks: Remarks

    @property
    def run(self) -> RunFolder:
        """The run's folder."""
        return self.summary.run


Key = Callable[[ListedRun], tuple[float | str, ...]]
ORDERS: dict[str, Key] = {
    "latest first": lambda one: (-one.summary.modified,),
    "name": lambda one: (one.run.name,),
    "state": lambda one: (one.summary.state, -one.summary.modified),
    "best validation first": lambda one: (_missing_last(one.summary.val_accuracy),),
    "best test first": lambda one: (_missing_last(one.summary.test_accuracy),),
    "largest first": lambda one: (-one.bytes,),
}


def _missing_last(accuracy: float | None) -> float:
    return 1.0 if accuracy is None else -accuracy


class RunLister:
    """Reads the runs of a folder again and again; what takes time is read anew only where the journal grew."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[float, int], tuple[float, ...], int]] = {}

    def read(self, folder: Path) -> list[ListedRun]:
        """Every run of the folder, the latest first; one that vanishes meanwhile is left out."""
        found = []
        for run in list_runs(folder):
            try:
                found.append(self._one(run))
            except OSError:
                continue
        return found

    def _one(self, run: RunFolder) -> ListedRun:
        summary = summarise(run)
        stat = run.events.stat()
        key = (stat.st_mtime, stat.st_size)
        known = self._known.get(run.path)
        if known is None or known[0] != key:
            known = self._known[run.path] = (key, tuple(validation_course(run)), size_of(run.path))
        return ListedRun(summary, known[1], known[2], read_remarks(run))

    def forget(self) -> None:
        """Measure all sizes anew: something was removed."""
        self._known.clear()


def chosen(runs: Sequence[ListedRun], wanted: str, order: str) -> list[ListedRun]:
    """The runs in whose name, model, state, tags or note every wanted word stands, in that order."""
    words = wanted.casefold().split()
    return sorted((one for one in runs if all(word in _text(one) for word in words)), key=ORDERS[order])


def _text(one: ListedRun) -> str:
    parts = (one.run.name, one.summary.model, one.summary.state, *one.remarks.tags, one.remarks.note)
    return " ".join(parts).casefold()


def sparkline(values: Sequence[float], width: int = SPARKLINE) -> str:
    """The values as bars from their lowest to their highest, at most so many characters."""
    if not values:
        return ""
    count = min(width, len(values))
    shown = [values[(place + 1) * len(values) // count - 1] for place in range(count)]
    low, high = min(shown), max(shown)
    span = high - low
    return "".join(
        SPARKS[round((value - low) / span * (len(SPARKS) - 1)) if span > 0 else 3] for value in shown
    )
