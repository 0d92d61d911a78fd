"""One line that turns while something is being waited for."""

from __future__ import annotations

from itertools import cycle

from rich.text import Text
from textual.timer import Timer
from textual.widgets import Static

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Waiting(Static):
    """Turns only while it is in sight."""

    DEFAULT_CSS = """
    Waiting { height: 1fr; padding: 1 2; color: $text-muted; display: none; }
    """

    def __init__(self, what: str, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id)
        self._what = what
        self._frames = cycle(FRAMES)
        self._timer: Timer | None = None

    def on_show(self) -> None:
        """Begin to turn."""
        self._turn()
        self._timer = self._timer or self.set_interval(0.2, self._turn)
        self._timer.resume()

    def on_hide(self) -> None:
        """Stop turning."""
        if self._timer is not None:
            self._timer.pause()

    def _turn(self) -> None:
        self.update(Text(f"{next(self._frames)} {self._what} …"), layout=False)
