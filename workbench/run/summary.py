"""A run in a few words: its state and last figures, from the journal's start and end only."""

from dataclasses import dataclass
from typing import Literal

from workbench.protocol import (
    Evaluated,
    Event,
    Failed,
    Finished,
    Paused,
    Started,
    Steps,
)
from workbench.run.folder import RunFolder
from workbench.run.journal import events_of, last_events
from workbench.run.lease import holder_of, is_alive

State = Literal["new", "running", "paused", "finished", "stopped", "failed", "crashed"]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a list of runs shows of one."""

    run: RunFolder
    state: State
    model: str
    step: int
    epoch: int
    epochs: int
    val_accuracy: float | None
    test_accuracy: float | None
    modified: float


def summarise(run: RunFolder) -> RunSummary:
    """A run's state and last figures, from the journal's start and end only."""
    with run.events.open("rb") as file:
        events = events_of(b"".join(file.readlines(16384)))
    started = next((event for event in events if isinstance(event, Started)), None)
    events += last_events(run)
    step, steps_per_epoch = 0, started.steps_per_epoch if started else 1
    val: float | None = None
    test: float | None = None
    for event in events:
        match event:
            case Steps():
                step = event.step + len(event.loss)
            case Evaluated(split="val"):
                val = event.accuracy
            case Evaluated(split="test"):
                test = event.accuracy
    epochs = started.epochs if started else 0
    return RunSummary(
        run=run,
        state=state_of(run, events),
        model=started.model if started else "",
        step=step,
        epoch=min(step // steps_per_epoch + 1, epochs) if step else 0,
        epochs=epochs,
        val_accuracy=val,
        test_accuracy=test,
        modified=run.events.stat().st_mtime,
    )


def state_of(run: RunFolder, events: list[Event]) -> State:
    """The state of a run, from its last events and from whether a worker lives."""
    marks = [event for event in events if isinstance(event, Started | Finished | Failed | Paused)]
    last = marks[-1] if marks else None
    if is_alive(run):
        return "paused" if isinstance(last, Paused) and _still_paused(events) else "running"
    match last:
        case Finished(reason="stopped"):
            return "stopped"
        case Finished():
            return "finished"
        case Failed():
            return "failed"
        case None:
            return "crashed" if holder_of(run) else "new"
    return "crashed"


def _still_paused(events: list[Event]) -> bool:
    for event in reversed(events):
        if isinstance(event, Steps):
            return False
        if isinstance(event, Paused):
            return True
    return False
