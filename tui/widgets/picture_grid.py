"""Pictures side by side with a caption under each, as many in a row as fit; draws only the lines in sight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.widgets.picture import picture_rows
from workbench.protocol import Thumbnail

GAP = 2


class PictureGrid(ScrollView, can_focus=True):
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
        self._pictures: list[tuple[list[list[Segment]], Text]] = []
        self._cell = (1, 1)

    def show(self, pictures: Sequence[tuple[Thumbnail, Text]]) -> None:
        """Show these pictures with their captions."""
        self._pictures = [(picture_rows(thumbnail), caption) for thumbnail, caption in pictures]
        width = max((thumbnail.width for thumbnail, _ in pictures), default=1)
        height = max((len(rows) for rows, _ in self._pictures), default=1)
        self._cell = (width, height)
        self.scroll_to(y=0, animate=False)
        self._lay_out()

    @property
    def columns(self) -> int:
        """How many pictures stand side by side."""
        return max(1, (self.size.width + GAP) // (self._cell[0] + GAP))

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

    def render_line(self, y: int) -> Strip:
        """One line across all pictures of a band."""
        band, line = divmod(y + self.scroll_offset.y, self._band_height)
        style = self.rich_style
        members = self._pictures[band * self.columns : (band + 1) * self.columns]
        segments: list[Segment] = []
        for rows, caption in members:
            segments += self._cell_line(rows, caption, line)
            segments.append(Segment(" " * GAP, style))
        return Strip(segments).adjust_cell_length(self.size.width, style).apply_style(style)

    def _cell_line(self, rows: list[list[Segment]], caption: Text, line: int) -> list[Segment]:
        width = self._cell[0]
        if line < len(rows):
            return list(Strip(rows[line]).adjust_cell_length(width))
        if line == self._cell[1]:
            shown = caption.copy()
            shown.truncate(width, overflow="ellipsis", pad=True)
            return list(Strip(shown.render(self.app.console)).adjust_cell_length(width))
        return [Segment(" " * width)]
