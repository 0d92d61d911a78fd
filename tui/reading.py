"""What a chart's cursor reads: every figure of a run at one step, and the window that zooming and panning lead to.

Pure functions over a view; the keys are the chart screen's.
"""

from __future__ import annotations

from math import isnan

from tui.curves import FIGURES, SERIES, Figure, Other, validation_points
from tui.state import RunView
from workbench.words import percent, rate

SMALLEST_WINDOW = 8
"""Steps below which nothing is zoomed in any more."""

Window = tuple[int, int]


def zoomed(window: Window, whole: int, factor: float, around: int) -> Window | None:
    """The window with `factor` times its width around a step, which keeps its place; None where that is everything."""
    start, end = window
    width = max(SMALLEST_WINDOW, round((end - start) * factor))
    if width >= whole:
        return None
    share = (around - start) / max(1, end - start)
    first = min(max(0, round(around - share * width)), whole - width)
    return first, first + width


def panned(window: Window, whole: int, part: float) -> Window:
    """The window moved by a part of its width, as far as the run goes."""
    start, end = window
    first = min(max(0, start + round(part * (end - start))), max(0, whole - (end - start)))
    return first, first + end - start


def read_at(view: RunView, step: int, figure: Figure, other: Other | None) -> str:
    """The figures at a step in a line: the chart's own first, then the others, then the last edit before it."""
    size = view.steps_per_epoch
    parts = [f"step {step:,}" + (f" · epoch {step / size:.2f}" if size else "")]
    if other is not None:
        series = other.series(figure)
        there = series[step] if step < len(series) else float("nan")
        parts.append(f"{other.name}: {words(figure, there)}")
    order = (figure, *(name for name in FIGURES if name != figure))
    for name in order:
        series = getattr(view, SERIES[name])
        value = series[step] if step < len(series) else float("nan")
        parts.append(f"{name} {words(name, value)}{_validation(view, name, step)}")
    edit = next((mark for mark in reversed(view.marks) if mark.step <= step), None)
    return " · ".join([*parts, *([f"{edit.text} since {edit.step:,}"] if edit else [])])


def _validation(view: RunView, figure: Figure, step: int) -> str:
    """The last validation up to the step, where the figure has one."""
    before = [value for at, value in validation_points(view, figure) if at <= step]
    return f" (val {words(figure, before[-1])})" if before else ""


def words(figure: Figure, value: float) -> str:
    """A value in a few characters, a dash where there is none."""
    if isnan(value):
        return "–"
    match figure:
        case "loss":
            return f"{value:.4f}"
        case "accuracy":
            return percent(value)
        case "rate":
            return rate(value)
        case "gradient":
            return f"{value:.3g}"
        case "throughput":
            return f"{value:,.0f} images/s"
