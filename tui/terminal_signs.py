"""What reaches the terminal beside the screens: its title, a bell, a desktop note.

The sequences are xterm's (title: OSC 2, kept and given back by XTWINOPS 22 and 23) and iTerm's (OSC 9), which
terminals that don't know them pass over. What they say when is `tui.signs`'s part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.safe_text import without_unsafe

if TYPE_CHECKING:
    from textual.app import App

KEEP_TITLE, GIVE_TITLE_BACK = "\x1b[22;2t", "\x1b[23;2t"
LONGEST = 120


def title(text: str) -> str:
    """The sequence that sets the terminal's title."""
    return f"\x1b]2;{without_unsafe(text)[:LONGEST]}\x07"


def desktop_note(text: str) -> str:
    """The sequence that asks for a desktop notification."""
    return f"\x1b]9;{without_unsafe(text)[:LONGEST]}\x07"


def write(app: App[str], sequence: str) -> None:
    """Send a sequence between two frames; nothing where the app has no terminal.

    Textual (8.2) has no public way for this; its driver orders what is written.
    """
    driver = app._driver  # noqa: SLF001
    if driver is not None and not app.is_headless:
        driver.write(sequence)
