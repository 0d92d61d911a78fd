"""A chart of one figure over the steps: a caption, the marks of live edits, and the plot.

Draws at most four times a second, and only when the run, the size or the look changed; between draws it shows the
lines it has. What is drawn comes from `tui.curves`, how from `tui.plotting`.
"""

from time import monotonic
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import work
from textual.geometry import Size
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from tui import plotting
from tui.curves import Drawing, Figure, Label, Look, drawing, mark_labels
from tui.decimation import Blocks
from tui.plotting import Pen, Row
from tui.state import RunView

SECONDS_BETWEEN_DRAWS = 0.25
SMALLEST_PLOT = Size(16, 4)
TALL_ENOUGH_FOR_MARKS = 7


class Chart(Widget):
    """Loss or accuracy of the training steps and of the validations of a run."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "chart--frame",
        "chart--train",
        "chart--validation",
        "chart--mark",
        "chart--caption",
    }
    DEFAULT_CSS = """
    Chart { width: 1fr; height: 1fr; min-height: 5; }
    Chart > .chart--frame { color: $foreground 60%; }
    Chart > .chart--train { color: $primary; }
    Chart > .chart--validation { color: $warning; text-style: bold; }
    Chart > .chart--mark { color: $accent; }
    Chart > .chart--caption { text-style: bold; }
    """

    def __init__(self, figure: Figure, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id)
        self.figure: Figure = figure
        self._look = Look()
        self._view: RunView | None = None
        self._blocks = Blocks()
        self._cuts = 0
        self._strips: list[Strip] = []
        self._styles: dict[str, Style] = {}
        self._drawn_for: tuple[object, ...] = ()
        self._drawn_at = 0.0
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        """Get ready to draw."""
        if not plotting.is_prepared():
            self._prepare()

    @work(thread=True, group="prepare")
    def _prepare(self) -> None:
        plotting.prepare()
        self.app.call_from_thread(self._draw_soon)

    def show(self, view: RunView | None, look: Look | None = None) -> None:
        """Show the view as it is now, soon; `look` stays as it was unless given."""
        if view is not self._view:
            self._view, self._blocks, self._cuts = view, Blocks(), 0
        self._look = look or self._look
        self._draw_soon()

    def on_resize(self) -> None:
        """Draw for the new size at once: the old lines would be torn."""
        self._draw()

    def notify_style_update(self) -> None:
        """Draw anew when the theme gives other colours."""
        super().notify_style_update()
        self._drawn_for = ()
        self._draw_soon()

    def render_line(self, y: int) -> Strip:
        """One of the lines drawn last."""
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, self.rich_style)

    def _draw_soon(self) -> None:
        if self._timer is not None or not self.is_attached:
            return
        wait = self._drawn_at + SECONDS_BETWEEN_DRAWS - monotonic()
        if wait <= 0:
            self._draw()
        else:
            self._timer = self.set_timer(wait, self._draw)

    def _draw(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        view = self._view
        wanted = (view, view.version if view else 0, self.size, self._look)
        if wanted == self._drawn_for or not self.size.area or not plotting.is_prepared():
            return
        self._drawn_for = wanted
        self._styles = self._current_styles()
        self._strips = self._draw_lines(view) if view and view.step else self._draw_nothing()
        self._drawn_at = monotonic()
        self.refresh()

    def _draw_nothing(self) -> list[Strip]:
        return [
            self._strip([(self.figure, self._styles["caption"])]),
            self._strip([("no steps yet", Style(dim=True))]),
        ]

    def _draw_lines(self, view: RunView) -> list[Strip]:
        width, height = self.size
        if view.cuts != self._cuts:
            self._blocks, self._cuts = Blocks(), view.cuts
        series = view.loss if self.figure == "loss" else view.accuracy
        if self._blocks.follow(series):
            self._drawn_for = ()
            self.call_later(self._draw_soon)
        with_marks = bool(view.marks) and height >= TALL_ENOUGH_FOR_MARKS
        plot_height = height - 1 - with_marks
        content = drawing(view, self.figure, self._blocks, self._look, width, plot_height)
        lines = [self._caption(content)]
        if with_marks:
            lines.append(self._mark_line(mark_labels(content.marks, content.x, width)))
        if width >= SMALLEST_PLOT.width and plot_height >= SMALLEST_PLOT.height:
            marks = [mark.step for mark in content.marks]
            rows = plotting.draw(width, plot_height, content.x, content.y, content.curves, marks)
            lines += [self._plot_line(row) for row in rows]
        return lines

    def _caption(self, content: Drawing) -> Strip:
        parts: list[tuple[str, Style]] = [(f"{self.figure} ", self._styles["caption"])]
        if content.train is not None:
            parts.append((f" ⠤⠔⠒ train {self._figure(content.train)} ", self._styles["train"]))
        if content.validation is not None:
            parts.append((f" ● val {self._figure(content.validation)} ", self._styles["validation"]))
        used = sum(len(text) for text, _ in parts)
        log_scale = self._look.log_scale and self.figure == "loss"
        unit = "epochs" if content.in_epochs else "steps"
        scale = " · log" if log_scale else ""
        hints = [
            f" {unit} · smoothing {self._look.smoothing}{scale}",
            f" {self._look.smoothing}{scale}",
            scale,
        ]
        hint = next((hint for hint in hints if used + len(hint) <= self.size.width), "")
        parts.append((hint.rjust(max(0, self.size.width - used)), self._styles["frame"]))
        return self._strip(parts)

    def _figure(self, value: float) -> str:
        return f"{value:.4f}" if self.figure == "loss" else f"{100 * value:.1f} %"

    def _mark_line(self, labels: list[Label]) -> Strip:
        style = self._styles["mark"]
        parts: list[tuple[str, Style]] = []
        used = 0
        for label in labels:
            parts += [(" " * (label.start - used), style), (label.text, style)]
            used = label.start + len(label.text)
        return self._strip(parts)

    def _plot_line(self, row: Row) -> Strip:
        styles = {
            Pen.FRAME: self._styles["frame"],
            Pen.TRAIN: self._styles["train"],
            Pen.VALIDATION: self._styles["validation"],
            Pen.MARK: self._styles["mark"],
        }
        return self._strip([(text, styles[pen]) for pen, text in row])

    def _current_styles(self) -> dict[str, Style]:
        """The style of each part, and of what is behind them, as the theme has them now."""
        base = self.rich_style
        parts = ("frame", "train", "validation", "mark", "caption")
        styles = {
            part: base + self.get_component_rich_style(f"chart--{part}", partial=True) for part in parts
        }
        return {"base": base, **styles}

    def _strip(self, parts: list[tuple[str, Style]]) -> Strip:
        segments = [Segment(text, style) for text, style in parts if text]
        return Strip(segments).adjust_cell_length(self.size.width, self._styles["base"])

    def text(self) -> Text:
        """What is drawn now, without colours, for tests and for copying."""
        return Text("\n".join(strip.text for strip in self._strips))
