"""The log of a run: each line with its time and a sign for its kind, wrapped to the width, following the end.

Draws only what is visible. Which events become lines, and in what words, is `tui.log_lines`'s part.
"""

from collections.abc import Iterable
from textwrap import wrap
from typing import ClassVar

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from tui.log_lines import Kind, LogLine
from tui.state import RunView
from tui.widgets.styled_lines import StyledLines
from workbench.words import clock

SIGNS: dict[Kind, str] = {
    "info": "·",
    "epoch": "▪",
    "evaluation": "●",
    "edit": "▼",
    "warning": "!",
    "error": "✗",
}
MOST_ROWS = 6000
"""From here on lines that the view no longer holds are dropped here too."""

LEAD = len("00:00:00 · ")

Row = tuple[Kind, str, str]
"""A line of the widget: kind, what stands before the text, and the text."""


class RunLog(StyledLines, can_focus=True):
    """The log lines of a view; stays at the end unless the user has scrolled up."""

    PART = "run-log--"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "run-log--time",
        *(f"run-log--{kind}" for kind in SIGNS),
    }
    DEFAULT_CSS = """
    RunLog { height: 1fr; min-height: 2; scrollbar-size-vertical: 1; overflow-x: hidden; }
    RunLog > .run-log--time { color: $foreground 50%; }
    RunLog > .run-log--info { color: $foreground 80%; }
    RunLog > .run-log--epoch { color: $text-primary; }
    RunLog > .run-log--evaluation { color: $text-warning; }
    RunLog > .run-log--edit { color: $text-accent; text-style: bold; }
    RunLog > .run-log--warning { color: $text-warning; text-style: bold; }
    RunLog > .run-log--error { color: $text-error; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "down", show=False, id="log.down"),
        Binding("k", "scroll_up", "up", show=False, id="log.up"),
        Binding("g", "scroll_home", "start", show=False, id="log.start"),
        Binding("G", "scroll_end", "end", show=False, id="log.end"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id)
        self._view: RunView | None = None
        self._taken = 0
        self._rows: list[Row] = []
        self._strips: dict[tuple[int, int], Strip] = {}
        self._following = True

    def show(self, view: RunView | None) -> None:
        """Take in the lines that the view has and this widget has not."""
        if view is not self._view:
            # The start asked for before there was anything to show is still asked for.
            self._following = self._following or self._view is not None
            self._view, self._taken = view, 0
            self._forget_rows()
        if view is None:
            self._lay_out()
            return
        new = min(view.log_count - self._taken, len(view.log))
        if new or not self._rows:
            self._taken = view.log_count
            if len(self._rows) > MOST_ROWS:
                self._forget_rows()
                new = len(view.log)
            self._add(list(view.log)[len(view.log) - new :])
            self._lay_out()

    def on_resize(self) -> None:
        """Wrap all lines to the new width."""
        if self._view is not None:
            self._forget_rows()
            self._taken = self._view.log_count
            self._add(self._view.log)
            self._lay_out()

    def _forget_rows(self) -> None:
        self._rows.clear()
        self._strips.clear()

    def notify_style_update(self) -> None:
        """Other colours, other lines."""
        super().notify_style_update()
        self._strips.clear()

    def action_scroll_home(self) -> None:
        """Go to the start, and stay there: also where the key comes before the first layout."""
        self._following = False
        self.scroll_to(y=0, animate=False, immediate=True, force=True)

    def copied(self) -> str:
        """The whole log as it is kept."""
        return "\n".join(f"{lead}{text}" for _, lead, text in self._rows)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the end as long as it is in sight."""
        super().watch_scroll_y(old_value, new_value)
        self._following = new_value >= self.max_scroll_y

    def _add(self, lines: Iterable[LogLine]) -> None:
        room = max(10, self.scrollable_content_region.width - LEAD)
        for line in lines:
            lead = f"{clock(line.time)} {SIGNS[line.kind]} "
            for piece in wrapped(line.text, room):
                self._rows.append((line.kind, lead, piece))
                lead = " " * LEAD

    def _lay_out(self) -> None:
        """Take the new length and go to the end at once, so that both are painted together."""
        following, wanted = self._following, Size(self.size.width, len(self._rows))
        if (wanted.height > self.size.height) == self.show_vertical_scrollbar:
            # Nothing moves: the layout of the whole screen that Textual (8.2) would make of it can be spared.
            self.set_reactive(Widget.virtual_size, wanted)
            if self.show_vertical_scrollbar:
                self.vertical_scrollbar.window_virtual_size = wanted.height
        else:
            self.virtual_size = wanted
        if following:
            self.scroll_to(y=self.max_scroll_y, animate=False, immediate=True, force=True)
            self._following = True
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the log."""
        index = y + self.scroll_offset.y
        if index >= len(self._rows):
            return Strip.blank(self.line_width, self.base)
        key = (index, self.line_width)
        if key not in self._strips:
            self._strips[key] = self._strip(*self._rows[index])
        return self._strips[key]

    def _strip(self, kind: Kind, lead: str, text: str) -> Strip:
        style = self.part(kind)
        segments = [
            Segment(lead[:9], self.part("time")),
            Segment(lead[9:], style),
            Segment(text, style),
        ]
        return Strip(segments).adjust_cell_length(self.line_width, self.base)


def wrapped(text: str, room: int) -> list[str]:
    """The text in pieces of at most `room` cells, at least one."""
    found: list[str] = []
    for line in text.splitlines() or [""]:
        if cell_len(line) <= room:
            found.append(line)
            continue
        for piece in wrap(line, room):
            found += [piece] if cell_len(piece) <= room else chop_cells(piece, room)
    return found
