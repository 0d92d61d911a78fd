"""A question with two answers, for what can't be taken back."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static


class ConfirmScreen(ModalScreen[bool | None]):
    """Asks before something is lost; `y` agrees, `n` does not, escape answers nothing."""

    DEFAULT_CSS = """
    ConfirmScreen { align: center middle; }
    ConfirmScreen > Vertical {
        width: 60; max-width: 94%; height: auto; padding: 1 2; border: round $warning; background: $surface;
    }
    ConfirmScreen Horizontal { height: auto; margin-top: 1; }
    ConfirmScreen Button { margin-right: 2; }
    ConfirmScreen #detail { color: $text-muted; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="confirm.yes"),
        Binding("n", "answer(False)", "No", id="confirm.no"),
        Binding("escape,q", "dismiss(None)", "Close", show=False, id="confirm.close"),
        Binding("left,right,h,l", "app.focus_next", "Other answer", show=False, id="confirm.other"),
    ]

    def __init__(self, question: Text, yes: str, no: str = "Cancel", detail: Text | None = None) -> None:
        super().__init__()
        self._question = question
        self._yes = yes
        self._no = no
        self._detail = detail or Text()

    def compose(self) -> ComposeResult:
        """The question and the two answers; the harmless one has the focus."""
        with Vertical():
            yield Static(self._question)
            if self._detail:
                yield Static(self._detail, id="detail")
            with Horizontal():
                yield Button(Content(f"n  {self._no}"), id="no", compact=True)
                yield Button(Content(f"y  {self._yes}"), id="yes", compact=True)

    def action_answer(self, answer: bool) -> None:
        """Close with the answer."""
        self.dismiss(answer)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """A pressed button answers."""
        self.dismiss(event.button.id == "yes")
