"""Repainting only what became different, of widgets that draw line by line and keep what they drew.

Over a slow link the cells that are not sent again are what counts: of a line only the stretch between the first and
the last segment that differ is painted.
"""

from itertools import takewhile

from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip


def visible_lines(view: ScrollView) -> list[Strip]:
    """What each line in sight shows now."""
    return [view.render_line(y) for y in range(view.size.height)]


def repaint_changed(view: ScrollView, before: list[Strip]) -> None:
    """Repaint of the lines in sight what they show otherwise than `before`."""
    for y, (old, new) in enumerate(zip(before, visible_lines(view), strict=True)):
        if old is not new and old != new:
            start, end = _stretch(old, new)
            view.refresh(Region(start, y, end - start, 1))


def _stretch(old: Strip, new: Strip) -> tuple[int, int]:
    """The cells from the first to the last segment that differ, of two lines of equal width."""
    segments = list(zip(old, new, strict=False))
    same_before = sum(new.cell_length for _, new in takewhile(lambda pair: pair[0] == pair[1], segments))
    from_behind = zip(reversed(list(old)), reversed(list(new)), strict=False)
    same_behind = sum(new.cell_length for _, new in takewhile(lambda pair: pair[0] == pair[1], from_behind))
    if old.cell_length != new.cell_length or same_before + same_behind >= new.cell_length:
        return 0, max(old.cell_length, new.cell_length)
    return same_before, new.cell_length - same_behind
