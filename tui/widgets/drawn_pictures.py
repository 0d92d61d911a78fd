"""The pictures of a widget that the terminal draws itself, each made when it is first in sight, and never in its way.

Making one takes longer than a key press may, so it is done in a thread; the terminal is told to forget those that were
not in sight for long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable

from rich.segment import Segment
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
            self._widget.refresh()


def picture_line(drawn: Drawn, line: int, *, top_in_sight: bool) -> list[Segment]:
    """A line of a drawn picture; empty where the terminal could draw over what is above the widget."""
    row = drawn.rows[line]
    return row if top_in_sight or not drawn.whole else [each for each in row if not each.control]


def at_rest(strips: list[Strip]) -> list[Strip]:
    """The lines without pictures, for a screen that lies below another one: the terminal draws them above all text."""
    return [
        Strip([_blank(segment) for segment in strip if not segment.control], strip.cell_length)
        for strip in strips
    ]


def _blank(segment: Segment) -> Segment:
    return Segment(" " * segment.cell_length) if graphics.is_drawing(segment) else segment
