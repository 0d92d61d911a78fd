"""A whole run as figures by step, read from its journal at once: for reports and for curves laid over each other.

What a resume takes again replaces what stood there before. Live views fold events one by one instead.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from workbench.actions import Control
from workbench.protocol import Applied, EpochEnded, Evaluated, Event, Failed, Finished, Notice, Started, Steps
from workbench.run.folder import RunFolder
from workbench.run.journal import read_events
from workbench.run.series import cut_steps, take_steps

Kind = TypeVar("Kind", EpochEnded, Evaluated, Applied)


@dataclass(slots=True)
class Record:
    """What a journal says: series with one number a step from step 0, and the events that mark them.

    `accuracy` is a fraction, `lr` the base rate, `grad_norm` the norm before clipping, `throughput` images a second;
    not-a-number stands where the journal has a hole. `edits` are the applied ones, without pauses and other controls.
    """

    started: Started | None = None
    ended: Finished | Failed | None = None
    loss: array[float] = field(default_factory=lambda: array("d"))
    accuracy: array[float] = field(default_factory=lambda: array("d"))
    lr: array[float] = field(default_factory=lambda: array("d"))
    grad_norm: array[float] = field(default_factory=lambda: array("d"))
    throughput: array[float] = field(default_factory=lambda: array("d"))
    epochs: list[EpochEnded] = field(default_factory=list)
    evaluations: list[Evaluated] = field(default_factory=list)
    edits: list[Applied] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return len(self.loss)

    @property
    def steps_per_epoch(self) -> int:
        """Steps of an epoch, at least 1."""
        return max(1, self.started.steps_per_epoch) if self.started else 1

    def validations(self) -> list[Evaluated]:
        """The evaluations of the validation split with the weights of their own step, in order."""
        return [one for one in self.evaluations if one.split == "val" and one.checkpoint == "current"]


def read_record(run: RunFolder) -> Record:
    """The run's journal as a record; an empty one where nothing is written yet."""
    record = Record()
    for event in read_events(run.events):
        _take(record, event)
    return record


def _take(record: Record, event: Event) -> None:
    match event:
        case Steps():
            take_steps(record, [event])
        case Started():
            record.started, record.ended = event, None
            _cut(record, event.step)
        case EpochEnded():
            _put(record.epochs, event, lambda one: one.epoch == event.epoch)
        case Evaluated():
            same = _evaluation(event)
            _put(record.evaluations, event, lambda one: _evaluation(one) == same)
        case Applied() if not isinstance(event.action, Control):
            _put(record.edits, event, lambda one: (one.id, one.action) == (event.id, event.action))
        case Notice():
            record.notices.append(event)
        case Finished() | Failed():
            record.ended = event


def _put(events: list[Kind], event: Kind, is_same: Callable[[Kind], bool]) -> None:
    """Append an event in place of the same one of before a resume, which can only stand at no earlier step."""
    for place in range(len(events) - 1, -1, -1):
        if events[place].step < event.step:
            break
        if is_same(events[place]):
            del events[place]
    events.append(event)


def _evaluation(event: Evaluated) -> tuple[object, ...]:
    return event.split, event.step, event.checkpoint, event.epoch_end


def _cut(record: Record, step: int) -> None:
    """Forget the steps from `step` on; what happened at the boundary before it stays."""
    cut_steps(record, step)
    record.epochs = [one for one in record.epochs if one.step <= step]
    record.evaluations = [one for one in record.evaluations if one.step <= step]
    record.edits = [one for one in record.edits if one.step <= step]
