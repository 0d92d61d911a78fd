"""What the widgets share that draw line by line: their parts' styles, looked up once a repaint.

Looking a style up costs more than drawing a line, and it can't change between the lines of one repaint.
"""

from rich.style import Style
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip


class StyledLines(ScrollView):
    """A scrolling widget whose component classes all begin with `PART`."""

    PART = ""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id)
        self._looked_up: dict[str, Style] = {}

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw lines with the styles of this moment."""
        self._looked_up.clear()
        return super().render_lines(crop)

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
