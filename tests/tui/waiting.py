"""Waiting in tests of the screens, with the app going on."""

import time
from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

PATIENCE_SECONDS = 15


async def until(pilot: Pilot[Any], holds: Callable[[], object]) -> None:
    """Wait until something holds, once what was pressed has been taken."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    await pilot.pause()
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE_SECONDS} seconds in vain")
        await pilot.pause(0.02)


async def settled(pilot: Pilot[Any], look: Callable[[], object]) -> object:
    """What a look sees once it has been the same for half a second."""
    seen, since = look(), time.monotonic()

    def holds() -> bool:
        nonlocal seen, since
        before, seen = seen, look()
        since = since if seen == before else time.monotonic()
        return time.monotonic() - since > 0.5

    await until(pilot, holds)
    return seen
