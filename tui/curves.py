"""What a chart draws of a run: curves, axes and marks as values, and the figures that its caption names.

Pure functions of a view; drawing belongs to `tui.plotting`, styling and timing to the chart widget.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import isfinite, log10
from typing import Literal

from tui.decimation import Bin, Blocks, smooth
from tui.plotting import Axis, Curve, Pen
from tui.state import Mark, RunView
from tui.ticks import LABEL_WIDTH, counts_epochs, linear_axis, log_axis, rate_label, step_axis
from workbench.run import Record

Figure = Literal["loss", "accuracy", "rate", "gradient", "throughput"]
FIGURES: tuple[Figure, ...] = ("loss", "accuracy", "rate", "gradient", "throughput")
WITH_LOG_SCALE = frozenset({"loss", "rate", "gradient"})
SERIES = {
    "loss": "loss",
    "accuracy": "accuracy",
    "rate": "lr",
    "gradient": "grad_norm",
    "throughput": "throughput",
}
"""The series of a view behind each figure."""

Smoothing = Literal["raw", "light", "strong"]
SMOOTHINGS: tuple[Smoothing, ...] = ("raw", "light", "strong")
SPANS: dict[Smoothing, tuple[float, float]] = {"raw": (0, 0), "light": (3, 0.01), "strong": (12, 0.05)}
"""Over how many steps a smoothing averages: at least so many, or that part of what is shown."""

MARGIN = LABEL_WIDTH + 1
VALIDATION_MARKER = "●"
SMALLEST_LOSS = 1e-6
DOTS_ACROSS, DOTS_UP = 2, 4
"""Of one character, as braille has them."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the user wants to see a chart: `window` is the steps that are shown (None: all), `cursor` the step read."""

    smoothing: Smoothing = "light"
    log_scale: bool = False
    window: tuple[int, int] | None = None
    cursor: int | None = None
    epoch_lines: bool = False


class Other:
    """Another run laid over the one that is shown: its name, its record, and its series made short."""

    def __init__(self, name: str, record: Record) -> None:
        self.name = name
        self.record = record
        self._blocks: dict[str, Blocks] = {}

    def series(self, figure: Figure) -> array[float]:
        """The figure's numbers by step; empty where the record has none."""
        return getattr(self.record, SERIES[figure], array("d"))

    def bins(self, figure: Figure, count: int, first: int, last: int) -> list[Bin]:
        """The figure in at most about so many bins."""
        blocks = self._blocks.setdefault(figure, Blocks())
        series = self.series(figure)
        while blocks.follow(series):
            continue
        return blocks.bins(series, count, first, last)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart's content at one size: what to plot and the last figures of each curve."""

    x: Axis
    y: Axis
    curves: tuple[Curve, ...]
    marks: tuple[Mark, ...]
    train: float | None
    validation: float | None
    other: float | None
    in_epochs: bool
    grid: tuple[float, ...]

    def dots(self, width: int, height: int) -> list[tuple[object, ...]]:
        """Which dots the points of its curves stand on, in a plot of `width` × `height` characters."""
        across = DOTS_ACROSS * width / max(1e-9, self.x.high - self.x.low)
        up = DOTS_UP * height / max(1e-9, self.y.high - self.y.low)
        return [
            (
                curve.pen,
                curve.marker,
                [round(x * across) for x in curve.xs],
                [round(y * up) for y in curve.ys],
            )
            for curve in self.curves
        ]


def drawing(
    view: RunView,
    figure: Figure,
    blocks: Blocks,
    look: Look,
    width: int,
    height: int,
    other: Other | None = None,
) -> Drawing:
    """Lay out a figure of the run, and of another one behind it, for a plot of `width` × `height` characters."""
    room = max(1, width - MARGIN)
    start, end = look.window or (0, shown_steps(view))
    x = step_axis(end, view.steps_per_epoch, room, start)
    part = x.high - x.low
    series = getattr(view, SERIES[figure])
    seen = max(0, min(view.step, end) - start)
    bins = blocks.bins(series, max(8, round(2 * room * seen / part)), start, end)
    train = _train_points(bins, look.smoothing, part)
    behind = _train_points(other.bins(figure, 2 * room, start, end), look.smoothing, part) if other else []
    points = _one_a_column(validation_points(view, figure), part / room, x)
    log_scale = look.log_scale and figure in WITH_LOG_SCALE
    shown = [value for _, value in train + points + behind]
    y = _y_axis(shown, figure, max(2, (height - 2) // 3), log_scale=log_scale)
    curves = _curves(train, points, y, log_scale=log_scale)
    if behind:
        curves.insert(0, Curve(*_placed(behind, y, log_scale=log_scale), Pen.OTHER))
    return Drawing(
        x=x,
        y=y,
        curves=tuple(curves),
        marks=tuple(mark for mark in view.marks if x.low <= mark.step <= x.high),
        train=train[-1][1] if train else None,
        validation=points[-1][1] if points else None,
        other=behind[-1][1] if behind else None,
        in_epochs=counts_epochs(end - start, view.steps_per_epoch),
        grid=_epoch_lines(view, x, room) if look.epoch_lines else (),
    )


def _epoch_lines(view: RunView, x: Axis, room: int) -> tuple[float, ...]:
    """Where epochs end, while there are few enough of them to be told apart."""
    size = view.steps_per_epoch
    if not size or (x.high - x.low) / size > room / 6:
        return ()
    return tuple(float(step) for step in range(int(x.low // size + 1) * size, int(x.high), size))


def shown_steps(view: RunView) -> int:
    """The end of the axis: all steps of the run, or less of them while it has taken only few."""
    total = max(view.total_steps, view.step, 1)
    end = total
    while end > max(2 * view.step, 2 * view.steps_per_epoch, 16) and end > total / 16:
        end = -(-end // 2)
    return end


def validation_points(view: RunView, figure: Figure) -> list[tuple[float, float]]:
    """Step and figure of each validation with the weights of its own step, where it is a number."""
    if figure not in ("loss", "accuracy"):
        return []
    figures = [
        (float(found.step), found.loss if figure == "loss" else found.accuracy)
        for found in view.evaluations
        if found.split == "val" and found.checkpoint == "current"
    ]
    return [(step, value) for step, value in figures if isfinite(value)]


def _one_a_column(points: list[tuple[float, float]], steps: float, x: Axis) -> list[tuple[float, float]]:
    """The last point of each column of so many steps on the axis; more can't be told apart."""
    inside = [(step, value) for step, value in points if x.low <= step <= x.high]
    return list({int(step // steps): (step, value) for step, value in inside}.values())


def _train_points(bins: Sequence[Bin], smoothing: Smoothing, shown: float) -> list[tuple[float, float]]:
    least, part = SPANS[smoothing]
    if smoothing != "raw":
        return list(zip([one.middle for one in bins], smooth(bins, max(least, part * shown)), strict=True))
    return [(one.middle, value) for one in bins for value in sorted({one.low, one.high})]


def _curves(
    train: list[tuple[float, float]], points: list[tuple[float, float]], y: Axis, *, log_scale: bool
) -> list[Curve]:
    found = [Curve(*_placed(train, y, log_scale=log_scale), Pen.TRAIN)] if train else []
    if points:
        placed = _placed(points, y, log_scale=log_scale)
        found += [Curve(*placed, Pen.VALIDATION), Curve(*placed, Pen.VALIDATION, VALIDATION_MARKER)]
    return found


def _placed(pairs: list[tuple[float, float]], y: Axis, *, log_scale: bool) -> tuple[list[float], list[float]]:
    """Steps and heights of the points, kept on the plot."""
    values = [log10(max(value, SMALLEST_LOSS)) if log_scale else value for _, value in pairs]
    return [step for step, _ in pairs], [min(max(value, y.low), y.high) for value in values]


def _y_axis(shown: list[float], figure: Figure, count: int, *, log_scale: bool) -> Axis:
    finite = [value for value in shown if abs(value) < 1e30]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    if figure == "accuracy":
        return linear_axis(max(0.0, (low * 10 - 0.25) // 1 / 10), 1.0, count, percent=True)
    if log_scale:
        low = max(low, SMALLEST_LOSS)
        return log_axis(low / 1.1, max(high, low * 2) * 1.1, count)
    if figure in ("rate", "gradient", "throughput"):
        axis = linear_axis(0.0, 1.05 * high if high > 0 else 1.0, count)
        labelled = [(at, rate_label(at)) for at, _ in axis.ticks]
        # plotext takes no label of spaces only
        return Axis(axis.low, axis.high, tuple(tick for tick in labelled if tick[1].strip()))
    if low < 0.6 * high or high <= 0:
        return linear_axis(0.0, 1.05 * high if high > 0 else 1.0, count)
    margin = max(0.1 * (high - low), 0.01 * high)
    return linear_axis(low - margin, high + margin, count)


@dataclass(frozen=True, slots=True)
class Label:
    """A mark's text where it stands: `column` is that of its arrow in the plot, `start` that of `text`."""

    column: int
    start: int
    text: str


def mark_labels(marks: Sequence[Mark], x: Axis, width: int) -> list[Label]:
    """Lay the marks' texts out in one row above a plot of that width, none over another.

    A text stands right of its arrow, or left of it where only there is room; what does not fit is cut.
    """
    scale = (width - MARGIN - 1) / max(1e-9, x.high - x.low)
    columns = [
        (column, list(group))
        for column, group in groupby(marks, key=lambda mark: MARGIN + round((mark.step - x.low) * scale))
    ]
    labels: list[Label] = []
    taken = 0
    for index, (column, group) in enumerate(columns):
        end = columns[index + 1][0] - 1 if index + 1 < len(columns) else width
        arrow = "▽" if all(mark.scheduled for mark in group) else "▼"
        labels.append(_label(arrow, "; ".join(mark.text for mark in group), column, taken, end))
        taken = labels[-1].start + len(labels[-1].text) + 1
    return labels


def _label(arrow: str, text: str, column: int, start: int, end: int) -> Label:
    right, left = end - column - 1, column - start
    if len(text) > right and left > right:
        cut = _cut(text, left)
        return Label(column, column - len(cut), cut + arrow)
    return Label(column, column, arrow + _cut(text, right))


def _cut(text: str, room: int) -> str:
    if len(text) <= room:
        return text
    return text[: room - 1] + "…" if room > 3 else ""
