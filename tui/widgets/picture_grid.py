"""Pictures side by side with a caption under each, as many in a row as fit; draws only the lines in sight.

In the terminal's own graphics where it has them, else in half blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import MouseScrollDown, MouseScrollUp
from textual.geometry import Region, Size
from textual.strip import Strip

from tui import graphics
from tui.graphics import Drawn
from tui.widgets.drawn_pictures import DrawnPictures, with_pictures
from tui.widgets.picture import picture_rows
from tui.widgets.styled_lines import StyledLines
from tui.words import sample_columns
from workbench.protocol import Thumbnail

GAP = 2


class PictureGrid(StyledLines, can_focus=True):
    """Thumbnails with one line of caption each; all are given the cell of the largest one."""

    DEFAULT_CSS = """
    PictureGrid { height: 1fr; width: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Scroll down", show=False, id="pictures.down"),
        Binding("k", "scroll_up", "Scroll up", show=False, id="pictures.up"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id)
        self._pictures: Sequence[tuple[Thumbnail, Text]] = ()
        self._rows: dict[int, list[list[Segment]]] = {}
        self._drawn = DrawnPictures(self)
        self._cell = (1, 1)

    def show(self, pictures: Sequence[tuple[Thumbnail, Text]]) -> None:
        """Show these pictures with their captions."""
        self._drawn.forget()
        self._pictures = pictures
        if graphics.has_graphics():
            width = sample_columns(self.app.size.width)
            self._cell = (width, -(-width // 2))
        else:
            self._rows = {}
            width = max((thumbnail.width for thumbnail, _ in pictures), default=1)
            self._cell = (width, -(-max((thumbnail.height for thumbnail, _ in pictures), default=1) // 2))
        self.scroll_to(y=0, animate=False)
        self._lay_out()

    @property
    def columns(self) -> int:
        """How many pictures stand side by side; the terminal's own have a gap behind the last one too."""
        spare = 0 if graphics.has_graphics() else GAP
        return max(1, (self.scrollable_content_region.width + spare) // (self._cell[0] + GAP))

    def on_resize(self) -> None:
        """Another width, another number of columns."""
        self._lay_out()

    def _lay_out(self) -> None:
        bands = -(-len(self._pictures) // self.columns)
        self.virtual_size = Size(self.size.width, bands * self._band_height)
        self.refresh()

    @property
    def _band_height(self) -> int:
        return self._cell[1] + 2  # the caption, and an empty line

    # ---- scrolling: by lines, or by whole pictures where a part of one can't be drawn ----

    def action_scroll_down(self) -> None:
        """Scroll down."""
        if not self._scrolled_whole(1):
            super().action_scroll_down()

    def action_scroll_up(self) -> None:
        """Scroll up."""
        if not self._scrolled_whole(-1):
            super().action_scroll_up()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Scroll down by the wheel."""
        if self._scrolled_whole(1):
            event.prevent_default()
            event.stop()

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Scroll up by the wheel."""
        if self._scrolled_whole(-1):
            event.prevent_default()
            event.stop()

    def _scrolled_whole(self, bands: int) -> bool:
        if not graphics.draws_whole_pictures():
            return False
        height = self._band_height
        top = int(self.scroll_offset.y)
        band = top // height + bands if bands > 0 else -(-top // height) + bands
        self.scroll_to(y=max(0, band * height), animate=False)
        return True

    # ---- drawing ----

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines, with the pictures that the terminal draws over them."""
        return with_pictures(self, super().render_lines(crop), crop, self._ending)

    def _ending(self, y: int) -> Iterator[tuple[int, Drawn]]:
        band, line = divmod(y + int(self.scroll_offset.y), self._band_height)
        if line == self._cell[1] - 1:
            for column in range(self.columns):
                drawn = self._drawn.made(band * self.columns + column)
                if drawn is not None:
                    yield column * (self._cell[0] + GAP), drawn

    def render_line(self, y: int) -> Strip:
        """One line across all pictures of a band."""
        band, line = divmod(y + self.scroll_offset.y, self._band_height)
        style = self.base
        columns = self.columns
        gap = Segment(" " * GAP, style)
        segments: list[Segment] = []
        shown = range(band * columns, min((band + 1) * columns, len(self._pictures)))
        for index in shown:
            segments += self._cell_line(index, line, style)
            segments.append(gap)
        width = len(shown) * (self._cell[0] + GAP)
        return Strip(segments, width).adjust_cell_length(self.line_width, style)

    def _cell_line(self, index: int, line: int, style: Style) -> list[Segment]:
        width, height = self._cell
        if line < height:
            thumbnail, row = self._pictures[index][0], self._picture_line(index, line)
            fits = row and not graphics.has_graphics() and thumbnail.width == width
            return row if fits else list(Strip(row).adjust_cell_length(width, style))
        if line == height:
            shown = self._pictures[index][1].copy()
            shown.truncate(width, overflow="ellipsis", pad=True)
            return list(Strip(shown.render(self.app.console)).adjust_cell_length(width).apply_style(style))
        return [Segment(" " * width, style)]

    def _picture_line(self, index: int, line: int) -> list[Segment]:
        if graphics.has_graphics():
            drawn = self._drawn.of(index, self._pictures[index][0], *self._cell)
            return drawn.rows[line] if drawn is not None else []
        rows = self._rows.get(index)
        if rows is None:
            rows = self._rows[index] = picture_rows(self._pictures[index][0])
        return rows[line] if line < len(rows) else []
