"""The entries that a typed path may become, a line each with what it is; draws only the lines in sight.

It never has the keyboard: whoever types goes on typing, and moves the cursor from there. What the entries are it asks
for as they come into sight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from tui.folder_listing import Entry
from tui.widgets.styled_lines import StyledLines
from tui.words import fitted

KIND = 22
"""Cells of the words on the right, where the list is wide enough."""


class PathList(StyledLines, can_focus=False):
    """Entries with a cursor, which may stand nowhere, and a mark on the one that enter means without it."""

    PART = "path-list--"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "path-list--folder",
        "path-list--file",
        "path-list--kind",
        "path-list--cursor",
        "path-list--offered",
    }
    DEFAULT_CSS = """
    PathList { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; background: $surface; }
    PathList > .path-list--folder { color: $text-primary; }
    PathList > .path-list--file { color: $foreground; }
    PathList > .path-list--kind { color: $text-muted; }
    PathList > .path-list--cursor { text-style: reverse; }
    PathList > .path-list--offered { text-style: bold; }
    """

    class Wanted(Message):
        """Entries are in sight of which it is not known what they are."""

        def __init__(self, entries: tuple[Entry, ...]) -> None:
            super().__init__()
            self.entries = entries

    class Picked(Message):
        """An entry was clicked."""

        def __init__(self, entry: Entry) -> None:
            super().__init__()
            self.entry = entry

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id)
        self._entries: Sequence[Entry] = ()
        self._kinds: Mapping[Entry, str] = {}
        self._offered: Entry | None = None
        self._cursor: int | None = None

    def show(self, entries: Sequence[Entry], offered: Entry | None, kinds: Mapping[Entry, str]) -> None:
        """Show these entries; `kinds` is read again at every paint, and may grow meanwhile."""
        self._entries, self._offered, self._kinds, self._cursor = entries, offered, kinds, None
        self.virtual_size = Size(self.size.width, len(entries))
        self.scroll_to(0, 0, animate=False, immediate=True)
        self.refresh()
        self._want()

    @property
    def chosen(self) -> Entry | None:
        """The entry under the cursor."""
        return None if self._cursor is None else self._entries[self._cursor]

    def leave(self) -> None:
        """Take the cursor away."""
        self._cursor = None
        self.refresh()

    def move(self, lines: int) -> None:
        """Move the cursor; from the offered entry, or into the list, and out of it above its first line."""
        if not self._entries:
            return
        if self._cursor is None:
            start = 0 if self._offered is not None else -1
            place = start + lines if lines > 0 else -1
        else:
            place = self._cursor + lines
        self._cursor = None if place < 0 else min(place, len(self._entries) - 1)
        self._keep_in_sight()
        self.refresh()

    def enter(self) -> None:
        """Put the cursor on the first entry, which is the offered one."""
        self._cursor = 0 if self._entries else None
        self._keep_in_sight()
        self.refresh()

    def page(self, pages: int) -> None:
        """Move the cursor by what is in sight."""
        lines = max(1, self.size.height - 1)
        at_first = self._cursor is not None and pages < 0 and self._cursor < lines
        self.move(-self._cursor if at_first and self._cursor else pages * lines)

    def _keep_in_sight(self) -> None:
        top, height = int(self.scroll_offset.y), self.size.height
        place = self._cursor or 0
        if place < top:
            self.scroll_to(y=place, animate=False, immediate=True)
        elif place >= top + height:
            self.scroll_to(y=place - height + 1, animate=False, immediate=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Ask what the entries are that came into sight."""
        super().watch_scroll_y(old_value, new_value)
        self._want()

    def on_resize(self) -> None:
        """More lines may be in sight."""
        self.virtual_size = Size(self.size.width, len(self._entries))
        self._want()

    def _want(self) -> None:
        top = int(self.scroll_offset.y)
        unknown = tuple(
            entry for entry in self._entries[top : top + self.size.height] if entry not in self._kinds
        )
        if unknown:
            self.post_message(self.Wanted(unknown))

    def on_click(self, event: Click) -> None:
        """Pick the entry of the line."""
        place = event.y + int(self.scroll_offset.y)
        if place < len(self._entries):
            self.post_message(self.Picked(self._entries[place]))

    def render_line(self, y: int) -> Strip:
        """One entry: a mark on the one that enter takes, its name, and what it is."""
        place, width = y + int(self.scroll_offset.y), self.size.width
        if place >= len(self._entries):
            return Strip.blank(width, self.base)
        each = self._entries[place]
        here = place == self._cursor
        offered = self._cursor is None and each is self._offered
        kind = self._kinds.get(each, "folder" if each.is_folder else "")
        kind = fitted(kind, min(cell_len(kind), KIND, width // 3))
        room = max(0, width - 4 - cell_len(kind))
        name = self.part("folder" if each.is_folder else "file")
        style, dim = name, self.part("kind")
        if here:
            style, dim = style + self.part("cursor"), dim + self.part("cursor")
        elif offered:
            style = style + self.part("offered")
        return Strip(
            [
                Segment("› " if here or offered else "  ", style),
                Segment(fitted(f"{each.shown}{'/' if each.is_folder else ''}", room), style),
                Segment(f" {kind} ", dim),
            ]
        ).adjust_cell_length(width, self.base)
