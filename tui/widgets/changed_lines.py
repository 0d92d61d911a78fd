"""Repainting only what became different, of widgets that draw line by line and keep what they drew.

Over a slow link the cells that are not sent again are what counts: of a line only the stretch between the first and
the last segment that differ is painted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile

from textual.geometry import Region
from textual.strip import Strip

from tui.widgets.styled_lines import StyledLines


@contextmanager
def repainting_changes(view: StyledLines) -> Iterator[None]:
    """Repaint of the lines in sight those that what happens inside makes different.

    Where the screen is to be painted anyway, because it is shown again, none is looked at.
    """
    if getattr(view.screen, "resuming", False):
        yield
        view.refresh()
        return
    before = visible_lines(view)
    yield
    repaint_changed(view, before)


def visible_lines(view: StyledLines) -> list[Strip]:
    """What each line in sight shows now."""
    view.look_anew()
    return [view.render_line(y) for y in range(view.size.height)]


def repaint_changed(view: StyledLines, before: list[Strip]) -> None:
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
