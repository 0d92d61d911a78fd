"""The config panel: every field of the session, changed in place, checked while it is typed.

Posts `ConfigPanel.Edited` with a valid session; what becomes of it is the app's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.message import Message
from textual.widgets import Input

from tui.field_values import has_choices, next_choice, read, shown, typed
from tui.widgets.field_list import NAME_WIDTH, FieldList
from tui.widgets.fixed_text import FixedText
from workbench.errors import BadInput

if TYPE_CHECKING:
    from workbench.session import Session
    from workbench.session_file import FieldDescription


class ConfigPanel(Vertical):
    """Fields by section; enter edits or chooses, arrows choose, and the last lines explain or complain."""

    DEFAULT_CSS = """
    ConfigPanel { height: 1fr; }
    ConfigPanel #fields { height: 1fr; layers: below above; }
    ConfigPanel FieldList { layer: below; }
    ConfigPanel #field-input {
        layer: above; display: none; position: absolute; height: 1; border: none; padding: 0; background: $boost;
    }
    ConfigPanel.-editing #field-input { display: block; }
    ConfigPanel #field-help { height: 3; padding: 0 1; background: $surface; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "edit", "Edit", id="config.edit"),
        Binding("right,l,space", "choose(1)", "Next choice", show=False, id="config.next"),
        Binding("left,h", "choose(-1)", "Choice before", key_display="← →", show=False, id="config.previous"),
        Binding("backspace,delete", "reset", "Default", key_display="⌫", id="config.reset"),
        Binding("j,down", "move(1)", "Down", show=False, id="config.down"),
        Binding("k,up", "move(-1)", "Up", show=False, id="config.up"),
        Binding("g,home", "move(-1000)", "First field", show=False, id="config.first"),
        Binding("G,end", "move(1000)", "Last field", show=False, id="config.last"),
        Binding("pagedown", "move(10)", "Page down", show=False, id="config.page-down"),
        Binding("pageup", "move(-10)", "Page up", show=False, id="config.page-up"),
        Binding("u", "app.undo_edit", "Undo", id="config.undo"),
        Binding("ctrl+r", "app.redo_edit", "Redo", show=False, id="config.redo"),
        Binding("escape", "cancel", "Cancel", show=False, id="config.cancel"),
    ]

    class Edited(Message):
        """A field was changed to a value that fits."""

        def __init__(self, session: Session) -> None:
            super().__init__()
            self.session = session

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id)
        self._session: Session | None = None

    def compose(self) -> ComposeResult:
        """The fields with the input that lies over one of them, and the help."""
        with Container(id="fields"):
            yield FieldList()
            field = Input(id="field-input", compact=True, select_on_focus=False)
            field.cursor_blink = False  # a blink is a repaint, also over a slow link
            yield field
        yield FixedText(id="field-help")

    @property
    def fields(self) -> FieldList:
        """The list of fields."""
        return self.query_one(FieldList)

    @property
    def _input(self) -> Input:
        return self.query_one("#field-input", Input)

    def show(self, session: Session) -> None:
        """Show the values of a session."""
        if session is self._session:
            return
        from workbench.session_file import field_descriptions

        self._session = session
        self.fields.show(session, self.fields.fields or field_descriptions())
        if not self.has_class("-editing"):
            self._explain()

    def focus_fields(self) -> None:
        """Give the keyboard to the fields."""
        self.fields.focus()

    def copied(self) -> str:
        """The field under the cursor, as ``thaw run --set`` takes it."""
        field = self.fields.field
        return f"{field.key}={typed(self.fields.value)}" if field is not None else ""

    # ---- help and complaints ----

    def on_field_list_moved(self) -> None:
        """Explain the field under the cursor."""
        self._explain()

    def _explain(self) -> None:
        field = self.fields.field
        if field is not None:
            text = Text(field.description, style="")
            text.append(f"\ndefault: {shown(field.default)}", style="dim")
            if self.has_class("-editing"):
                text.append("  ·  enter keeps, esc drops", style="dim")
            elif has_choices(field):
                text.append("  ·  ← → choose", style="dim")
            self._say(text)

    def _say(self, text: Text) -> None:
        self.query_one("#field-help", FixedText).say(text)

    def _complain(self, error: BadInput) -> None:
        message = getattr(error, "problems", None)
        words = "; ".join(problem.message for problem in message) if message else error.message
        text = Text(f"✗ {words}", style="bold red")
        self._say(text.append("" if message else f"\n→ {error.hint}", style="not bold"))

    # ---- choosing ----

    def action_move(self, places: int) -> None:
        """Move the cursor; what is being typed is kept where it fits."""
        if self._finish():
            self.fields.cursor += places

    def action_choose(self, places: int) -> None:
        """Take the next choice of a field that has choices."""
        field = self.fields.field
        if field is not None and has_choices(field):
            self._change(field, next_choice(field, self.fields.value, places))

    def action_reset(self) -> None:
        """Give the field its default again."""
        field = self.fields.field
        if field is not None:
            self._change(field, field.default)

    def on_field_list_chosen(self) -> None:
        """A click on the field under the cursor is enter."""
        self.action_edit()

    # ---- typing ----

    def action_edit(self) -> None:
        """Choose, or lay the input over the field."""
        field = self.fields.field
        if field is None or has_choices(field):
            self.action_choose(1)
            return
        self._input.value = typed(self.fields.value)
        self._input.cursor_position = len(self._input.value)
        self._input.styles.offset = (NAME_WIDTH, self.fields.line)
        self._input.styles.width = max(8, self.fields.size.width - NAME_WIDTH)
        self.add_class("-editing")
        self._input.focus()
        self._explain()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Check what is typed, as it is typed."""
        event.stop()
        if self.has_class("-editing") and self._checked() is not None:
            self._explain()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep what was typed, where it fits."""
        event.stop()
        self._finish()

    def on_input_blurred(self, event: Input.Blurred) -> None:
        """Leaving keeps what fits and drops what does not."""
        event.stop()
        if self.has_class("-editing") and not self._finish(refocus=False):
            self.action_cancel()

    def action_cancel(self) -> None:
        """Drop what was typed."""
        if self.has_class("-editing"):
            self._close_input()
            self._explain()

    def _finish(self, *, refocus: bool = True) -> bool:
        """Take what was typed; False where it does not fit, and then the input stays."""
        if not self.has_class("-editing"):
            return True
        session = self._checked()
        if session is None:
            return False
        self._close_input(refocus=refocus)
        self.post_message(self.Edited(session))
        return True

    def _close_input(self, *, refocus: bool = True) -> None:
        self.remove_class("-editing")
        if refocus:
            self.focus_fields()

    def _checked(self) -> Session | None:
        field = self.fields.field
        if field is None:
            return None
        try:
            return self._session_with(field, read(field, self._input.value))
        except BadInput as error:
            self._complain(error)
            return None

    def _change(self, field: FieldDescription, value: Any) -> None:
        try:
            self.post_message(self.Edited(self._session_with(field, value)))
        except BadInput as error:
            self._complain(error)

    def _session_with(self, field: FieldDescription, value: Any) -> Session:
        from workbench.session_file import changed

        assert self._session is not None  # noqa: S101  (a field stands under the cursor)
        return changed(self._session, field.key, value)
