"""The classes of an evaluation as a table: precision, recall, F1 and images, in the order the user wants.

Numbers come from the worker's metrics; nothing is computed here but the order.
"""

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable

from workbench.protocol import ClassReport, Metrics
from workbench.safe_text import inert

COLUMNS = ("class", "precision", "recall", "F1", "images")
Order = tuple[int, bool]
"""A column's place, and whether its largest come first."""

USUAL: dict[int, str] = {0: "", 1: ", worst first", 2: ", worst first", 3: ", worst first", 4: ", most first"}
TURNED: dict[int, str] = {
    0: ", from Z",
    1: ", best first",
    2: ", best first",
    3: ", best first",
    4: ", fewest first",
}
NEXT_COLUMN = (4, 0, 1, 2, 3)
"""Which column comes after each: F1, recall, precision, class, images, and F1 again."""
BAR = 12


class ClassTable(DataTable[Text]):
    """One row a class, sorted by any column; enter opens the pictures of the class."""

    DEFAULT_CSS = """
    ClassTable { height: 1fr; scrollbar-size: 1 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "order", "Order", tooltip="Sort by the next column", id="classes.order"),
        Binding("O", "turn", "Reverse", show=False, tooltip="The other way round", id="classes.turn"),
        Binding("j", "cursor_down", "down", show=False, id="classes.down"),
        Binding("k", "cursor_up", "up", show=False, id="classes.up"),
    ]

    class Ordered(Message):
        """The table has another order."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id, cursor_type="row", zebra_stripes=True)
        self._metrics: Metrics | None = None
        self._listed: list[ClassReport] = []
        self._column, self._turned = 3, False

    def show(self, metrics: Metrics | None) -> None:
        """Show an evaluation's classes; the cursor stays on its class."""
        if metrics == self._metrics:
            return
        chosen, self._metrics = self.chosen, metrics
        self._fill()
        names = [report.name for report in self._listed]
        if chosen in names:
            self.move_cursor(row=names.index(chosen))

    @property
    def chosen(self) -> str | None:
        """The name of the class under the cursor."""
        return self._listed[self.cursor_row].name if 0 <= self.cursor_row < len(self._listed) else None

    def caption(self) -> str:
        """What the order is."""
        words = (TURNED if self._turned else USUAL)[self._column]
        name = "name" if self._column == 0 else COLUMNS[self._column]
        return f"ordered by {name}{words} · ⏎ shows a class's mistakes"

    def action_order(self) -> None:
        """Sort by the next column."""
        self._sort_by(NEXT_COLUMN[self._column], turned=False)

    def action_turn(self) -> None:
        """Sort by the same column the other way round."""
        self._sort_by(self._column, turned=not self._turned)

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        """Sort by the column that is clicked; once more turns it round."""
        if event.column_index < len(COLUMNS):
            self._sort_by(event.column_index, turned=event.column_index == self._column and not self._turned)

    def _sort_by(self, column: int, *, turned: bool) -> None:
        self._column, self._turned = column, turned
        self._fill()
        self.post_message(self.Ordered())

    def _fill(self) -> None:
        self.clear(columns=True)
        for place, title in enumerate((*COLUMNS, "")):
            sign = (" ▴" if self._turned else " ▾") if place == self._column else ""
            self.add_column(Text(f"{title}{sign}"), key=title or "bar")
        reports = self._metrics.per_class if self._metrics else ()
        self._listed = sorted(reports, key=self._key, reverse=self._turned)
        for report in self._listed:
            self.add_row(*_cells(report))

    def _key(self, report: ClassReport) -> tuple[str | float, str]:
        name = report.name.casefold()
        keys = (name, report.precision, report.recall, report.f1, -report.images)
        return keys[self._column], name


def _cells(report: ClassReport) -> list[Text]:
    figures = (report.precision, report.recall, report.f1)
    filled = round(report.f1 * BAR)
    return [
        Text(inert(report.name), no_wrap=True),
        *(Text(f"{figure:.3f}", justify="right") for figure in figures),
        Text(f"{report.images:,}", justify="right"),
        Text("█" * filled, end="").append("░" * (BAR - filled), style="dim"),
    ]
