"""Thaw itself: the task as a session, trained by the real worker in this process, timed by its journal.

The clock of the journal starts with ``started``, or with the first picture that was opened where that was earlier.
"""

import sys
import time
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.peers.task import Result, Task, contend
from workbench.core.worker import work
from workbench.protocol import Evaluated, Started
from workbench.run import RunFolder, create, read_events


class FirstRead:
    """Notes when the first file below a folder is opened (`time` is then seconds since the epoch)."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.time = float("inf")
        sys.addaudithook(self._saw)

    def _saw(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and self.time == float("inf") and str(arguments[0]).startswith(self._folder):
            self.time = time.time()


def train(task: Task) -> Result:
    """Train a run in a folder that is gone afterwards."""
    first_read = FirstRead(task.data)
    with TemporaryDirectory(prefix="thaw-bench-") as place:
        run = create(task.session, "bench", Path(place) / "runs")
        if work(run):
            raise RuntimeError(run.events.read_text().splitlines()[-1])
        return result_of(run, first_read)


def result_of(run: RunFolder, first_read: FirstRead) -> Result:
    """What the journal tells."""
    events = list(read_events(run.events))
    started = next(event for event in events if isinstance(event, Started))
    validated = [event for event in events if isinstance(event, Evaluated) and event.epoch_end]
    laps = [min(started.time, first_read.time), *(event.time for event in validated)]
    return Result(
        seconds=laps[-1] - laps[0],
        epochs=tuple(after - before for before, after in pairwise(laps)),
        val_accuracy=validated[-1].accuracy,
        pictures=(started.images["train"], started.images["val"]),
        note=f"{started.precision}, {started.memory_format.replace('_', ' ')}",
    )


if __name__ == "__main__":
    contend(train)
