"""In which keys two runs' sessions differ, defaults filled in, in a dialog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.field_values import shown
from workbench.actions import describe
from workbench.safe_text import inert
from workbench.session import ScheduledEdits
from workbench.session_file import Difference


class SessionDiff(ModalScreen[None]):
    """One row a key; what is the same is left out."""

    DEFAULT_CSS = """
    SessionDiff { align: center middle; }
    SessionDiff > VerticalScroll {
        width: 100; max-width: 96%; height: auto; max-height: 90%; padding: 0 1;
        border: round $primary; background: $surface;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss(None)", "Close", id="diff.close"),
        Binding("j", "scroll(1)", "Down", show=False, id="diff.down"),
        Binding("k", "scroll(-1)", "Up", show=False, id="diff.up"),
    ]

    def __init__(self, names: tuple[str, str], found: Sequence[Difference]) -> None:
        super().__init__()
        self._names = names
        self._found = found

    def compose(self) -> ComposeResult:
        """The table, or that there is nothing in it."""
        with VerticalScroll() as box:
            box.border_title = "Sessions"
            box.border_subtitle = "esc closes"
            yield Static(self._table() if self._found else Text("The sessions say the same."))

    def _table(self) -> Table:
        table = Table(box=None, padding=(0, 2, 0, 0), expand=True)
        table.add_column("key", style="bold", no_wrap=True)
        for name in self._names:
            table.add_column(Text(inert(name)), overflow="fold")
        for key, one, other in self._found:
            table.add_row(key, *(Text(inert(_shown(value))) for value in (one, other)))
        return table

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def _shown(value: object) -> str:
    """A value as the settings show it; schedule entries by what they change."""
    match value:
        case (ScheduledEdits(), *_):
            return "; ".join(_entry(entry) for entry in value if isinstance(entry, ScheduledEdits))
        case dict():
            return ", ".join(f"{name} = {each}" for name, each in value.items()) or "none"
    return shown(value)


def _entry(entry: ScheduledEdits) -> str:
    when = f"epoch {entry.epoch}" if entry.epoch is not None else f"step {entry.step}"
    return f"{when}: {', '.join(describe(edit) for edit in entry.edits())}"
