"""The line above the footer with the hint of a screen, there until its key was used once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from tui.widgets.fixed_text import FixedText

if TYPE_CHECKING:
    from tui.app import ThawApp

FEWEST_ROWS = 20
"""Rows of a terminal below which every line is needed for something else."""


class HintLine(FixedText):
    """One line, or nothing."""

    DEFAULT_CSS = """
    HintLine { height: 1; padding: 0 1; display: none; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def show(self, app: ThawApp, screen: str) -> None:
        """Show the hint of a screen where this user still gets it."""
        hint = app.hints.of(screen) if app.hints is not None else None
        self.display = hint is not None and app.size.height >= FEWEST_ROWS
        if hint is not None:
            key, words = hint.line(app.preferences.keys)
            self.say(Text.assemble("Hint: ", (key, "bold"), f" {words}", no_wrap=True))
