"""``python tests/benchmarks/watched_thaw.py FILE [ARGUMENT ...]``: the workbench, noting how late its event loop is.

A timer of the loop is due every five milliseconds. Whenever it is called noticeably later, a line goes to FILE: when
(`time.time`), by how many seconds, and for how many of them this process computed. For the rest it waited for a core
that other processes had. A timer, and no task that sleeps: that would be woken a turn of the loop after it is due,
and two turns, between which keys are heard, would look like one.
"""

import asyncio
import sys
import time
from pathlib import Path

from tui import app
from tui.__main__ import main

SECONDS = 0.005
NOTICED_SECONDS = 0.008


class Watch:
    """Notes every call of a timer that comes late; `loop` is the one that the workbench runs in."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        self._file, self._loop = path.open("w"), loop
        self._wait()

    def _wait(self) -> None:
        self._due, self._computed = time.perf_counter() + SECONDS, time.process_time()
        self._loop.call_later(SECONDS, self._called)

    def _called(self) -> None:
        late, computed = time.perf_counter() - self._due, time.process_time() - self._computed
        if late > NOTICED_SECONDS:
            print(f"{time.time():.3f} {late:.4f} {computed:.4f}", file=self._file, flush=True)
        self._wait()


class WatchedApp(app.ThawApp):
    """The workbench with the task beside it, from its first frame on."""

    CSS_PATH = Path(app.__file__).with_name("app.tcss")

    def on_ready(self) -> None:
        """Start watching."""
        self._watch = Watch(Path(GAPS), asyncio.get_running_loop())


if __name__ == "__main__":
    GAPS = sys.argv.pop(1)
    app.ThawApp = WatchedApp  # type: ignore[misc]
    main()
