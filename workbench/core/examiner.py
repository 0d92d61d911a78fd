"""Evaluations while a run trains: a split's predictions kept, its figures journalled, the best epoch known.

Which epoch is best follows from the validations at the epochs' ends, which the journal holds.
"""

import math
from collections.abc import Sequence

from workbench.actions import RollBack, Split
from workbench.core.evaluate import keep, metrics_of
from workbench.core.front import Front
from workbench.core.journal import Journal, warn
from workbench.core.prepare import Task
from workbench.protocol import Applied, Evaluated, Event
from workbench.run import RunFolder


class Examiner:
    """Evaluates the splits of one run; `validations` are those at the ends of its epochs so far."""

    def __init__(
        self,
        run: RunFolder,
        task: Task,
        front: Front,
        journal: Journal,
        earlier: Sequence[Event],
        step: int,
    ) -> None:
        self._run, self._task, self._front, self._journal = run, task, front, journal
        self.validations = _validations(earlier, step)
        self._rolled_back_at = _last_roll_back(earlier, step)

    @property
    def best(self) -> Evaluated | None:
        """The validation with the lowest loss."""
        finite = (each for each in self.validations if math.isfinite(each.loss))
        return min(finite, key=lambda each: each.loss, default=None)

    @property
    def epochs_without_better(self) -> int:
        """How many epochs have ended since the best one, or since its weights were put back."""
        best = self.best
        since = max(best.step if best is not None else 0, self._rolled_back_at)
        return sum(each.step > since for each in self.validations)

    def rolled_back(self, step: int) -> None:
        """The weights of the best epoch were put back at this step: what follows has its own time to get better."""
        self._rolled_back_at = step

    def validate(self, step: int, epoch: int) -> Evaluated | None:
        """Evaluate the validation images at an epoch's end; None where there are none."""
        event = self.evaluate("val", step, epoch, epoch_end=True)
        if event is not None:
            self.validations.append(event)
        return event

    def evaluate(
        self, split: Split, step: int, epoch: int, *, epoch_end: bool = False, checkpoint: str = "current"
    ) -> Evaluated | None:
        """Evaluate a split with the model as it stands, which is left in eval mode; None where it has no images."""
        self._journal.flush()
        task = self._task
        task.model.eval()
        outcome = task.evaluator.evaluate(self._front.evaluating(), task.partition.split(split))
        task.tell_unreadable(self._journal, step)
        self._journal.restart_clock()
        if outcome is None:
            return None
        metrics = metrics_of(outcome, task.classes, split, checkpoint, step)
        try:
            keep(self._run, outcome, task.source, metrics, task.classes)
        except OSError as error:
            warn(self._journal, f"predictions could not be written ({error}): free space", step, "error")
        event = Evaluated(
            split=split,
            epoch=epoch,
            step=step,
            images=metrics.images,
            loss=metrics.loss,
            accuracy=metrics.accuracy,
            seconds=outcome.seconds,
            best=epoch_end
            and math.isfinite(metrics.loss)
            and not any(earlier.loss <= metrics.loss for earlier in self.validations),
            epoch_end=epoch_end,
            checkpoint=checkpoint,
        )
        self._journal.write(event)
        return event


def _validations(earlier: Sequence[Event], step: int) -> list[Evaluated]:
    """The validations at the ends of the epochs before a step, each once."""
    found = {
        event.step: event
        for event in earlier
        if isinstance(event, Evaluated) and event.epoch_end and event.step <= step
    }
    return [found[each] for each in sorted(found)]


def _last_roll_back(earlier: Sequence[Event], step: int) -> int:
    """The last step before this one at which weights were put back; 0: never."""
    steps = (each.step for each in earlier if isinstance(each, Applied) and isinstance(each.action, RollBack))
    return max((each for each in steps if each <= step), default=0)
