"""An evaluation as the evaluate screen holds it: metrics, predictions, and all that follows from them.

Pure values, made once in a thread when the journal tells of a new evaluation, so that no view counts a million cells
while a key waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from workbench.calibration import Calibration, calibration
from workbench.mistakes import MixUp, mix_ups, most_confused, ordered
from workbench.protocol import Metrics, Prediction
from workbench.run import RunFolder

ATTEMPTS = 5
PAUSE_SECONDS = 0.02

Kind = Literal["wrong", "all", "fixed", "broken", "wrong twice"]
ALONE: tuple[Kind, ...] = ("wrong", "all")
COMPARED: tuple[Kind, ...] = ("fixed", "broken", "wrong twice", "wrong", "all")
"""Which pictures can be looked at, of one run and of one beside another."""


@dataclass(frozen=True)
class Evaluation:
    """A split's metrics and predictions, mistakes first."""

    metrics: Metrics
    predictions: tuple[Prediction, ...]

    @cached_property
    def calibration(self) -> Calibration:
        """How far the probabilities can be trusted."""
        return calibration(self.predictions)

    @cached_property
    def mix_ups(self) -> list[MixUp]:
        """The pairs of classes that were mixed up, the most frequent first."""
        return mix_ups(self.metrics.confusion)

    @cached_property
    def by_confusion(self) -> list[int]:
        """The classes, those first that are part of most mix-ups."""
        return most_confused(self.metrics)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The classes by their number."""
        return tuple(report.name for report in self.metrics.per_class)


@dataclass(frozen=True)
class Beside:
    """Another run's predictions of the same split, by file, to compare with."""

    run: str
    predictions: Mapping[str, Prediction]

    def of(self, one: Prediction) -> Prediction | None:
        """What the other run said of the same picture."""
        return self.predictions.get(one.file)

    def was_right(self, one: Prediction) -> bool | None:
        """Whether the other run was right about it; None where it never saw it."""
        other = self.of(one)
        return None if other is None else other.predicted == one.label


def read_evaluation(run: RunFolder, split: str) -> Evaluation | None:
    """The last evaluation of a split with all that follows from it; None where there is none.

    A worker that evaluates often replaces it between two looks, and for a moment there is none: then it looks again.
    """
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE_SECONDS)
        metrics, predictions = run.metrics(split), run.predictions(split)
        if metrics is not None and metrics == run.metrics(split):
            found = Evaluation(metrics, tuple(ordered(predictions)))
            _ = found.calibration, found.mix_ups, found.by_confusion  # here, where nobody waits
            return found
    return None


def read_beside(run: RunFolder, split: str) -> Beside | None:
    """A run's predictions to compare with; None where the split was not evaluated there."""
    found = {one.file: one for one in run.predictions(split)}
    return Beside(run.name, found) if found else None


def chosen(
    found: Evaluation, kind: Kind, cell: tuple[str, str] | None, beside: Beside | None
) -> list[Prediction]:
    """The pictures of a cell of the matrix, or those of a kind.

    A cell is a true and a predicted class; without a predicted one it stands for all mistakes of the class.
    """
    if cell is not None and not cell[1]:
        return [one for one in found.predictions if one.label == cell[0] != one.predicted]
    if cell is not None:
        return [one for one in found.predictions if (one.label, one.predicted) == cell]
    fits = _tests(beside)[kind]
    return [one for one in found.predictions if fits(one, one.label == one.predicted)]


def _tests(beside: Beside | None) -> dict[Kind, Callable[[Prediction, bool], bool]]:
    def before(one: Prediction) -> bool | None:
        return beside.was_right(one) if beside is not None else None

    return {
        "wrong": lambda _, right: not right,
        "all": lambda _one, _right: True,
        "fixed": lambda one, right: right and before(one) is False,
        "broken": lambda one, right: not right and before(one) is True,
        "wrong twice": lambda one, right: not right and before(one) is False,
    }


def compared_words(found: Evaluation, beside: Beside) -> str:
    """What changed from the other run to this one, in a line."""
    fixed, broken, twice = (len(chosen(found, kind, None, beside)) for kind in COMPARED[:3])
    unseen = sum(beside.of(one) is None for one in found.predictions)
    rest = f" · {unseen:,} not seen there" if unseen else ""
    return f"against {beside.run}: {fixed:,} fixed, {broken:,} broken, {twice:,} wrong in both{rest}"
