"""The pictures of a widget that the terminal draws itself, each made when it is first in sight, and never in its way.

Making one takes longer than a key press may, so it is done in a thread; the terminal is told to forget those that were
not in sight for long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterable

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui import graphics
from tui.graphics import Drawn
from workbench.protocol import Thumbnail

KEPT = 200
"""Pictures that the terminal is given at once; a screen holds fewer."""


class DrawnPictures:
    """Drawn pictures by key; the widget is painted anew as they arrive."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._drawn: dict[Hashable, Drawn] = {}
        self._waiting: dict[Hashable, tuple[Thumbnail, int, int]] = {}

    def of(self, key: Hashable, thumbnail: Thumbnail, columns: int, rows: int) -> Drawn | None:
        """The picture in so many cells, None until it is made."""
        found = self._drawn.pop(key, None)
        if found is not None:
            self._drawn[key] = found  # the last one seen is the last one to be forgotten
            return found
        if not self._waiting:
            self._widget.run_worker(self._make_all(), group="drawn-pictures")
        self._waiting.setdefault(key, (thumbnail, columns, rows))
        return None

    def made(self, key: Hashable) -> Drawn | None:
        """The picture, where it is made already."""
        return self._drawn.get(key)

    def forget(self) -> None:
        """Free all pictures: others are shown."""
        self._waiting.clear()
        while self._drawn:
            self._drawn.popitem()[1].free()

    async def _make_all(self) -> None:
        while self._waiting:
            key, asked = next(iter(self._waiting.items()))
            made = await asyncio.to_thread(graphics.drawn, *asked)
            if self._waiting.get(key) is not asked:
                made.free()
                continue
            del self._waiting[key]
            self._drawn[key] = made
            while len(self._drawn) > KEPT:
                self._drawn.pop(next(iter(self._drawn))).free()
            # A paint sends all sixels in sight again: one for all that were waited for is enough.
            if not self._waiting or not graphics.draws_whole_pictures():
                self._widget.refresh()


def with_pictures(
    widget: Widget, strips: list[Strip], crop: Region, ending: Callable[[int], Iterable[tuple[int, Drawn]]]
) -> list[Strip]:
    """The widget's lines, with what the terminal draws over them.

    `ending` says which pictures have their last line in a line of the widget, and in which column they begin; those
    whose first line is above the widget are not drawn. Below another screen there are none: they would cover its text.
    """
    if not graphics.has_graphics():
        return strips
    if not widget.screen.is_active:
        return [Strip([_blank(segment) for segment in strip], strip.cell_length) for strip in strips]
    if not graphics.draws_whole_pictures():
        return strips
    left, top = widget.content_region.offset
    gap = widget.scrollable_content_region.width - 1 - crop.x
    return [
        _with_sixels(
            strip,
            [
                graphics.drawing_at(left + x, top + y - len(drawn.rows) + 1, drawn)
                for x, drawn in ending(y)
                if y - len(drawn.rows) + 1 >= 0
            ],
            gap,
        )
        for y, strip in enumerate(strips, crop.y)
    ]


def _with_sixels(strip: Strip, drawings: list[Segment], gap: int) -> Strip:
    """The drawings in the last cell of the line, which no picture covers: what is written behind them stays empty."""
    if not drawings or not 0 < gap < strip.cell_length:
        return strip
    before, behind = strip.divide([gap, strip.cell_length])
    return Strip([*before, *drawings, *behind], strip.cell_length)


def _blank(segment: Segment) -> Segment:
    return Segment(" " * segment.cell_length) if graphics.is_drawing(segment) else segment
