"""``python tests/benchmarks/timed_worker.py RUN FILE``: a worker that notes what its steps take, and what telling does.

Telling is everything that lets a run be watched: metrics, heat, sums of the epoch and the lines of the journal. On a
CPU that is all the time spent in it; on a GPU only what this process computes. FILE gets, for each step, two numbers:
the seconds of the step with what is told of it, and those of the telling.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from workbench.core import train
from workbench.core.epoch_sums import EpochSums
from workbench.core.heat import HeatProbe
from workbench.core.journal import Journal
from workbench.core.worker import work
from workbench.run import RunFolder


class Clock:
    """Sums up the time spent in what it was told to watch, each moment once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time inside."""
        began = time.perf_counter()
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                self.seconds += time.perf_counter() - began

    def watch(self, owner: type, name: str) -> None:
        """Count the time that a method takes."""
        method: Callable[..., Any] = getattr(owner, name)

        @wraps(method)
        def counted(*given: Any, **named: Any) -> Any:
            with self.running():
                return method(*given, **named)

        setattr(owner, name, counted)


def main(run: RunFolder, noted: Path) -> int:
    """Train the run with all that is told of it timed."""
    telling, step = Clock(), train.Trainer._take_step
    around = HeatProbe.around

    @contextmanager
    def counted_around(self: HeatProbe, number: int) -> Iterator[None]:
        inside = around(self, number)
        with telling.running():
            inside.__enter__()
        yield
        with telling.running():
            inside.__exit__(None, None, None)

    def counted_step(self: train.Trainer, inputs: Any) -> None:
        began, told = time.perf_counter(), telling.seconds
        step(self, inputs)
        print(time.perf_counter() - began, telling.seconds - told, file=file)

    for owner, name in ((Journal, "step"), (Journal, "write"), (EpochSums, "add")):
        telling.watch(owner, name)
    HeatProbe.around = counted_around  # type: ignore[method-assign]
    train.Trainer._take_step = counted_step  # type: ignore[method-assign]
    with noted.open("w") as file:
        return work(run)


if __name__ == "__main__":
    sys.exit(main(RunFolder(Path(sys.argv[1])), Path(sys.argv[2])))
