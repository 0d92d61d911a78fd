"""What a chart draws of a run: curves, axes and marks as values, and the figures that its caption names.

Pure functions of a view; drawing belongs to `tui.plotting`, styling and timing to the chart widget.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log10
from typing import Literal

from tui.decimation import Bin, Blocks, smooth
from tui.plotting import Axis, Curve, Pen
from tui.state import Mark, RunView
from tui.ticks import LABEL_WIDTH, counts_epochs, linear_axis, log_axis, step_axis

Figure = Literal["loss", "accuracy"]
Smoothing = Literal["raw", "light", "strong"]
SMOOTHINGS: tuple[Smoothing, ...] = ("raw", "light", "strong")
SPANS: dict[Smoothing, tuple[float, float]] = {"raw": (0, 0), "light": (3, 0.01), "strong": (12, 0.05)}
"""Over how many steps a smoothing averages: at least so many, or that part of what is shown."""

MARGIN = LABEL_WIDTH + 1
VALIDATION_MARKER = "●"
SMALLEST_LOSS = 1e-6


@dataclass(frozen=True, slots=True)
class Look:
    """How the user wants to see a chart."""

    smoothing: Smoothing = "light"
    log_scale: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart's content at one size: what to plot and the last figures of each curve."""

    x: Axis
    y: Axis
    curves: tuple[Curve, ...]
    marks: tuple[Mark, ...]
    train: float | None
    validation: float | None
    in_epochs: bool


def drawing(view: RunView, figure: Figure, blocks: Blocks, look: Look, width: int, height: int) -> Drawing:
    """Lay out a figure of the run for a plot of `width` × `height` characters."""
    room = max(1, width - MARGIN)
    x = step_axis(shown_steps(view), view.steps_per_epoch, room)
    series = view.loss if figure == "loss" else view.accuracy
    dots = max(8, round(2 * room * view.step / max(1, x.high)))
    bins = blocks.bins(series, dots)
    train = _train_points(bins, look.smoothing, x.high)
    points = _one_a_column(validation_points(view, figure), x.high / room)
    shown = [value for _, value in train + points]
    log_scale = look.log_scale and figure == "loss"
    y = _y_axis(shown, figure, max(2, (height - 2) // 3), log_scale=log_scale)
    return Drawing(
        x=x,
        y=y,
        curves=tuple(_curves(train, points, y, log_scale=log_scale)),
        marks=tuple(mark for mark in view.marks if mark.step <= x.high),
        train=train[-1][1] if train else None,
        validation=points[-1][1] if points else None,
        in_epochs=counts_epochs(shown_steps(view), view.steps_per_epoch),
    )


def shown_steps(view: RunView) -> int:
    """The end of the axis: all steps of the run, or less of them while it has taken only few."""
    total = max(view.total_steps, view.step, 1)
    end = total
    while end > max(2 * view.step, 2 * view.steps_per_epoch, 16) and end > total / 16:
        end = -(-end // 2)
    return end


def validation_points(view: RunView, figure: Figure) -> list[tuple[float, float]]:
    """Step and figure of each validation with the weights of its own step."""
    return [
        (float(found.step), found.loss if figure == "loss" else found.accuracy)
        for found in view.evaluations
        if found.split == "val" and found.checkpoint == "current"
    ]


def _one_a_column(points: list[tuple[float, float]], steps: float) -> list[tuple[float, float]]:
    """The last point of each column of so many steps; more can't be told apart."""
    return list({int(step // steps): (step, value) for step, value in points}.values())


def _train_points(bins: Sequence[Bin], smoothing: Smoothing, shown: float) -> list[tuple[float, float]]:
    least, part = SPANS[smoothing]
    if smoothing != "raw":
        return list(zip([one.middle for one in bins], smooth(bins, max(least, part * shown)), strict=True))
    return [(one.middle, value) for one in bins for value in sorted({one.low, one.high})]


def _curves(
    train: list[tuple[float, float]], points: list[tuple[float, float]], y: Axis, *, log_scale: bool
) -> list[Curve]:
    def heights(pairs: list[tuple[float, float]]) -> list[float]:
        values = [log10(max(value, SMALLEST_LOSS)) if log_scale else value for _, value in pairs]
        return [min(max(value, y.low), y.high) for value in values]

    def steps(pairs: list[tuple[float, float]]) -> list[float]:
        return [step for step, _ in pairs]

    found = [Curve(steps(train), heights(train), Pen.TRAIN)] if train else []
    if points:
        found.append(Curve(steps(points), heights(points), Pen.VALIDATION))
        found.append(Curve(steps(points), heights(points), Pen.VALIDATION, VALIDATION_MARKER))
    return found


def _y_axis(shown: list[float], figure: Figure, count: int, *, log_scale: bool) -> Axis:
    finite = [value for value in shown if abs(value) < 1e30]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    if figure == "accuracy":
        return linear_axis(max(0.0, (low * 10 - 0.25) // 1 / 10), 1.0, count, percent=True)
    if log_scale:
        low = max(low, SMALLEST_LOSS)
        return log_axis(low / 1.1, max(high, low * 2) * 1.1, count)
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
