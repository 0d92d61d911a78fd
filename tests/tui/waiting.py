"""Waiting in tests of the screens, with the app going on."""

import threading
import time
from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

from tui.app import ThawApp

PATIENCE_SECONDS = 60
STILL_SECONDS = 0.3


async def until(pilot: Pilot[Any], holds: Callable[[], object]) -> None:
    """Wait until something holds, once what was pressed has been taken."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    await pilot.pause()
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE_SECONDS} seconds in vain")
        await pilot.pause(0.02)


def words(app: ThawApp) -> list[str]:
    """The lines on the screen."""
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


def waits(app: ThawApp) -> bool:
    """Whether the app waits for its engine or for a thread, whose answer will change what is shown."""
    aside = any(thread.name == "aside" for thread in threading.enumerate())
    reading = any(worker._thread_worker and worker.is_running for worker in app.workers)
    return aside or reading or bool(app.engine._waiting) or app.engine._starting.locked()


async def at_rest(pilot: Pilot[Any]) -> None:
    """Wait until the app waits for nothing and the words on the screen stay the same."""
    app = pilot.app
    assert isinstance(app, ThawApp)
    seen, since = words(app), time.monotonic()

    def holds() -> bool:
        nonlocal seen, since
        before, seen = seen, words(app)
        if waits(app) or seen != before:
            since = time.monotonic()
        return time.monotonic() - since > STILL_SECONDS

    await until(pilot, holds)
