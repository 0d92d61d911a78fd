"""A dialog that waits for a run's answer in the journal and then shows it.

What was asked, and how the answer looks, is said by the screens that derive from it.
"""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.messages import RunChanged
from tui.state import RunView

Answer = TypeVar("Answer")


class AnswerScreen(ModalScreen[None], Generic[Answer]):
    """Shows the first answer that is not the one before the question; escape leaves, the log has the answer too."""

    TITLE_WORDS: ClassVar[str] = ""
    WAITS: ClassVar[str] = ""

    DEFAULT_CSS = """
    AnswerScreen { align: center middle; }
    AnswerScreen #answer {
        width: 78; max-width: 96%; height: auto; max-height: 92%; padding: 0 1;
        border: round $primary; background: $surface;
    }
    AnswerScreen #answer.-broken { border: round $error; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", "Close", id="answer.close"),
    ]

    def __init__(self, view: RunView, before: Answer | None) -> None:
        super().__init__()
        self.view = view
        self._before = before
        self.answer: Answer | None = None

    def compose(self) -> ComposeResult:
        """The box, with what is said until the answer is there."""
        with Vertical(id="answer") as box:
            box.border_title = self.TITLE_WORDS
            box.border_subtitle = "esc closes"
            yield Static(self.WAITS, id="waits", markup=False)

    async def on_mount(self) -> None:
        """The answer may be there already."""
        await self._look()

    async def on_run_changed(self, _: RunChanged) -> None:
        """Look whether the answer has come."""
        await self._look()

    async def _look(self) -> None:
        if self.answer is not None:
            return
        found = self.found(self.view)
        if found is not None and found is not self._before:
            self.answer = found
            await self.query_one("#waits").remove()
            await self.query_one("#answer").mount(*self.shown(found))
            self.refresh_bindings()
        elif not self.view.is_live:
            self.query_one("#waits", Static).update("The run ended before it answered; esc closes.")

    def found(self, view: RunView) -> Answer | None:
        """The latest answer that the view has."""
        raise NotImplementedError

    def shown(self, answer: Answer) -> list[Any]:
        """The widgets that show an answer."""
        raise NotImplementedError
