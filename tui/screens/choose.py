"""A dialog that chooses one of many: a field that narrows the list, and the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from workbench.safe_text import inert

MOST = 500
"""So many choices are listed at once; typing finds the others."""


class ChooseScreen(ModalScreen[str | None]):
    """Returns the chosen name, or None."""

    DEFAULT_CSS = """
    ChooseScreen { align: center middle; }
    ChooseScreen > Vertical {
        width: 64; max-width: 90%; height: auto; max-height: 80%; padding: 1 2; background: $surface;
        border: round $primary;
    }
    ChooseScreen Input { margin: 1 0; }
    ChooseScreen OptionList { height: auto; max-height: 16; background: $surface; border: none; padding: 0; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close", id="choose.close"),
        Binding("down", "move(1)", "Down", show=False, id="choose.down"),
        Binding("up", "move(-1)", "Up", show=False, id="choose.up"),
    ]

    def __init__(self, title: str, choices: Sequence[tuple[str, str]]) -> None:
        """`choices` are names with a remark on each."""
        super().__init__()
        self._title = title
        self._choices = choices

    def compose(self) -> ComposeResult:
        """The title, the field, the list."""
        with Vertical():
            yield Static(Text(self._title, style="bold"))
            field = Input(placeholder="type to narrow · ↑ ↓ enter · esc", compact=True)
            field.cursor_blink = False
            yield field
            yield OptionList()

    def on_mount(self) -> None:
        """Show all choices."""
        self._narrow("")
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show the choices that hold what is typed."""
        self._narrow(event.value)

    def _narrow(self, typed: str) -> None:
        wanted = typed.casefold()
        found = [(name, remark) for name, remark in self._choices if wanted in name.casefold()]
        found.sort(key=lambda choice: not choice[0].casefold().startswith(wanted))
        listed = self.query_one(OptionList)
        listed.clear_options()
        listed.add_options([_option(place, *choice) for place, choice in enumerate(found[:MOST])])
        self._shown = [name for name, _ in found[:MOST]]
        listed.highlighted = 0 if found else None

    def action_move(self, places: int) -> None:
        """Move in the list while the field has the keyboard."""
        listed = self.query_one(OptionList)
        if listed.option_count:
            listed.highlighted = ((listed.highlighted or 0) + places) % listed.option_count

    def on_input_submitted(self) -> None:
        """Enter takes the marked choice."""
        listed = self.query_one(OptionList)
        self.dismiss(self._shown[listed.highlighted] if listed.highlighted is not None else None)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """So does a click."""
        self.dismiss(self._shown[event.option_index])


def _option(place: int, name: str, remark: str) -> Option:
    return Option(
        Content.assemble(inert(name), (f"  {inert(remark)}" if remark else "", "dim")), id=str(place)
    )
