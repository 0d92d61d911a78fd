"""What every chart shares: the lines drawn last, the styles of their parts, and waiting for the plotting library.

What is drawn, and how often, is each chart's own part.
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import work
from textual.geometry import Region
from textual.strip import Strip

from tui import plotting
from tui.plotting import Pen, Row
from tui.widgets.bare_lines import BareLines

Part = tuple[str, Style]
PENS = {
    Pen.FRAME: "frame",
    Pen.TRAIN: "train",
    Pen.VALIDATION: "validation",
    Pen.MARK: "mark",
    Pen.OTHER: "other",
    Pen.GRID: "grid",
}


class Plot(BareLines):
    """A widget of lines that a plot was drawn into; between two draws it shows those it has."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "plot--frame",
        "plot--train",
        "plot--validation",
        "plot--mark",
        "plot--other",
        "plot--grid",
        "plot--caption",
    }
    DEFAULT_CSS = """
    Plot { width: 1fr; height: 1fr; min-height: 5; }
    Plot > .plot--frame { color: $foreground 60%; }
    Plot > .plot--train { color: $text-primary; }
    Plot > .plot--validation { color: $text-warning; text-style: bold; }
    Plot > .plot--mark { color: $text-accent; }
    Plot > .plot--other { color: $text-success; }
    Plot > .plot--grid { color: $foreground 20%; }
    Plot > .plot--caption { text-style: bold; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id)
        self._strips: list[Strip] = []
        self._styles: dict[str, Style] = {}

    def on_mount(self) -> None:
        """Get ready to draw."""
        if not plotting.is_prepared():
            self._prepare()

    @work(thread=True, group="prepare")
    def _prepare(self) -> None:
        plotting.prepare()
        self.app.call_from_thread(self.draw_soon)

    def draw_soon(self) -> None:
        """Draw anew as soon as that is due."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """One of the lines drawn last."""
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, self.rich_style)

    def replace_lines(self, strips: list[Strip]) -> None:
        """Show these lines from now on; those that stay the same are not painted again."""
        before, self._strips = self._strips, strips
        if len(before) != len(strips):
            self.refresh()
            return
        for y, (old, new) in enumerate(zip(before, strips, strict=True)):
            if old != new:
                self.refresh(Region(0, y, self.size.width, 1))

    def plot_line(self, row: Row) -> Strip:
        """A line of the plot in the colours of its pens."""
        return self.strip([(text, self._styles[PENS[pen]]) for pen, text in row])

    def look_up_styles(self) -> None:
        """Take the style of each part, and of what is behind them, as the theme has them now."""
        base = self.rich_style
        parts = (*PENS.values(), "caption")
        styles = {part: base + self.get_component_rich_style(f"plot--{part}", partial=True) for part in parts}
        self._styles = {"base": base, **styles}

    def strip(self, parts: list[Part]) -> Strip:
        """A line of the widget."""
        segments = [Segment(text, style) for text, style in parts if text]
        return Strip(segments).adjust_cell_length(self.size.width, self._styles["base"])

    def text(self) -> Text:
        """What is drawn now, without colours, for tests and for copying."""
        return Text("\n".join(strip.text for strip in self._strips))
