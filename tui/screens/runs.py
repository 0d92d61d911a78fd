"""All runs in a table: how they went, what they take, sorted, filtered, tagged; open, resume, compare, clean up.

The rows are `tui.run_list`'s; what is done with the chosen run is `tui.screens.runs_actions`'s part.
"""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import ScreenResume
from textual.widgets import Input, Static

from tui.run_list import ORDERS, ListedRun, RunLister, chosen
from tui.screens.runs_actions import RunsActions
from tui.widgets.fixed_text import FixedText
from tui.widgets.run_table import RunTable
from workbench.run import runs_folder
from workbench.safe_text import inert
from workbench.words import size

REFRESH_SECONDS = 2.0

FIRST_RUN = (
    "Open a session and press s on the train screen (4), or press d on the first screen (1) for the demo."
)


class RunsScreen(RunsActions):
    """The runs of the runs folder; it looks again every two seconds while it is shown."""

    NUMBER = 6
    LABEL = "runs"

    DEFAULT_CSS = """
    RunsScreen #runs-filter { display: none; height: 1; border: none; padding: 0 1; background: $boost; }
    RunsScreen #runs-filter.-shown { display: block; }
    RunsScreen #runs-caption { height: 1; padding: 0 1; background: $panel; text-wrap: nowrap; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l,enter", "open_run", "Open", key_display="⏎", id="runs.open"),
        Binding("r", "resume", "Resume", id="runs.resume"),
        Binding("slash", "filter", "Filter", key_display="/", id="runs.filter"),
        Binding("o", "order", "Order", tooltip="Sort by something else", id="runs.order"),
        Binding("t", "tag", "Tag", tooltip="Tags, separated by spaces", id="runs.tag"),
        Binding("n", "note", "Note", show=False, id="runs.note"),
        Binding(
            "equals_sign",
            "compare",
            "Diff",
            key_display="=",
            tooltip="Its session and another's",
            id="runs.diff",
        ),
        Binding("d,delete", "delete", "Delete", id="runs.delete"),
        Binding("X", "clean", "Clean up", tooltip="Give disk space back", id="runs.clean"),
        Binding("j", "move(1)", "Down", show=False, id="runs.down"),
        Binding("k", "move(-1)", "Up", show=False, id="runs.up"),
        Binding("escape", "unfilter", "All runs", show=False, id="runs.unfilter"),
    ]

    def body(self) -> ComposeResult:
        """The table, or how to get a first run."""
        yield Static(classes="empty", id="no-runs")
        yield RunTable()
        field = Input(placeholder="words in name, model, state, tags or note", id="runs-filter", compact=True)
        field.cursor_blink = False
        yield field
        yield FixedText(id="runs-caption")

    def on_mount(self) -> None:
        """The rows are read again and again."""
        self._lister = RunLister()
        self._every: list[ListedRun] = []
        self._order = next(iter(ORDERS))
        self.query_one(RunTable).focus()
        self.query_one("#no-runs", Static).update(Text(f"No runs in {runs_folder()}/ yet.\n\n{FIRST_RUN}"))
        self.set_interval(REFRESH_SECONDS, self._look_if_shown)

    def on_screen_resume(self, _: ScreenResume) -> None:
        """Look at once when it is shown."""
        self.look()

    def _look_if_shown(self) -> None:
        if self.is_current:
            self.look()

    def look(self, *, afresh: bool = False) -> None:
        """Read the runs again; `afresh` measures their sizes anew too."""
        if afresh:
            self._lister.forget()
        self._look()

    @work(thread=True, exclusive=True, group="runs")
    def _look(self) -> None:
        self.hand_over(partial(self._take, self._lister.read(runs_folder())))

    def _take(self, found: list[ListedRun]) -> None:
        self._every = found
        self._show()

    def _show(self) -> None:
        table, before = self.query_one(RunTable), self.chosen_run()
        listed = chosen(self._every, self.query_one("#runs-filter", Input).value, self._order)
        self.listed = listed
        table.display = bool(self._every)
        self.query_one("#no-runs").display = not self._every
        names = [one.run for one in listed]
        table.show(listed, names.index(before.run) if before and before.run in names else 0)
        self._show_caption()

    def _show_caption(self) -> None:
        one = self.chosen_run()
        count = (
            f"{len(self.listed)} of {len(self._every)} runs" if len(self.listed) < len(self._every) else ""
        )
        note = f"“{inert(one.remarks.note)}”" if one and one.remarks.note else ""
        total = f"{size(sum(each.bytes for each in self.listed))} on disk"
        parts = [part for part in (note, count, total, self._order) if part]
        caption = self.query_one("#runs-caption", FixedText)
        caption.display = bool(self._every)
        caption.say(Text(" · ".join(parts), no_wrap=True))

    def chosen_run(self) -> ListedRun | None:
        """The row under the cursor."""
        row = self.query_one(RunTable).cursor_row
        return self.listed[row] if 0 <= row < len(self.listed) else None

    def on_data_table_row_selected(self) -> None:
        """Enter on a row opens the run."""
        self.action_open_run()

    def on_data_table_row_highlighted(self) -> None:
        """Show the note of the row."""
        self._show_caption()

    # ---- filtering and sorting ----

    def action_order(self) -> None:
        """Take the next order."""
        names = list(ORDERS)
        self._order = names[(names.index(self._order) + 1) % len(names)]
        self._show()

    def action_filter(self) -> None:
        """Type words that the runs must have."""
        field = self.query_one("#runs-filter", Input)
        field.add_class("-shown")
        field.focus()

    def on_input_changed(self) -> None:
        """Filter while it is typed."""
        self._show()

    def on_input_submitted(self) -> None:
        """Give the keyboard back to the table; the filter stays."""
        self.query_one(RunTable).focus()

    def action_unfilter(self) -> None:
        """Show all runs again."""
        field = self.query_one("#runs-filter", Input)
        field.value = ""
        field.remove_class("-shown")
        self.query_one(RunTable).focus()

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        table = self.query_one(RunTable)
        table.move_cursor(row=table.cursor_row + rows)
