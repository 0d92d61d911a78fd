"""What stands in for the screens while the terminal is too small for them."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static


class TooSmallScreen(ModalScreen[None]):
    """Says how large the terminal has to be; it goes away by itself, and nothing under it is lost."""

    DEFAULT_CSS = """
    TooSmallScreen { align: center middle; background: $background; }
    TooSmallScreen Static { width: 100%; text-align: center; }
    """

    def __init__(self, smallest: tuple[int, int]) -> None:
        super().__init__()
        self._smallest = smallest

    def compose(self) -> ComposeResult:
        """One line or two."""
        width, height = self._smallest
        yield Static(Text(f"Thaw needs {width}×{height} cells.\nPlease enlarge the terminal."))
