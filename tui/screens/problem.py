"""A problem that needs more room than a note: every line of its message, and what to do."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from workbench.errors import ThawError


class ProblemScreen(ModalScreen[None]):
    """Shows an error's message and hint until it is closed."""

    DEFAULT_CSS = """
    ProblemScreen { align: center middle; }
    ProblemScreen > VerticalScroll {
        width: 90; max-width: 96%; height: auto; max-height: 90%; padding: 1 2;
        border: round $error; background: $surface;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "Close", id="problem.close"),
    ]

    def __init__(self, error: ThawError) -> None:
        super().__init__()
        self._error = error

    def compose(self) -> ComposeResult:
        """The message, then the hint."""
        with VerticalScroll() as box:
            box.border_title = "✗ This can't be used as it is"
            box.border_subtitle = "esc closes"
            yield Static(problem_text(self._error))


def problem_text(error: ThawError) -> Text:
    """An error's message with its hint below, both as they are."""
    text = Text(error.message, style="bold")
    if error.hint:
        text.append(f"\n\n→ {error.hint}", style="not bold")
    return text
