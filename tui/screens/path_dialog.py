"""Asks for a path, completing folders and sessions while it is typed."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static

from tui.completion import common_start, completions


class PathInput(Input):
    """An input in which tab completes what was typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "screen.into_list", "Choose", show=False, id="path.down"),
    ]

    def on_key(self, event: Key) -> None:
        """Complete here: a binding would run after the letters that were typed behind the tab."""
        if event.key == "tab":
            event.stop()
            event.prevent_default()
            self.value = common_start(completions(self.value), self.value)
            self.cursor_position = len(self.value)


class PathDialog(ModalScreen[str | None]):
    """Dismisses with the path that was entered, or None; it does not look at what lies there."""

    DEFAULT_CSS = """
    PathDialog { align: center middle; }
    PathDialog > Vertical {
        width: 76; max-width: 96%; height: auto; max-height: 90%; padding: 0 1;
        border: round $primary; background: $surface;
    }
    PathDialog OptionList { height: auto; max-height: 10; border: none; background: $surface; padding: 0; }
    PathDialog #keys { color: $text-muted; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="path.cancel"),
    ]

    def __init__(self, title: str, value: str, *, save: bool = False) -> None:
        super().__init__()
        self._title = title
        self._value = value
        self._save = save

    def compose(self) -> ComposeResult:
        """The input, and what it may become."""
        with Vertical() as box:
            box.border_title = self._title
            field = PathInput(self._value, placeholder="a path; ~ is your home folder", select_on_focus=False)
            field.cursor_blink = False
            yield field
            yield OptionList()
            verb = "saves" if self._save else "opens"
            yield Static(f"enter {verb} · tab completes · ↓ chooses · esc cancels", id="keys")

    def on_mount(self) -> None:
        """Offer what the current folder has."""
        self.query_one(Input).focus()
        self._offer(self._value)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Offer what fits."""
        self._offer(event.value)

    def _offer(self, text: str) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Content(path) for path in completions(text)])
        options.display = bool(options.option_count)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what was typed."""
        if event.value.strip():
            self.dismiss(event.value.strip())

    def action_into_list(self) -> None:
        """Go into the list of offers."""
        options = self.query_one(OptionList)
        if options.option_count:
            options.focus()
            options.highlighted = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Put the chosen one into the input, and go on from there."""
        field = self.query_one(Input)
        field.value = str(event.option.prompt)
        field.cursor_position = len(field.value)
        field.focus()
