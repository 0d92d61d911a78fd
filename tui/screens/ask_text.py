"""A dialog that asks for a line of text."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from workbench.safe_text import inert


class AskText(ModalScreen[str | None]):
    """Returns the text, or None where it was closed."""

    DEFAULT_CSS = """
    AskText { align: center middle; }
    AskText > Vertical {
        width: 64; max-width: 90%; height: auto; padding: 1 2; background: $surface; border: round $primary;
    }
    AskText Input { margin-top: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close", id="ask.close"),
    ]

    def __init__(self, title: str, text: str, hint: str) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._hint = hint

    def compose(self) -> ComposeResult:
        """The title and the field."""
        with Vertical():
            yield Static(Text(inert(self._title), style="bold"))
            field = Input(self._text, placeholder=self._hint, compact=True, select_on_focus=False)
            field.cursor_blink = False
            yield field

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter takes the text."""
        self.dismiss(event.value)
