"""The fields of a session as lines under section headings, drawn line by line.

A dot marks what differs from the default. Editing is `tui.widgets.config_panel`'s part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from tui.field_values import has_choices, shown
from tui.widgets.styled_lines import StyledLines

if TYPE_CHECKING:
    from workbench.session import Session
    from workbench.session_file import FieldDescription

NAME_WIDTH = 23
"""Cells of a field's name with its mark, left of the value."""


class FieldList(StyledLines, can_focus=True, inherit_bindings=False):
    """Section headings and fields; the cursor stands on fields only."""

    DEFAULT_CSS = """
    FieldList { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }
    """

    cursor = reactive(0, repaint=False)

    class Moved(Message):
        """The cursor stands on another field."""

    class Chosen(Message):
        """The field under the cursor was clicked once more."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[FieldDescription] = []
        self._lines: list[FieldDescription | str] = []
        self._session: Session | None = None
        self._strips: dict[tuple[int, int, str, bool, bool], Strip] = {}

    def show(self, session: Session, fields: list[FieldDescription]) -> None:
        """Show the values of a session."""
        before, self._session = self._session, session
        if before is None or self.fields != fields:
            self.fields = fields
            self._lines = _with_headings(fields)
            self.virtual_size = Size(self.size.width, len(self._lines))
            self.refresh()
            return
        for line, field in enumerate(self._lines):
            if not isinstance(field, str) and session.get(field.key) != before.get(field.key):
                self.refresh(Region(0, line - self.scroll_offset.y, self.size.width, 1))

    @property
    def field(self) -> FieldDescription | None:
        """The field under the cursor."""
        return self.fields[self.cursor] if self.fields else None

    @property
    def value(self) -> Any:
        """The value of the field under the cursor."""
        return self._session.get(self.field.key) if self._session and self.field else None

    @property
    def line(self) -> int:
        """The line of the cursor, counted from the top of the widget."""
        return self._line_of(self.cursor) - self.scroll_offset.y

    def _line_of(self, place: int) -> int:
        return self._lines.index(self.fields[place]) if self.fields else 0

    def validate_cursor(self, place: int) -> int:
        """Keep the cursor on a field."""
        return max(0, min(place, len(self.fields) - 1))

    def watch_cursor(self, new: int) -> None:
        """Keep the cursor in sight, with the heading above it."""
        line = self._line_of(new)
        above = 1 if line and isinstance(self._lines[line - 1], str) else 0
        self.scroll_to_region(Region(0, line - above, 1, 1 + above), animate=False, force=True, x_axis=False)
        self.refresh()
        self.post_message(self.Moved())

    def on_click(self, event: object) -> None:
        """Put the cursor where the pointer is; a second click changes the field."""
        line = getattr(event, "y", 0) + self.scroll_offset.y
        if 0 <= line < len(self._lines) and not isinstance(self._lines[line], str):
            place = self.fields.index(self._lines[line])  # type: ignore[arg-type]
            if place == self.cursor:
                self.post_message(self.Chosen())
            self.cursor = place

    def on_focus(self) -> None:
        """Draw the cursor strongly."""
        self.refresh()

    def on_blur(self) -> None:
        """Draw the cursor weakly."""
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One heading or field."""
        place = y + self.scroll_offset.y
        if place >= len(self._lines) or self._session is None:
            return self._blank()
        line = self._lines[place]
        value = line if isinstance(line, str) else shown(self._session.get(line.key))
        key = (self.line_width, place, value, line is self.field, self.has_focus)
        if key not in self._strips:
            self._strips[key] = self._strip(line, self._session)
        return self._strips[key]

    def _blank(self) -> Strip:
        key = (self.line_width, -1, "", False, False)
        if key not in self._strips:
            self._strips[key] = Strip.blank(self.line_width, self.base)
        return self._strips[key]

    def _strip(self, line: FieldDescription | str, session: Session) -> Strip:
        width, style = self.line_width, self.base
        if isinstance(line, str):
            text = f"─ {line} ".ljust(width, "─")[:width]
            return Strip([Segment(text, style + Style(dim=True))])
        segments = self._segments(line, session)
        if line is self.field:
            style += Style(reverse=True) if self.has_focus else Style(underline=True)
            plain = [Segment(segment.text, style) for segment in segments]
            return Strip(plain).adjust_cell_length(width, style)
        return Strip(segments).adjust_cell_length(width).apply_style(style)

    def on_resize(self) -> None:
        """Lines of another width are not needed any more; a paint may have come before this."""
        self._strips.clear()

    def notify_style_update(self) -> None:
        """Other colours, other lines."""
        super().notify_style_update()
        self._strips.clear()

    def _segments(self, field: FieldDescription, session: Session) -> list[Segment]:
        value = session.get(field.key)
        differs = value != field.default
        name = field.key.partition(".")[2] or field.key
        text = shown(value)
        room = max(1, self.line_width - NAME_WIDTH - 1)
        text = text if len(text) <= room else f"{text[: room - 1]}…"
        if has_choices(field) and field is self.field:
            text = f"‹ {text} ›"
        return [
            Segment("• " if differs else "  ", Style(color="yellow", bold=True)),
            Segment(name.ljust(NAME_WIDTH - 2)[: NAME_WIDTH - 2]),
            Segment(text, Style(bold=differs, dim=not differs)),
        ]


def _with_headings(fields: list[FieldDescription]) -> list[FieldDescription | str]:
    lines: list[FieldDescription | str] = []
    section = None
    for field in fields:
        its = field.key.rpartition(".")[0].partition(".")[0] or "session"
        if its != section:
            section = its
            lines.append(section)
        lines.append(field)
    return lines
