"""Reading the workbench's screens as a user does, while Textual's Pilot presses the keys."""

import time
from collections.abc import Callable

from textual.pilot import Pilot

from tests.end_to_end.whole import PATIENCE
from tui.widgets.field_list import FieldList


async def until(pilot: Pilot[str], condition: Callable[[], object], what: str) -> None:
    """Wait, with the app going on, until something holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain until {what}; the screen says:\n{seen(pilot)}")
        await pilot.pause(0.1)
    await pilot.pause()


async def until_seen(pilot: Pilot[str], *texts: str) -> None:
    """Wait until all these texts stand on the screen."""
    await until(pilot, lambda: all(text in seen(pilot) for text in texts), f"{texts} are on the screen")


def seen(pilot: Pilot[str]) -> str:
    """The text on the screen, line by line."""
    # Public is only the screenshot as SVG, which takes seconds for a screen full of pictures (Textual 8.2).
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


async def type_into_field(pilot: Pilot[str], key: str, text: str) -> None:
    """Give a field of the session another value, on the model screen's panel of fields."""
    fields = pilot.app.screen.query_one(FieldList)
    await pilot.press("home")
    while fields.field is None or fields.field.key != key:
        await pilot.press("down")
    await pilot.press("enter", "ctrl+u", *text, "enter")
