"""What the widgets share that draw line by line: their parts' styles and their width, looked up once a repaint.

Looking one up costs more than drawing a line, and none can change between the lines of one repaint.
"""

from rich.style import Style
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar

from tui.widgets.bare_lines import BareLines
from tui.widgets.line_scrollbar import LineScrollBar


class StyledLines(ScrollView, BareLines):
    """A scrolling widget whose component classes all begin with `PART`."""

    PART = ""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id)
        self._looked_up: dict[str, Style] = {}
        self._line_width: int | None = None

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """The scrollbar, made when it is first asked for."""
        if self._vertical_scrollbar is None:
            self._vertical_scrollbar = LineScrollBar(thickness=self.scrollbar_size_vertical)
            self._vertical_scrollbar.display = False
            self.app._start_widget(self, self._vertical_scrollbar)  # noqa: SLF001  (as Textual 8.2 does)
        return self._vertical_scrollbar

    def look_anew(self) -> None:
        """Look everything up again that is needed."""
        self._looked_up.clear()
        self._line_width = None

    def notify_style_update(self) -> None:
        """Other colours, other styles, also for who draws lines between repaints."""
        super().notify_style_update()
        self.look_anew()

    def on_resize(self) -> None:
        """Another size, another width."""
        self.look_anew()

    @property
    def line_width(self) -> int:
        """The columns of a line."""
        if self._line_width is None:
            self._line_width = self.size.width
        return self._line_width

    @property
    def base(self) -> Style:
        """The style of what no part covers."""
        if "" not in self._looked_up:
            self._looked_up[""] = self.rich_style
        return self._looked_up[""]

    def part(self, name: str) -> Style:
        """The style of a part, over the base."""
        if name not in self._looked_up:
            own = self.get_component_rich_style(f"{self.PART}{name}", partial=True)
            self._looked_up[name] = self.base + own
        return self._looked_up[name]
