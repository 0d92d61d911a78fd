"""A confusion matrix in characters: it scrolls both ways, its row and column titles stay.

Rows are the true classes, columns the predicted ones. A cell is told by more than colour: hits stand in brackets,
misses carry a shade by their share of the row, and nothing is a dot. Draws only what is visible.
"""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from tui.widgets.styled_lines import StyledLines
from tui.words import fitted
from workbench.mistakes import mix_ups, most_confused
from workbench.protocol import Metrics
from workbench.safe_text import inert

SHADES = ((0.25, "▓"), (0.1, "▒"), (0.0, "░"))
"""From which share of its row on a miss carries which shade."""

CORNERS = ("true ↓ predicted →", "true ↓ pred. →", "true ↓")
LONGEST_TITLE = 18
WIDEST_CELL = 12


class Confusion(StyledLines, can_focus=True):
    """The matrix of an evaluation with a cursor on one cell; `percent` shows shares of a row instead of counts."""

    PART = "confusion--"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "confusion--title",
        "confusion--here",
        "confusion--hit",
        "confusion--miss",
        "confusion--nothing",
    }
    DEFAULT_CSS = """
    Confusion { height: 1fr; scrollbar-size: 1 1; }
    Confusion > .confusion--title { color: $foreground 70%; }
    Confusion > .confusion--here { text-style: bold underline; color: $foreground; }
    Confusion > .confusion--hit { color: $text-success; text-style: bold; }
    Confusion > .confusion--miss { color: $text-error; }
    Confusion > .confusion--nothing { color: $foreground 30%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1, 0)", "up", show=False, id="confusion.up"),
        Binding("down,j", "move(1, 0)", "down", show=False, id="confusion.down"),
        Binding("left,h", "move(0, -1)", "left", show=False, id="confusion.left"),
        Binding("right,l", "move(0, 1)", "right", show=False, id="confusion.right"),
        Binding("pageup", "page(-1)", "page up", show=False, id="confusion.page-up"),
        Binding("pagedown", "page(1)", "page down", show=False, id="confusion.page-down"),
        Binding("home", "move(-100000, -100000)", "start", show=False, id="confusion.start"),
        Binding("end", "move(100000, 100000)", "end", show=False, id="confusion.end"),
        Binding("n", "next_miss", "Next", id="confusion.next"),
        Binding("percent_sign", "percent", "Percent", key_display="%", id="confusion.percent"),
        Binding("s", "order", "Sort", tooltip="The most confused classes first", id="confusion.order"),
        Binding("enter", "open", "Show", id="confusion.open"),
    ]

    cursor = reactive((0, 0), repaint=False)
    percent: reactive[bool] = reactive(default=False)
    by_confusion: reactive[bool] = reactive(default=False, repaint=False)

    class Moved(Message):
        """The cursor stands on another cell."""

    class Opened(Message):
        """The pictures of a cell are wanted."""

        def __init__(self, true: int, predicted: int) -> None:
            super().__init__()
            self.true = true
            self.predicted = predicted

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id)
        self._names: tuple[str, ...] = ()
        self._counts: tuple[tuple[int, ...], ...] = ()
        self._totals: tuple[int, ...] = ()
        self._numbers: Sequence[int] = ()
        self._sorted: Sequence[int] | None = None
        self._misses: list[tuple[int, int]] | None = None
        self._digits = 1
        self._metrics: Metrics | None = None
        self._named = True
        self._row_title = 0
        self._cell = 1

    def show(self, metrics: Metrics | None, by_confusion: Sequence[int] | None = None) -> None:
        """Show an evaluation's matrix; the cursor stays where it is while the classes stay.

        `by_confusion` is the order of the classes in which the most confused come first, where it is known.
        """
        if metrics is self._metrics:
            return
        self._metrics, self._sorted, self._misses = metrics, by_confusion, None
        names = tuple(inert(report.name) for report in metrics.per_class) if metrics else ()
        if names != self._names:
            self.set_reactive(Confusion.cursor, (0, 0))
            self.scroll_to(0, 0, animate=False)
        self._names = names
        self._counts = metrics.confusion if metrics else ()
        self._totals = tuple(sum(row) for row in self._counts)
        self._digits = len(str(max((max(row) for row in self._counts), default=0)))
        self._numbers = self._in_order()
        self._lay_out()

    def _in_order(self) -> Sequence[int]:
        """The classes in the order in which they are shown."""
        if not self.by_confusion or self._metrics is None:
            return range(len(self._counts))
        if self._sorted is None:
            self._sorted = most_confused(self._metrics)
        return self._sorted

    def watch_by_confusion(self) -> None:
        """Sort anew; the cursor stays on its classes, or goes to the worst ones where they are put first."""
        here = [self._numbers[place] for place in self.cursor] if self._counts else []
        self._numbers, self._misses = self._in_order(), None
        if here:
            places = (0, 0) if self.by_confusion else tuple(self._numbers.index(number) for number in here)
            self.set_reactive(Confusion.cursor, (places[0], places[1]))
        self._lay_out()
        self.post_message(self.Moved())

    def on_resize(self) -> None:
        """Use the room there is for titles."""
        self._lay_out()

    def watch_percent(self) -> None:
        """Shares need other cells than counts."""
        self._lay_out()

    @property
    def size_of_matrix(self) -> int:
        """How many classes there are."""
        return len(self._counts)

    def caption(self) -> str:
        """What the cell under the cursor says, in words."""
        if not self._counts:
            return ""
        true, predicted = (self._numbers[place] for place in self.cursor)
        count, total = self._counts[true][predicted], self._totals[true]
        share = f"{100 * count / total:.1f} %" if total else "–"
        of = f"{count:,} of {total:,} ({share})"
        if true == predicted:
            return f"{self._names[true]}: {of} recognised"
        return f"{self._names[true]} taken for {self._names[predicted]}: {of}"

    # ---- layout ----

    def _lay_out(self) -> None:
        count = self.size_of_matrix
        if not count:
            self.virtual_size = Size(0, 0)
            self.refresh()
            return
        longest = max(cell_len(name) for name in self._names)
        numbers = len(str(count))
        digits = 3 if self.percent else self._digits
        least = max(digits + 3, numbers + 1)
        width = self.scrollable_content_region.width
        title = max(len(CORNERS[-1]), min(longest, LONGEST_TITLE)) + 1
        self._cell = max(least, min(longest + 2, WIDEST_CELL, (width - title) // count))
        self._named = longest <= self._cell - 2
        self._row_title = title if self._named else title + numbers + 1
        self.virtual_size = Size(self._row_title + count * self._cell, count + 1)
        self.refresh()
        self.call_after_refresh(self._keep_in_sight)

    # ---- the cursor ----

    def validate_cursor(self, cursor: tuple[int, int]) -> tuple[int, int]:
        """Keep the cursor on the matrix."""
        last = max(0, self.size_of_matrix - 1)
        return min(max(cursor[0], 0), last), min(max(cursor[1], 0), last)

    def watch_cursor(self) -> None:
        """Keep the cursor in sight."""
        self._keep_in_sight()
        self.refresh()
        self.post_message(self.Moved())

    def _keep_in_sight(self) -> None:
        """Scroll so that the cursor's cell stands beside the titles, not under them."""
        true, predicted = self.cursor
        region = Region(predicted * self._cell, true, self._row_title + self._cell, 2)
        self.scroll_to_region(region, animate=False, force=True, immediate=True)

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor."""
        self.cursor = (self.cursor[0] + rows, self.cursor[1] + columns)

    def action_page(self, pages: int) -> None:
        """Move the cursor by as many rows as are seen."""
        self.action_move(pages * max(1, self.scrollable_content_region.height - 2), 0)

    def action_next_miss(self) -> None:
        """Go to the next worse mix-up, from the most frequent down; after the last one to the first."""
        if self._misses is None:
            place = {number: at for at, number in enumerate(self._numbers)}
            pairs = mix_ups(self._counts)
            self._misses = [(place[pair.true], place[pair.predicted]) for pair in pairs]
        places = self._misses
        if places:
            at = places.index(self.cursor) + 1 if self.cursor in places else 0
            self.cursor = places[at % len(places)]

    def action_percent(self) -> None:
        """Switch between counts and shares of the row."""
        self.percent = not self.percent

    def action_order(self) -> None:
        """Switch between the classes' own order and the most confused ones first."""
        self.by_confusion = not self.by_confusion

    def action_open(self) -> None:
        """Ask for the pictures of the cell."""
        if self._counts:
            true, predicted = self.cursor
            self.post_message(self.Opened(self._numbers[true], self._numbers[predicted]))

    # ---- drawing ----

    def render_line(self, y: int) -> Strip:
        """The column titles, or one row with its title."""
        row = y - 1 + self.scroll_offset.y
        if not self._counts or row >= self.size_of_matrix:
            return Strip.blank(self.line_width, self.base)
        left, cells = (self._corner(), self._titles()) if y == 0 else (self._title(row), self._row(row))
        title = Strip([Segment(left, self.part("here" if y and row == self.cursor[0] else "title"))])
        return Strip.join([title, Strip(cells)]).adjust_cell_length(self.line_width, self.base)

    def _columns(self) -> range:
        """The columns that are wholly in sight."""
        first = -(-int(self.scroll_offset.x) // self._cell)
        seen = (self.scrollable_content_region.width - self._row_title) // self._cell
        return range(first, min(self.size_of_matrix, first + max(1, seen)))

    def _corner(self) -> str:
        text = next((text for text in CORNERS if len(text) < self._row_title), "")
        return set_cell_size(text, self._row_title)

    def _title(self, row: int) -> str:
        at = self._numbers[row]
        number = "" if self._named else str(at + 1).rjust(len(str(self.size_of_matrix))) + " "
        return f"{number}{fitted(self._names[at], self._row_title - len(number) - 1)} "

    def _titles(self) -> list[Segment]:
        """Names where all of them fit a cell, else numbers, which then stand in the rows too."""
        found: list[Segment] = []
        for column in self._columns():
            at = self._numbers[column]
            text = self._names[at] if self._named else str(at + 1)
            style = self.part("here" if column == self.cursor[1] else "title")
            space = " " * (self._cell - cell_len(text) - 1)
            found += [Segment(space, self.base), Segment(text, style), Segment(" ", self.base)]
        return found

    def _row(self, row: int) -> list[Segment]:
        return [self._matrix_cell(row, column) for column in self._columns()]

    def _matrix_cell(self, row: int, column: int) -> Segment:
        true, predicted = self._numbers[row], self._numbers[column]
        count, total = self._counts[true][predicted], self._totals[true]
        share = count / total if total else 0.0
        number = f"{100 * share:.0f}" if self.percent else str(count)
        if row == column:
            text, kind = f"[{number}]", "hit"
        elif count:
            text, kind = f"{shade(share)}{number} ", "miss"
        else:
            text, kind = "· ", "nothing"
        style = self.part(kind)
        if (row, column) == self.cursor and self.has_focus:
            style += Style(reverse=True)
        return Segment(text.rjust(self._cell), style)


def shade(share: float) -> str:
    """The sign of a miss by its share of the row."""
    return next(sign for least, sign in SHADES if share >= least)
