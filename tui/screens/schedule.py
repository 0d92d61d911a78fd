"""The schedule of the session being edited: its planned edits as lines, to add, change, move and remove.

Every change is an edit of the draft at once, which its undo takes back; what a line may say is `tui.schedule`'s part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.schedule import EXAMPLE, by_strategy, entry_of, later, line_of, placed
from workbench.errors import BadInput

if TYPE_CHECKING:
    from tui.app import ThawApp
    from workbench.session import ScheduledEdits

KEYS = "a adds · enter changes · ← → move · d removes · u undo · esc closes"


class ScheduleScreen(ModalScreen[None]):
    """Lines with a cursor; an input lies below them while one is typed."""

    AUTO_FOCUS = ""

    DEFAULT_CSS = """
    ScheduleScreen { align: center middle; }
    ScheduleScreen > Vertical {
        width: 84; max-width: 96%; height: auto; max-height: 90%; padding: 0 1;
        border: round $primary; background: $surface;
    }
    ScheduleScreen VerticalScroll { height: auto; max-height: 18; }
    ScheduleScreen Input { display: none; border: none; height: 1; padding: 0; background: $boost; }
    ScheduleScreen.-typing Input { display: block; }
    ScheduleScreen #schedule-note { color: $text-muted; height: auto; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a,plus", "add", "Add", id="schedule.add"),
        Binding("enter", "change", "Change", id="schedule.change"),
        Binding("left,h,left_square_bracket", "shift(-1)", "Earlier", id="schedule.earlier"),
        Binding("right,l,right_square_bracket", "shift(1)", "Later", id="schedule.later"),
        Binding("d,delete,backspace", "remove", "Remove", id="schedule.remove"),
        Binding("u", "undo", "Undo", id="schedule.undo"),
        Binding("ctrl+r", "redo", "Redo", show=False, id="schedule.redo"),
        Binding("j,down", "move(1)", "Down", show=False, id="schedule.down"),
        Binding("k,up", "move(-1)", "Up", show=False, id="schedule.up"),
        Binding("escape,q", "close", "Close", id="schedule.close"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._cursor = 0
        self._changing: int | None = None

    def compose(self) -> ComposeResult:
        """The lines, the input, and what can be done or is wrong."""
        with Vertical() as box:
            box.border_title = "Schedule"
            with VerticalScroll(can_focus=False):
                yield Static(id="schedule-lines")
            field = Input(placeholder=EXAMPLE, compact=True, select_on_focus=False)
            field.cursor_blink = False
            yield field
            yield Static(id="schedule-note")

    def on_mount(self) -> None:
        """Show the draft's schedule."""
        self._show()
        self._say()

    @property
    def _app(self) -> ThawApp:
        return cast("ThawApp", self.app)

    @property
    def _entries(self) -> tuple[ScheduledEdits, ...]:
        return self._app.draft.session.schedule if self._app.draft is not None else ()

    def _show(self) -> None:
        draft = self._app.draft
        self._cursor = max(0, min(self._cursor, len(self._entries) - 1))
        lines = Text(no_wrap=True, overflow="ellipsis")
        for place, entry in enumerate(self._entries):
            here = place == self._cursor
            lines.append(f"{'▸' if here else ' '} {line_of(entry)}\n", "bold reverse" if here else "")
        if not self._entries:
            lines.append("  nothing is planned yet\n", "dim")
        if draft is not None and draft.description is not None:
            for line in by_strategy(draft.session, draft.description.stages):
                lines.append(f"  {line}  by the strategy\n", "dim")
        self.query_one("#schedule-lines", Static).update(lines)

    def _say(self, problem: BadInput | None = None) -> None:
        note = self.query_one("#schedule-note", Static)
        if problem is not None:
            note.update(Text(f"✗ {problem.message}\n{problem.hint}", "bold red"))
        elif self.has_class("-typing"):
            note.update(Text("enter keeps · esc drops · a number alone is an epoch, step 450: … a step"))
        elif self._app.is_live:
            note.update(Text(f"for the next run: the one under way keeps its own\n{KEYS}"))
        else:
            note.update(Text(KEYS))

    # ---- keys ----

    def action_move(self, places: int) -> None:
        """Move the cursor."""
        self._cursor += places
        self._show()

    def action_add(self) -> None:
        """Type a new line."""
        self._type("", None)

    def action_change(self) -> None:
        """Type the line under the cursor anew."""
        if self._entries:
            self._type(line_of(self._entries[self._cursor]), self._cursor)

    def action_shift(self, by: int) -> None:
        """Let the entry under the cursor come into force earlier or later."""
        if self._entries:
            self._put(later(self._entries[self._cursor], by), instead_of=self._cursor)

    def action_remove(self) -> None:
        """Remove the entry under the cursor; undo brings it back."""
        if self._entries:
            self._take((*self._entries[: self._cursor], *self._entries[self._cursor + 1 :]))

    def action_undo(self) -> None:
        """Take the draft's last edit back."""
        self._app.undo_edit()
        self._show()

    def action_redo(self) -> None:
        """Make the edit again that was undone."""
        self._app.undo_edit(redo=True)
        self._show()

    def action_close(self) -> None:
        """Drop what is being typed, or close."""
        if self.has_class("-typing"):
            self._end_typing()
        else:
            self.dismiss()

    # ---- typing ----

    def _type(self, text: str, changing: int | None) -> None:
        self._changing = changing
        field = self.query_one(Input)
        field.value, field.cursor_position = text, len(text)
        self.add_class("-typing")
        field.focus()
        self._say()

    def _end_typing(self) -> None:
        self.remove_class("-typing")
        self.set_focus(None)
        self._say()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the line where it fits, or say what is wrong with it."""
        event.stop()
        draft = self._app.draft
        stage_of = draft.description.stage_of if draft is not None and draft.description is not None else {}
        try:
            entry = entry_of(event.value, stage_of)
        except BadInput as error:
            self._say(error)
            return
        self._end_typing()
        self._put(entry, instead_of=self._changing)

    def _put(self, entry: ScheduledEdits, *, instead_of: int | None) -> None:
        others = [other for place, other in enumerate(self._entries) if place != instead_of]
        entries, self._cursor = placed(others, entry)
        self._take(entries)

    def _take(self, entries: tuple[ScheduledEdits, ...]) -> None:
        draft = self._app.draft
        if draft is not None:
            self._app.edit(draft.session.model_copy(update={"schedule": entries}))
        self._show()
