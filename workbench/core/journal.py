"""The worker's side of the journal: events at once, step metrics in batches of at most ten lines a second.

Metrics stay on the device until a batch is written, so that a step never waits for them. While the disk is full,
lines wait in memory and are written when there is space again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

import msgspec
import torch

from workbench.protocol import Event, Notice, Steps, encode
from workbench.run import append

FLUSH_SECONDS = 0.2


@dataclass(slots=True)
class _Pending:
    """Metrics of consecutive steps that are not written yet."""

    first: int = 0
    images: int = 0
    since: float = 0.0
    lr: list[float] = field(default_factory=list)
    values: list[torch.Tensor] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Broken:
    """A step with a loss that is no number, and its learning rate."""

    step: int
    rate: float


class Journal:
    """Appends events to ``events.jsonl``; used by one thread."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._waiting: list[bytes] = []
        self._steps = _Pending()
        self._later: list[Callable[[], Event]] = []
        self._broken: Broken | None = None

    def write(self, event: Event) -> None:
        """Append an event, after the metrics of all steps before it."""
        self.flush()
        self._put(event)

    def step(
        self, step: int, loss: torch.Tensor, correct: torch.Tensor, norm: torch.Tensor, lr: float, images: int
    ) -> None:
        """Take a step's metrics (0-dimensional tensors on the device); written with others a little later."""
        now = time.monotonic()
        if not self._steps.values:
            self._steps = _Pending(step, since=self._steps.since or now)
        self._steps.values.append(
            torch.stack([loss.detach().float(), correct.float() / images, norm.float()])
        )
        self._steps.lr.append(lr)
        self._steps.images += images
        if now - self._steps.since >= FLUSH_SECONDS:
            self.flush()

    def later(self, make: Callable[[], Event]) -> None:
        """Take an event whose figures are still on the device; it is made and written after the steps that wait."""
        self._later.append(make)

    def flush(self) -> None:
        """Write the metrics that wait."""
        pending, now = self._steps, time.monotonic()
        if not pending.values:
            return
        loss, accuracy, norm = torch.stack(pending.values).cpu().unbind(1)
        self._steps = _Pending(since=now)
        losses = tuple(loss.tolist())
        first = next((place for place, each in enumerate(losses) if not isfinite(each)), None)
        if self._broken is None and first is not None:
            self._broken = Broken(pending.first + first, pending.lr[first])
        self._put(
            Steps(
                step=pending.first,
                loss=losses,
                accuracy=tuple(accuracy.tolist()),
                lr=tuple(pending.lr),
                grad_norm=tuple(norm.tolist()),
                images_per_second=pending.images / max(now - pending.since, 1e-6),
            )
        )
        made, self._later = self._later, []
        for make in made:
            self._put(make())

    def take_broken(self) -> Broken | None:
        """The first step with a loss that is no number, of those written since this was asked last."""
        broken, self._broken = self._broken, None
        return broken

    def restart_clock(self) -> None:
        """Begin to measure throughput afresh, after something that was no training step."""
        self._steps.since = time.monotonic()

    def _put(self, event: Event) -> None:
        self._waiting.append(encode(msgspec.structs.replace(event, time=self._clock())))
        try:
            while self._waiting:
                append(self._path, self._waiting[0])
                self._waiting.pop(0)
        except OSError:
            # The disk is full or gone: training goes on, and the lines wait for the next event.
            return


def warn(journal: Journal, message: str, step: int, level: str = "warning") -> None:
    """Tell the user something that must not happen silently."""
    journal.write(Notice(message=message, level=level, step=step))
