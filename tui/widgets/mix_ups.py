"""The pairs of classes that were mixed up, the most frequent first; draws only what is visible.

With many classes the matrix is mostly empty: here is what stands in it.
"""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from tui.widgets.styled_lines import StyledLines
from tui.words import fitted
from workbench.mistakes import MixUp
from workbench.words import percent

BAR = 20
FIGURES = 18
"""Cells of the count and the share before the names."""


class MixUps(StyledLines, can_focus=True):
    """One line a pair: images, share of the true class, both names, a bar."""

    PART = "mixups--"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"mixups--title", "mixups--name", "mixups--bar"}
    DEFAULT_CSS = """
    MixUps { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }
    MixUps > .mixups--title { color: $foreground 70%; text-style: bold; }
    MixUps > .mixups--name { color: $foreground; }
    MixUps > .mixups--bar { color: $error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False, id="mixups.up"),
        Binding("down,j", "move(1)", "down", show=False, id="mixups.down"),
        Binding("pageup", "page(-1)", "page up", show=False, id="mixups.page-up"),
        Binding("pagedown", "page(1)", "page down", show=False, id="mixups.page-down"),
        Binding("home,g", "move(-10000000)", "first", show=False, id="mixups.first"),
        Binding("end,G", "move(10000000)", "last", show=False, id="mixups.last"),
        Binding("enter", "open", "Show", id="mixups.open"),
    ]

    cursor = reactive(0, repaint=False)

    class Opened(Message):
        """The pictures of a pair are wanted."""

        def __init__(self, pair: MixUp) -> None:
            super().__init__()
            self.pair = pair

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id)
        self._pairs: Sequence[MixUp] = ()
        self._names: Sequence[str] = ()

    def show(self, pairs: Sequence[MixUp], names: Sequence[str]) -> None:
        """Show these pairs; `names` are the classes by their number. A cursor that was moved stays on its pair."""
        if pairs is self._pairs:
            return
        places = {(pair.true, pair.predicted): place for place, pair in enumerate(pairs)}
        cursor = self.cursor
        if cursor and tuple(names) == tuple(self._names):
            here = self._pairs[cursor]
            cursor = places.get((here.true, here.predicted), cursor)
        else:
            cursor = 0
        self._pairs, self._names = pairs, names
        self.set_reactive(MixUps.cursor, self.validate_cursor(cursor))
        self.virtual_size = Size(self.size.width, len(pairs) + 1)
        self.watch_cursor()

    def caption(self) -> str:
        """How many pairs there are."""
        images = sum(pair.images for pair in self._pairs)
        if not self._pairs:
            return "nothing was mixed up"
        return f"{images:,} mistakes in {len(self._pairs):,} pairs of classes · ⏎ shows their pictures"

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on the list."""
        return max(0, min(cursor, len(self._pairs) - 1))

    def watch_cursor(self) -> None:
        """Keep the cursor in sight, under the title."""
        top, seen = int(self.scroll_offset.y), max(1, self.size.height - 1)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True, immediate=True)
        elif self.cursor >= top + seen:
            self.scroll_to(y=self.cursor - seen + 1, animate=False, force=True, immediate=True)
        self.refresh()

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self.cursor += rows

    def action_page(self, pages: int) -> None:
        """Move the cursor by as many lines as are seen."""
        self.action_move(pages * max(1, self.size.height - 2))

    def action_open(self) -> None:
        """Ask for the pictures of the pair."""
        if self._pairs:
            self.post_message(self.Opened(self._pairs[self.cursor]))

    def render_line(self, y: int) -> Strip:
        """The title, or a pair."""
        place = y - 1 + int(self.scroll_offset.y)
        width = self.line_width
        bar = BAR if width >= 80 else 8
        room = max(4, (width - FIGURES - 3 - bar - 2) // 2)
        if y == 0:
            text = f"{'images':>8}{'of class':>10}  {fitted('true', room)}   {fitted('taken for', room)}"
            return Strip([Segment(text, self.part("title"))]).adjust_cell_length(width, self.base)
        if place >= len(self._pairs):
            return Strip.blank(width, self.base)
        return self._line(self._pairs[place], place, room, bar).adjust_cell_length(width, self.base)

    def _line(self, pair: MixUp, place: int, room: int, bar: int) -> Strip:
        here = Style(reverse=True) if place == self.cursor and self.has_focus else Style()
        true, predicted = (fitted(self._names[number], room) for number in (pair.true, pair.predicted))
        text = f"{pair.images:>8,}{percent(pair.share):>10}  {true} → {predicted}"
        filled = max(1, round(pair.share * bar))
        return Strip(
            [
                Segment(text, self.part("name") + here),
                Segment("  ", self.base),
                Segment("█" * filled, self.part("bar")),
            ]
        )
