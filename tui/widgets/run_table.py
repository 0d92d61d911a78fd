"""The table of runs: as many columns as its width has room for in whole, those that matter least left out first.

Which runs there are, in which order, is the runs screen's part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.text import Text
from textual.widgets import DataTable

from tui.run_list import ListedRun, sparkline
from tui.widgets.status_bar import state_text
from tui.words import ago, percent
from workbench.safe_text import inert
from workbench.words import size

COLUMNS = ("state", "name", "epoch", "val", "test", "course", "size", "when", "model", "tags")

BY_IMPORTANCE = ("state", "name", "val", "epoch", "when", "test", "tags", "course", "model", "size")
"""What comes first is the first to have room; tags that no run has need none."""

Row = Mapping[str, Text]


class RunTable(DataTable[Text]):
    """One line a run, its cursor on a whole line."""

    DEFAULT_CSS = """
    RunTable { height: 1fr; scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; }
    """

    def __init__(self) -> None:
        super().__init__(cursor_type="row", zebra_stripes=True)
        self._listed: Sequence[ListedRun] = ()
        self._titles: tuple[str, ...] = ()
        self._shown: object = None

    def show(self, listed: Sequence[ListedRun], cursor: int) -> None:
        """Show these runs, the cursor on the one at that place."""
        shown = self._room, [(one, ago(one.summary.modified)) for one in listed]
        if shown == self._shown:
            return
        self._shown = shown
        before, self._listed = self._listed, listed
        rows = [_row(one) for one in listed]
        titles = fitting(rows, self._room)
        if titles == self._titles and [one.run for one in before] == [one.run for one in listed]:
            for one, row in zip(listed, rows, strict=True):
                key = str(one.run.path)
                for title in titles:
                    if self.get_cell(key, title) != row[title]:
                        self.update_cell(key, title, row[title], update_width=True)
            return
        self._titles = titles
        self.clear(columns=True)
        for title in titles:
            self.add_column(title, key=title)
        for one, row in zip(listed, rows, strict=True):
            self.add_row(*(row[title] for title in titles), key=str(one.run.path))
        self.move_cursor(row=cursor, animate=False)

    def on_resize(self) -> None:
        """Another width has room for other columns."""
        self.show(self._listed, self.cursor_row)

    @property
    def _room(self) -> int:
        return self.size.width - 1  # the scrollbar, which comes when there are more runs than lines


def fitting(rows: Sequence[Row], width: int) -> tuple[str, ...]:
    """The titles of the columns that a table of these rows has room for in so many cells, in their order.

    State and name are always there.
    """
    kept: set[str] = set()
    for title in BY_IMPORTANCE:
        if title == "tags" and not any(row[title] for row in rows):
            continue
        cells = max(len(title), *(row[title].cell_len for row in rows), 0) + 2  # the table pads both sides
        if cells <= width or title in BY_IMPORTANCE[:2]:
            kept.add(title)
            width -= cells
    return tuple(title for title in COLUMNS if title in kept)


def _row(one: ListedRun) -> Row:
    summary = one.summary
    return {
        "state": state_text(summary.state),
        "name": Text(inert(summary.run.name)),
        "epoch": Text(f"{summary.epoch}/{summary.epochs}" if summary.epochs else "–", justify="right"),
        "val": Text(percent(summary.val_accuracy), justify="right"),
        "test": Text(percent(summary.test_accuracy), justify="right"),
        "course": Text(sparkline(one.course)),
        "size": Text(size(one.bytes), justify="right"),
        "when": Text(ago(summary.modified), style="dim"),
        "model": Text(inert(summary.model) or "–"),
        "tags": Text(inert(" ".join(one.remarks.tags))),
    }
