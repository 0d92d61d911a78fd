"""The classes of a data set with their images per split, as bars that share one scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from workbench.protocol import ClassCount
from workbench.safe_text import inert

PARTS = (("train", "█", "green"), ("val", "▒", "yellow"), ("test", "░", "cyan"))
"""Each split with the character and the colour of its part of a bar."""


class ClassBars(ScrollView, can_focus=True):
    """One line a class: name, bar, count; draws only the lines in sight."""

    DEFAULT_CSS = """
    ClassBars { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Scroll down", show=False, id="classes.down"),
        Binding("k", "scroll_up", "Scroll up", show=False, id="classes.up"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._counted: tuple[ClassCount, ...] = ()

    def show(self, classes: Sequence[ClassCount]) -> None:
        """Show these classes."""
        self._counted = tuple(classes)
        self.virtual_size = Size(self.size.width, len(self._counted))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One class."""
        place = y + self.scroll_offset.y
        if place >= len(self._counted):
            return Strip.blank(self.size.width, self.rich_style)
        line = self._line(self._counted[place])
        return (
            Strip(line.render(self.app.console))
            .adjust_cell_length(self.size.width)
            .apply_style(self.rich_style)
        )

    def _line(self, its: ClassCount) -> Text:
        name_width = min(max(len(inert(each.name)) for each in self._counted), max(8, self.size.width // 3))
        name = Text(inert(its.name))
        name.truncate(name_width, overflow="ellipsis", pad=True)
        counts = f"{its.train} · {its.val} · {its.test}"
        room = max(4, self.size.width - name_width - self._counts_width - 3)
        most = max(1, *(each.train + each.val + each.test for each in self._counted))
        line = Text.assemble(name, " ")
        for (_, character, style), number in zip(PARTS, (its.train, its.val, its.test), strict=True):
            line.append(character * (max(1, round(number / most * room)) if number else 0), style=style)
        line.truncate(name_width + 1 + room, pad=True)
        return line.append(counts.rjust(self._counts_width + 1), style="" if its.train else "bold red")

    @property
    def _counts_width(self) -> int:
        return max(len(f"{each.train} · {each.val} · {each.test}") for each in self._counted)


def legend() -> Text:
    """What the parts of a bar mean."""
    line = Text()
    for split, character, style in PARTS:
        line.append(f"{character} ", style=style).append(f"{split}   ")
    return line
