"""``python tests/benchmarks/watched_thaw.py FILE [ARGUMENT ...]``: the workbench, noting how late its event loop is.

A task in the loop sleeps for five milliseconds over and over. Whenever it wakes noticeably later than that, a line
goes to FILE: when (`time.time`), by how many seconds, and for how many of them this process computed. For the rest it
waited for a core that other processes had.
"""

import asyncio
import sys
import time
from pathlib import Path

from tui import app
from tui.__main__ import main

SLEEP_SECONDS = 0.005
NOTICED_SECONDS = 0.008


async def watch(path: Path) -> None:
    """Note every wake-up that comes late."""
    with path.open("w") as file:
        while True:
            began, computed = time.perf_counter(), time.process_time()
            await asyncio.sleep(SLEEP_SECONDS)
            late = time.perf_counter() - began - SLEEP_SECONDS
            if late > NOTICED_SECONDS:
                spent = time.process_time() - computed
                print(f"{time.time():.3f} {late:.4f} {spent:.4f}", file=file, flush=True)


class WatchedApp(app.ThawApp):
    """The workbench with the task beside it, from its first frame on."""

    CSS_PATH = Path(app.__file__).with_name("app.tcss")

    def on_ready(self) -> None:
        """Start watching."""
        self._watch = asyncio.create_task(watch(Path(GAPS)))


if __name__ == "__main__":
    GAPS = sys.argv.pop(1)
    app.ThawApp = WatchedApp  # type: ignore[misc]
    main()
