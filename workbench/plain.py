"""A run as plain lines: what a terminal-less `thaw run`, `thaw attach` and `thaw demo` print.

`PlainLog` decides which events become lines and what they say; `follow` reads a journal until its worker ends.
Who starts the worker, and what an interrupt means, is the caller's part.
"""

import time
from collections.abc import Callable, Iterator

from workbench.actions import Freeze, Only, Redo, SetEpochs, Thaw, Undo, describe
from workbench.plain_tables import headline, per_class_lines
from workbench.plan import cover
from workbench.proof_words import contradicted_line, searched_line, verified_line
from workbench.protocol import (
    Applied,
    Continued,
    Contradicted,
    EpochEnded,
    Evaluated,
    Event,
    Failed,
    Finished,
    Frozenness,
    Notice,
    Paused,
    Progress,
    RateSearched,
    Rejected,
    Started,
    Steps,
    Verified,
)
from workbench.replay import SCHEDULED
from workbench.run import RunFolder, Tail, events_of
from workbench.safe_text import some
from workbench.words import duration, percent

Say = Callable[[str], None]
End = Finished | Failed
REASONS = {"completed": "all epochs done", "stopped": "stopped on request", "early-stopping": "stopped early"}
QUIET_SECONDS = 20.0
"""The longest time of the journal without a line while steps are taken."""
POLL_SECONDS = 0.1


def follow(run: RunFolder, say: Say, is_working: Callable[[], bool], offset: int = 0) -> End | None:
    """Say what the journal says from byte `offset` on, until nobody works on the run and all of it is read.

    The answer is the event that ended the run, or None where its worker died without a word.
    """
    tail, log = Tail(run.events, offset), PlainLog(run)
    while True:
        working = is_working()  # before reading: what was written before the end is then read
        block = tail.read_block()
        for event in events_of(block):
            for text in log.lines(event):
                say(text)
        if not block:
            if not working:
                return log.end
            time.sleep(POLL_SECONDS)


class PlainLog:
    """Folds events into lines; holds what later lines need of earlier events."""

    def __init__(self, run: RunFolder) -> None:
        self._run = run
        self._started: Started | None = None
        self._epochs = 0
        self._trains_said = False
        self._waiting: EpochEnded | None = None
        self._seconds_per_epoch = 0.0
        self._last_line = 0.0
        self.end: End | None = None

    def lines(self, event: Event) -> Iterator[str]:
        """The lines that an event is worth, in order."""
        for text in self._lines(event):
            self._last_line = event.time
            yield text

    def _lines(self, event: Event) -> Iterator[str]:
        match event:
            case Progress():
                yield f"{event.message} …"
            case Started():
                yield from self._start(event)
            case Frozenness():
                yield from self._trains(event)
            case Steps():
                yield from self._steps(event)
            case EpochEnded():
                yield from self._epoch_ended(event)
            case Evaluated():
                yield from self._evaluated(event)
            case Finished() | Failed():
                yield from self._ended(event)
            case _:
                yield from self._changed(event)

    # ---- the start ----

    def _start(self, event: Started) -> Iterator[str]:
        self._started, self._epochs, self.end = event, event.epochs, None
        self._waiting, self._trains_said = None, False
        where = f"{event.device} ({event.device_name})" if event.device_name else event.device
        model = self._run.model()
        images = ", ".join(f"{number:,} {split}" for split, number in event.images.items() if number)
        if event.step:
            yield f"resumed at step {event.step:,} (epoch {event.step // max(1, event.steps_per_epoch) + 1})"
        yield f"device   {where}, {event.precision}, {event.threads} threads"
        weights = (
            f", weights {model.weights}, {model.image_size} × {model.image_size} pixels" if model else ""
        )
        yield f"model    {event.model}{weights}, {event.total_parameters:,} parameters"
        yield f"classes  {len(event.classes)}: {_some(event.classes)}"
        yield f"images   {images}; {event.steps_per_epoch:,} steps of {event.batch_size} an epoch"

    def _trains(self, event: Frozenness) -> Iterator[str]:
        if self._trains_said:
            return  # an edit's own line tells the new count
        self._trains_said = True
        model = self._run.model()
        names = cover(event.trainable, model.stage_of) if model else event.trainable
        total = self._started.total_parameters if self._started else 0
        yield f"trains   {_some(names)}: {event.trainable_parameters:,} of {total:,} parameters"

    # ---- progress ----

    def _steps(self, event: Steps) -> Iterator[str]:
        # A clock that was set back must not silence the run until it has caught up.
        if not self._started or not event.loss or abs(event.time - self._last_line) < QUIET_SECONDS:
            return
        size = max(1, self._started.steps_per_epoch)
        epoch, step = divmod(event.step + len(event.loss) - 1, size)
        left = max(0, self._epochs * size - event.step - len(event.loss)) * self._started.batch_size
        time_left = (
            f"  {duration(left / event.images_per_second)} left" if event.images_per_second > 0 else ""
        )
        yield (
            f"epoch {epoch + 1}/{self._epochs}  step {step + 1:,}/{size:,}  loss {event.loss[-1]:.4f}  "
            f"{event.images_per_second:,.0f} images/s{time_left}"
        )

    def _epoch_ended(self, event: EpochEnded) -> Iterator[str]:
        self._seconds_per_epoch = event.seconds
        if self._started and self._started.images.get("val"):
            self._waiting = event
        else:
            yield self._epoch_line(event, None)

    def _evaluated(self, event: Evaluated) -> Iterator[str]:
        waiting = self._waiting
        if event.epoch_end and event.split == "val" and waiting is not None:
            self._waiting = None
            self._seconds_per_epoch = waiting.seconds + event.seconds
            yield self._epoch_line(waiting, event)
            return
        weights = f" ({event.checkpoint} checkpoint)" if event.checkpoint != "current" else ""
        yield (
            f"step {event.step:,}: {event.split}{weights} loss {event.loss:.4f} "
            f"accuracy {percent(event.accuracy)}, {event.images:,} images"
        )

    def _epoch_line(self, ended: EpochEnded, val: Evaluated | None) -> str:
        parts = [
            f"epoch {ended.epoch:>{len(str(self._epochs))}}/{self._epochs}",
            f"train loss {ended.loss:.4f} accuracy {percent(ended.accuracy)}",
        ]
        if val:
            parts.append(f"val loss {val.loss:.4f} accuracy {percent(val.accuracy)}")
        if self._started and ended.seconds:
            parts.append(f"{self._started.images.get('train', 0) / ended.seconds:,.0f} images/s")
        left = (self._epochs - ended.epoch) * self._seconds_per_epoch
        parts += [f"{duration(left)} left"] if left > 0 else []
        return "  ".join(parts + (["best so far"] if val and val.best else []))

    # ---- what users and the worker did ----

    def _changed(self, event: Event) -> Iterator[str]:
        match event:
            case Applied():
                if isinstance(event.action, SetEpochs):
                    self._epochs = event.action.value
                yield applied_line(event)
            case Rejected():
                asked = describe(event.action) if event.action is not None else "a command"
                yield f"step {event.step:,}: {asked} was rejected: {event.message}"
            case Notice():
                yield event.message if event.level == "info" else f"{event.level}: {event.message}"
            case Paused():
                yield f"step {event.step:,}: paused (thaw tell {self._run.name} continue)"
            case Continued():
                yield f"step {event.step:,}: goes on"
            case Verified():
                yield verified_line(event)
            case Contradicted():
                yield contradicted_line(event)
            case RateSearched():
                yield searched_line(event)

    # ---- the end ----

    def _ended(self, event: End) -> Iterator[str]:
        self.end = event
        if self._waiting is not None:
            yield self._epoch_line(self._waiting, None)
            self._waiting = None
        if isinstance(event, Finished):
            reason = REASONS.get(event.reason, event.reason)
            yield f"finished at step {event.step:,}: {reason}, {duration(event.seconds)}"


def final_report(run: RunFolder) -> list[str]:
    """The per-class table and the accuracy of the run's last evaluation: the test split's, else validation's."""
    metrics = run.metrics("test") or run.metrics("val")
    return ["", *per_class_lines(metrics), "", headline(metrics)] if metrics else []


def applied_line(event: Applied) -> str:
    """What came into force at which step, and for edits of what trains also how much that changed."""
    told = f"step {event.step:,}: {describe(event.action)}"
    if event.id.startswith(SCHEDULED):
        told += " (scheduled)"
    if isinstance(event.action, Thaw | Freeze | Only | Undo | Redo):
        told += f": {event.changed:,} parameters changed, {event.trainable_parameters:,} numbers train"
    return told


def _some(names: tuple[str, ...], shown: int = 12) -> str:
    if not names:
        return "nothing"
    return some(names, shown)
