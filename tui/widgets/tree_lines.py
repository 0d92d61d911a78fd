"""The rows of the model tree, drawn line by line: only what is visible costs anything.

Decides which rows are open and shown, the cursor, and what a line is put together of; what the columns say is
`tui.widgets.tree_cells`'s part, which keys ask for what `tui.widgets.model_tree`'s.
"""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from tui.heat import HeatView, Warmth
from tui.tree_state import TreeState, changed_names
from tui.widgets.changed_lines import repainting_changes
from tui.widgets.styled_lines import StyledLines
from tui.widgets.tree_cells import DIM, RIGHT, Figures, fitting
from tui.widgets.tree_rows import ModelRows, Node, paths_holding

TRAINABLE, FROZEN, MIXED, NOTHING = "●", "○", "◐", "·"
PENDING, PREVIEWED, CONTRADICTED = "…", "?", "!"

ALL, SOME, NONE = (
    Style(color="green", dim=False),
    Style(color="yellow", dim=False),
    Style(color="cyan", dim=True),
)
"""Styles of a mark, by how much trains; to make one anew for each cell takes longer than drawing the cell."""
UNSETTLED, WRONG = Style(color="yellow", bold=True), Style(color="red", bold=True)
BOLD, NOT_BOLD = Style(bold=True), Style(bold=False)


def mark(fraction: float | None) -> str:
    """The mark of a row by the fraction of its parameters that train."""
    if fraction is None:
        return NOTHING
    return TRAINABLE if fraction == 1 else MIXED if fraction else FROZEN


class TreeLines(StyledLines, can_focus=True, inherit_bindings=False):
    """The rows of a model under a cursor; `cursor` is the place among the visible rows."""

    DEFAULT_CSS = """
    TreeLines { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }
    """

    cursor = reactive(0, repaint=False)

    class Moved(Message):
        """The cursor stands on another row."""

    class Opened(Message):
        """A row was clicked or entered."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: ModelRows | None = None
        self.state: TreeState | None = None
        self.shown: list[int] = []
        self._opened: set[int] = set()
        self._filter = ""
        self.figures: Figures | None = None
        self._heat: tuple[HeatView | None, int] = (None, -1)
        self._flagged: set[str] = set()
        self._strips: dict[tuple[int, int, bool, bool], Strip] = {}

    # ---- what is shown ----

    def show(self, state: TreeState) -> None:
        """Take a state in; rows, cursor and what is open stay as long as the model is the same."""
        with repainting_changes(self):
            old, self.state = self.state, state
            if self.rows is None or old is None or old.description != state.description:
                self.rows = ModelRows(state.description)
                self._opened, self._heat = self.rows.opened_at_first(), (None, -1)
                self._lay_out(keep=0)
            self.figures = Figures(self.rows, state, self.figures)
            self._flagged = paths_holding(state.contradictions)
            self._forget(changed_names(old, state) if old is not None else None)

    def _forget(self, names: set[str] | None) -> None:
        """Drop the lines of the rows that hold one of these names, or of all rows."""
        if names is None or self.rows is None:
            self._strips.clear()
            return
        nodes, stale = self.rows.nodes, paths_holding(names)
        self._strips = {
            key: strip for key, strip in self._strips.items() if key[1] < 0 or nodes[key[1]].path not in stale
        }

    def show_heat(self, heat: HeatView | None) -> bool:
        """Take the heat of a run in, None for no run's; whether that changed the columns."""
        now = (heat, heat.step if heat is not None else -1)
        if now == self._heat or self.figures is None:
            return False
        had = self.figures.has_heat
        with repainting_changes(self):
            self._heat = now
            self.figures.heat_up(heat)
            self._strips.clear()
        return had != self.figures.has_heat

    def heat_of(self, node: Node) -> tuple[Warmth | None, list[float]]:
        """A row's heat, and the norms of its gradient so far."""
        heat = self._heat[0]
        if heat is None or self.rows is None or self.figures is None:
            return None, []
        names = frozenset(self.rows.parameters[node.start : node.stop])
        return self.figures.warmth(node), heat.gradients(names)

    @property
    def node(self) -> Node | None:
        """The row under the cursor."""
        if self.rows is None or not self.shown:
            return None
        return self.rows.nodes[self.shown[min(self.cursor, len(self.shown) - 1)]]

    def expected_fraction(self, node: Node) -> float | None:
        """The fraction of a row that will train once pending commands are applied."""
        return self.figures.expected(node) if self.figures else None

    def filter(self, text: str) -> int:
        """Show only what matches the text and the rows around it; returns how many rows are shown."""
        if self.rows is None:
            return 0
        here = self.shown[self.cursor] if self.shown else 0
        self._filter = text
        self._lay_out(keep=here)
        return len(self.shown)

    def _lay_out(self, keep: int) -> None:
        if self.rows is None:
            return
        self._strips.clear()
        found = self.rows.matching(self._filter) if self._filter else self.rows.visible(self._opened)
        self.shown = found
        self.virtual_size = Size(self.size.width, len(found))
        self.set_reactive(TreeLines.cursor, -1)
        self.cursor = self.rows.last_visible(found, keep) if found else 0
        self.refresh()

    # ---- moving ----

    def validate_cursor(self, place: int) -> int:
        """Keep the cursor among the visible rows."""
        return max(0, min(place, len(self.shown) - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint the two rows that change and keep the cursor in sight."""
        for place in (old, new):
            self.refresh(Region(0, place - self.scroll_offset.y, self.size.width, 1))
        self.scroll_to_region(Region(0, new, 1, 1), animate=False, force=True, x_axis=False)
        self.post_message(self.Moved())

    def open_or_enter(self) -> None:
        """Open the row, or go to its first child where it is open."""
        node = self.node
        if node is None or not node.has_children:
            return
        index = self.shown[self.cursor]
        if index in self._opened or self._filter:
            self.cursor += 1
        else:
            self._opened.add(index)
            self._lay_out(keep=index)

    def close_or_leave(self) -> None:
        """Close the row, or go to its parent where it is closed."""
        node = self.node
        if node is None or self.rows is None:
            return
        index = self.shown[self.cursor]
        if index in self._opened and node.has_children and not self._filter:
            self._opened.discard(index)
            self._lay_out(keep=index)
        elif node.parent >= 0:
            self.cursor = self.rows.last_visible(self.shown, node.parent)

    def fold(self, levels: int) -> None:
        """Show so many levels of rows more, or less, than the deepest one that is open."""
        if self.rows is None or not self.shown:
            return
        nodes, here = self.rows.nodes, self.shown[self.cursor]
        deepest = max((nodes[index].depth for index in self._opened), default=-1)
        self._opened = self.rows.above(deepest + 1 + levels)
        self._lay_out(keep=here)

    def jump(self, letter: str) -> None:
        """Go to the next row whose name begins with the letter, from the top again behind the last."""
        if self.rows is None:
            return
        places = [*range(self.cursor + 1, len(self.shown)), *range(self.cursor)]
        names = (self.rows.nodes[self.shown[place]].name.lower() for place in places)
        found = next(
            (place for place, name in zip(places, names, strict=True) if name[:1] == letter.lower()), None
        )
        if found is not None:
            self.cursor = found

    def on_click(self, event: object) -> None:
        """Put the cursor where the pointer is."""
        y = getattr(event, "y", 0) + self.scroll_offset.y
        if 0 <= y < len(self.shown):
            if y == self.cursor:
                self.post_message(self.Opened())
            self.cursor = y

    def on_focus(self) -> None:
        """Draw the cursor strongly."""
        self.refresh()

    def on_blur(self) -> None:
        """Draw the cursor weakly."""
        self.refresh()

    # ---- drawing ----

    def columns(self) -> list[tuple[str, int]]:
        """The columns that the width allows, right of the names."""
        return fitting(self.line_width, heat=self.figures is not None and self.figures.has_heat)

    def heading(self) -> Text:
        """The line of column titles at the present width."""
        columns = self.columns()
        name_width = max(1, self.line_width - sum(size for _, size in columns))
        line = Text("  module".ljust(name_width)[:name_width], style="dim")
        for title, size in columns:
            line.append(_column(title, title, size), style="dim")
        return line

    def render_line(self, y: int) -> Strip:
        """One line of the widget."""
        place = y + self.scroll_offset.y
        if self.rows is None or place >= len(self.shown):
            key = (self.line_width, -1, False, False)
        else:
            key = (self.line_width, self.shown[place], place == self.cursor, self.has_focus)
        if key not in self._strips:
            self._strips[key] = self._strip(key[1], under_cursor=key[2])
        return self._strips[key]

    def _strip(self, index: int, *, under_cursor: bool) -> Strip:
        width, style = self.line_width, self.base
        if index < 0:
            return Strip.blank(width, style)
        segments = self._segments(index, width)
        if under_cursor:
            # Its colours would disturb the bar, and 16 colours can't mix them.
            style += Style(reverse=True) if self.has_focus else Style(underline=True)
            segments = [Segment(segment.text, style) for segment in segments]
            return Strip(segments).adjust_cell_length(width, style)
        return Strip(segments).adjust_cell_length(width).apply_style(style)

    def on_resize(self) -> None:
        """Lines of another width are not needed any more; a paint may have come before this."""
        self._strips.clear()

    def notify_style_update(self) -> None:
        """Other colours, other lines."""
        super().notify_style_update()
        self._strips.clear()

    def _segments(self, index: int, width: int) -> list[Segment]:
        if self.rows is None or self.figures is None:
            return []
        node = self.rows.nodes[index]
        expected = self.figures.expected(node)
        columns = self.columns()
        name_width = max(1, width - sum(size for _, size in columns))
        arrow = "  "
        if node.has_children:
            arrow = "▾ " if index in self._opened or self._filter else "▸ "
        lead = "  " * node.depth + arrow
        pending = self.figures.fraction(node) != expected
        waiting = PREVIEWED if self.figures.state.previewed else PENDING
        second = waiting if pending else CONTRADICTED if node.path in self._flagged else " "
        found = [
            Segment(lead, DIM),
            Segment(mark(expected), _mark_style(expected, pending=pending)),
            Segment(second, WRONG if second == CONTRADICTED else UNSETTLED),
            Segment(_fit(node.name, name_width - len(lead) - 2), BOLD if expected else NOT_BOLD),
        ]
        for title, size in columns:
            text, style = self.figures.cell(title, node)
            found.append(Segment(_column(title, text, size), style))
        return found


def _column(title: str, text: str, size: int) -> str:
    """A column's text in its cells, with a space before it; figures stand on the right."""
    text = _fit(text, size - 1)
    return " " + (text.rstrip().rjust(size - 1) if title in RIGHT else text)


def _fit(text: str, size: int) -> str:
    """The text in exactly `size` cells, cut with an ellipsis."""
    size = max(0, size)
    return text.ljust(size) if len(text) <= size else text[: max(0, size - 1)] + "…"[:size]


def _mark_style(fraction: float | None, *, pending: bool) -> Style:
    if pending:
        return UNSETTLED
    if fraction is None:
        return DIM
    return ALL if fraction == 1 else SOME if fraction else NONE
