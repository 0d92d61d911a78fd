"""All runs in a table: open, resume, delete."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import ScreenResume
from textual.widgets import DataTable, Static

from tui.screens.base import ThawScreen
from tui.widgets.status_bar import state_text
from tui.words import ago, percent
from workbench.run import RunFolder, RunSummary, delete, list_runs, runs_folder, summarise

REFRESH_SECONDS = 2.0

FIRST_RUN = (
    "Open a session and press s on the train screen (4), or press d on the first screen (1) for the demo."
)

COLUMNS = ("state", "name", "model", "epoch", "val", "test", "when")


class RunsScreen(ThawScreen):
    """The runs of the runs folder, the latest first; it looks again every two seconds while it is shown."""

    NUMBER = 6
    LABEL = "runs"

    DEFAULT_CSS = """
    RunsScreen DataTable { height: 1fr; scrollbar-size-vertical: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l,enter", "open_run", "Open", key_display="⏎", id="runs.open"),
        Binding("r", "resume", "Resume", id="runs.resume"),
        Binding("d,delete", "delete", "Delete", id="runs.delete"),
        Binding("j", "move(1)", "Down", show=False, id="runs.down"),
        Binding("k", "move(-1)", "Up", show=False, id="runs.up"),
    ]

    def body(self) -> ComposeResult:
        """The table, or how to get a first run."""
        yield Static(classes="empty", id="no-runs")
        yield DataTable(cursor_type="row", zebra_stripes=True)

    def on_mount(self) -> None:
        """The columns stay; the rows are read again and again."""
        self._summaries: list[RunSummary] = []
        table = self.query_one(DataTable)
        for column in COLUMNS:
            table.add_column(column, key=column)
        table.focus()
        self.query_one("#no-runs", Static).update(Text(f"No runs in {runs_folder()}/ yet.\n\n{FIRST_RUN}"))
        self.set_interval(REFRESH_SECONDS, self._look_if_shown)

    def on_screen_resume(self, _: ScreenResume) -> None:
        """Look at once when it is shown."""
        self._look()

    def _look_if_shown(self) -> None:
        if self.is_current:
            self._look()

    @work(thread=True, exclusive=True, group="runs")
    def _look(self) -> None:
        found = []
        for run in list_runs(runs_folder()):
            try:
                found.append(summarise(run))
            except OSError:
                continue  # deleted while we looked
        if self.is_attached:
            self.app.call_from_thread(self._show, found)

    def _show(self, summaries: list[RunSummary]) -> None:
        table = self.query_one(DataTable)
        chosen = self._chosen()
        same_runs = [summary.run for summary in summaries] == [summary.run for summary in self._summaries]
        self._summaries = summaries
        table.display = bool(summaries)
        self.query_one("#no-runs").display = not summaries
        if same_runs:
            for summary in summaries:
                for column, cell in zip(COLUMNS, _cells(summary), strict=True):
                    table.update_cell(str(summary.run.path), column, cell, update_width=True)
            return
        table.clear()
        for summary in summaries:
            table.add_row(*_cells(summary), key=str(summary.run.path))
        names = [summary.run for summary in summaries]
        table.move_cursor(row=names.index(chosen) if chosen in names else 0, animate=False)

    def _chosen(self) -> RunFolder | None:
        row = self.query_one(DataTable).cursor_row
        return self._summaries[row].run if 0 <= row < len(self._summaries) else None

    def on_data_table_row_selected(self) -> None:
        """Enter on a row opens the run."""
        self.action_open_run()

    def action_open_run(self) -> None:
        """Attach to the run and show it."""
        run = self._chosen()
        if run is not None:
            self.thaw.open_path(run.path)

    def action_resume(self) -> None:
        """Let a worker take the run up at its last checkpoint."""
        run = self._chosen()
        if run is not None:
            self.thaw.resume_run(run)

    @work(exclusive=True, group="delete")
    async def action_delete(self) -> None:
        """Delete the run's folder after asking."""
        run = self._chosen()
        if run is None:
            return
        detail = f"{run.path} with its checkpoints, journal and evaluations goes for good."
        if await self.thaw.confirmed(f"Delete {run.name}?", "Delete", detail=detail):
            with self.thaw.reporting():
                delete(run)
                if self.thaw.attached is not None and self.thaw.attached.run == run:
                    self.thaw.detach()
            self._look()

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        table = self.query_one(DataTable)
        table.move_cursor(row=table.cursor_row + rows)


def _cells(summary: RunSummary) -> tuple[Text, ...]:
    return (
        state_text(summary.state),
        Text(summary.run.name),
        Text(summary.model or "–"),
        Text(f"{summary.epoch}/{summary.epochs}" if summary.epochs else "–", justify="right"),
        Text(percent(summary.val_accuracy), justify="right"),
        Text(percent(summary.test_accuracy), justify="right"),
        Text(ago(summary.modified), style="dim"),
    )
