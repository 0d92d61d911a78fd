"""The classes of an evaluation as a table: precision, recall, F1 and images, in the order the user wants.

Numbers come from the worker's metrics; nothing is computed here but the order.
"""

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable

from workbench.protocol import ClassReport, Metrics
from workbench.safe_text import inert

Order = tuple[str, Callable[[ClassReport], object]]

ORDERS: tuple[Order, ...] = (
    ("F1, worst first", lambda report: report.f1),
    ("recall, worst first", lambda report: report.recall),
    ("precision, worst first", lambda report: report.precision),
    ("images, most first", lambda report: -report.images),
    ("name", lambda report: report.name.casefold()),
)
BAR = 12


class ClassTable(DataTable[Text]):
    """One row a class."""

    DEFAULT_CSS = """
    ClassTable { height: 1fr; scrollbar-size: 1 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "order", "Order", id="classes.order"),
        Binding("j", "cursor_down", "down", show=False, id="classes.down"),
        Binding("k", "cursor_up", "up", show=False, id="classes.up"),
    ]

    class Ordered(Message):
        """The table has another order."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id, cursor_type="row", zebra_stripes=True)
        self._metrics: Metrics | None = None
        self._order = 0

    def show(self, metrics: Metrics | None) -> None:
        """Show an evaluation's classes."""
        if metrics != self._metrics:
            self._metrics = metrics
            self._fill()

    def caption(self) -> str:
        """What the order is."""
        return f"ordered by {ORDERS[self._order][0]}"

    def action_order(self) -> None:
        """Take the next order."""
        self._order = (self._order + 1) % len(ORDERS)
        self._fill()
        self.post_message(self.Ordered())

    def _fill(self) -> None:
        self.clear(columns=True)
        for title in ("class", "precision", "recall", "F1", "images", ""):
            self.add_column(Text(title), key=title or "bar")
        reports = self._metrics.per_class if self._metrics else ()
        for report in sorted(reports, key=ORDERS[self._order][1]):  # type: ignore[arg-type]
            self.add_row(*_cells(report))


def _cells(report: ClassReport) -> list[Text]:
    figures = (report.precision, report.recall, report.f1)
    filled = round(report.f1 * BAR)
    return [
        Text(inert(report.name), no_wrap=True),
        *(Text(f"{figure:.3f}", justify="right") for figure in figures),
        Text(f"{report.images:,}", justify="right"),
        Text("█" * filled, end="").append("░" * (BAR - filled), style="dim"),
    ]
