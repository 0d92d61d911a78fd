"""Repainting only the lines that became others, of widgets that draw line by line and keep what they drew."""

from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip


def visible_lines(view: ScrollView) -> list[Strip]:
    """What each line in sight shows now."""
    return [view.render_line(y) for y in range(view.size.height)]


def repaint_changed(view: ScrollView, before: list[Strip]) -> None:
    """Repaint the lines in sight that show something else than `before`."""
    for y, (old, new) in enumerate(zip(before, visible_lines(view), strict=True)):
        if old != new:
            view.refresh(Region(0, y, view.size.width, 1))
