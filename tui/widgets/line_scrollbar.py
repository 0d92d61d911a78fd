"""A vertical scrollbar whose lines are kept and taken as they are, instead of by way of a console and a visual."""

from __future__ import annotations

from typing import cast

from rich.color import Color
from rich.style import Style
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

from tui.widgets.bare_lines import BareLines


class LineScrollBar(ScrollBar, BareLines):
    """Looks and works as Textual's; worked out where it changes, not whenever what it belongs to is laid out."""

    def __init__(self, *, thickness: int) -> None:
        super().__init__(name="vertical", thickness=thickness)
        self._drawn: tuple[object, list[Strip]] = (None, [])

    def look_anew(self) -> None:
        """Work all lines out together, where the bar is another one than before."""
        bar, (width, height) = cast("ScrollBarRender", self.render()), self.size
        style = cast("Style", bar.style)
        look = (width, height, bar.virtual_size, bar.window_size, bar.position, style)
        if look != self._drawn[0]:
            segments = bar.render_bar(
                size=height,
                virtual_size=bar.virtual_size,
                window_size=bar.window_size,
                position=bar.position,
                thickness=width,
                vertical=True,
                back_color=cast("Color", style.bgcolor),
                bar_color=cast("Color", style.color),
            ).segments
            own = self.rich_style
            self._drawn = look, [Strip([segment], width).apply_style(own) for segment in segments]

    def render_line(self, y: int) -> Strip:
        """One cell of the bar, or as many as it is wide."""
        return self._drawn[1][y]
