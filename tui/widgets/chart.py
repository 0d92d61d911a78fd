"""A chart of one figure over the steps: a caption, the marks of live edits, another run behind it, and the plot.

Draws only when the run, the size or the look changed, and only so often; between draws it shows the lines it has. What
is drawn comes from `tui.curves`, how from `tui.plotting`.
"""

from time import monotonic
from typing import ClassVar

from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip
from textual.timer import Timer

from tui import plotting
from tui.curves import SERIES, WITH_LOG_SCALE, Drawing, Figure, Label, Look, Other, drawing, mark_labels
from tui.decimation import Blocks
from tui.reading import words
from tui.state import RunView
from tui.widgets.plot import Part, Plot
from workbench.safe_text import inert

SECONDS_BETWEEN_DRAWS = 0.5
"""Of one chart, whatever there is to show; what a run does by itself is told more seldom, by `tui.pace`."""
SECONDS_APART = 0.002
"""Between the draws of two charts, which are painted together: a key that comes meanwhile waits for one only."""
MOMENT_SECONDS = 0.001
"""In which what waits gets its turn: before a draw, and between two pieces of a long series."""
SMALLEST_PLOT = Size(16, 4)
TALL_ENOUGH_FOR_MARKS = 7


class Chart(Plot):
    """A figure of the training steps, and of the validations where they have it, of a run."""

    _taken: ClassVar[float] = 0.0
    """The time of the draw that was asked for last, by any chart."""

    def __init__(self, figure: Figure, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id)
        self.figure: Figure = figure
        self._look = Look()
        self._other: Other | None = None
        self._view: RunView | None = None
        self._blocks = Blocks()
        self._cuts = 0
        self._drawn_for: tuple[Size, Look, int, tuple[object, ...]] | tuple[()] = ()
        self._drawn_at = 0.0
        self._plotted: tuple[object, ...] = ()
        self._plot_lines: list[Strip] = []
        self._timer: Timer | None = None

    @property
    def shown_steps(self) -> int:
        """How many steps there were when it was drawn last."""
        return self._drawn_for[2] if self._drawn_for else 0

    def show(self, view: RunView | None, look: Look | None = None) -> None:
        """Show the view as it is now, soon; `look` stays as it was unless given."""
        if view is not self._view:
            self._view, self._blocks, self._cuts = view, Blocks(), 0
        if look is not None and look != self._look:
            self._look = look
            self._draw()
        else:
            self.draw_soon()

    def choose(self, figure: Figure) -> None:
        """Show another figure of the same run."""
        if figure != self.figure:
            self.figure = figure
            self._blocks = Blocks()
            self._drawn_for = ()
            self._draw()

    def lay_over(self, other: Other | None) -> None:
        """Show another run behind this one, or none."""
        self._other = other
        self._drawn_for = ()
        self._draw()

    def on_resize(self) -> None:
        """Draw for the new size as soon as may be: the old lines would be torn."""
        self._draw_apart(0.0)

    def notify_style_update(self) -> None:
        """Draw anew when the theme gives other colours."""
        super().notify_style_update()
        self._drawn_for, self._plotted, self._styles = (), (), {}
        self.draw_soon()

    def draw_soon(self) -> None:
        """Draw in a moment, or when the last draw is long enough ago."""
        if self.is_attached and self._timer is None:
            self._draw_apart(self._drawn_at + SECONDS_BETWEEN_DRAWS)

    def _draw_apart(self, earliest: float) -> None:
        """Draw at that time, after what waits now, and not together with another chart."""
        now = monotonic()
        moment = max(now + MOMENT_SECONDS, earliest)
        if abs(moment - Chart._taken) <= SECONDS_APART:
            moment = Chart._taken + SECONDS_APART
        Chart._taken = moment
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(moment - now, self._draw)

    def _draw(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        view = self._view
        wanted = (self.size, self._look, view.step if view else 0, _news_of(view))
        if wanted == self._drawn_for or not self.size.area or not plotting.is_prepared():
            return
        if view is not None and self._is_behind(view):
            self._timer = self.set_timer(MOMENT_SECONDS, self._draw)
            return
        self._drawn_for = wanted
        if not self._styles:
            self.look_up_styles()
        self.replace_lines(self._draw_lines(view) if view and view.step else self._draw_nothing())
        self._drawn_at = monotonic()

    def _is_behind(self, view: RunView) -> bool:
        """Take in some of a long series, so that a key need not wait for all of it; True where more is left."""
        extremes = self._look.smoothing == "raw"
        if (view.cuts, extremes) != (self._cuts, self._blocks.extremes):
            self._blocks, self._cuts = Blocks(extremes=extremes), view.cuts
        return self._blocks.follow(getattr(view, SERIES[self.figure]))

    def _draw_nothing(self) -> list[Strip]:
        return [
            self.strip([(self.figure, self._styles["caption"])]),
            self.strip([("no steps yet", Style(dim=True))]),
        ]

    def _draw_lines(self, view: RunView) -> list[Strip]:
        width, height = self.size
        with_marks = bool(view.marks) and height >= TALL_ENOUGH_FOR_MARKS
        plot_height = height - 1 - with_marks
        content = drawing(view, self.figure, self._blocks, self._look, width, plot_height, self._other)
        lines = [self._caption(content)]
        if with_marks:
            lines.append(self._mark_line(mark_labels(content.marks, content.x, width)))
        if width >= SMALLEST_PLOT.width and plot_height >= SMALLEST_PLOT.height:
            marks: list[float] = [mark.step for mark in content.marks]
            cursor = self._look.cursor
            if cursor is not None and content.x.low <= cursor <= content.x.high:
                marks.append(cursor)
            lines += self._plot(content, width, plot_height, marks)
        return lines

    def _plot(self, content: Drawing, width: int, height: int, marks: list[float]) -> list[Strip]:
        """The plot itself; the one drawn last where no point of it would stand on another dot."""
        dots = content.dots(width, height)
        plotted = (width, height, content.x, content.y, content.grid, marks, dots)
        if plotted != self._plotted:
            rows = plotting.draw(width, height, content.x, content.y, content.curves, marks, content.grid)
            self._plotted, self._plot_lines = plotted, [self.plot_line(row) for row in rows]
        return self._plot_lines

    def _caption(self, content: Drawing) -> Strip:
        parts = self._figures(content, " ⠤⠔⠒ train ", " ● val ")
        if sum(len(text) for text, _ in parts) > self.size.width:
            parts = self._figures(content, "⠒train ", "●val ")
        used = sum(len(text) for text, _ in parts)
        log_scale = self._look.log_scale and self.figure in WITH_LOG_SCALE
        unit = "epochs" if content.in_epochs else "steps"
        scale = " · log" if log_scale else ""
        hints = [
            f" {unit} · smoothing {self._look.smoothing}{scale}",
            f" {self._look.smoothing}{scale}",
            scale,
        ]
        hint = next((hint for hint in hints if used + len(hint) <= self.size.width), "")
        parts.append((hint.rjust(max(0, self.size.width - used)), self._styles["frame"]))
        return self.strip(parts)

    def _figures(self, content: Drawing, train: str, validation: str) -> list[Part]:
        """The figure's name and its present values, each behind its sign."""
        parts: list[Part] = [(f"{self.figure} ", self._styles["caption"])]
        if content.train is not None:
            parts.append((f"{train}{self._figure(content.train)} ", self._styles["train"]))
        if content.validation is not None:
            parts.append((f"{validation}{self._figure(content.validation)} ", self._styles["validation"]))
        if content.other is not None and self._other is not None:
            words = f" ⠤⠔⠒ {inert(self._other.name)} {self._figure(content.other)} "
            parts.append((words, self._styles["other"]))
        return parts

    def _figure(self, value: float) -> str:
        return words(self.figure, value)

    def _mark_line(self, labels: list[Label]) -> Strip:
        style = self._styles["mark"]
        parts: list[Part] = []
        used = 0
        for label in labels:
            parts += [(" " * (label.start - used), style), (label.text, style)]
            used = label.start + len(label.text)
        return self.strip(parts)


def _news_of(view: RunView | None) -> tuple[object, ...]:
    """What of a run a chart shows besides its steps."""
    if view is None:
        return ()
    return view, view.total_steps, view.cuts, len(view.evaluations), len(view.applied)
