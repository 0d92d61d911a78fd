"""What a chart's cursor reads: every figure of a run at one step, and the window that zooming and panning lead to.

Pure functions over a view; the keys are the chart screen's.
"""

from __future__ import annotations

from math import isnan

from rich.cells import cell_len

from tui.curves import FIGURES, SERIES, Figure, Other, validation_points
from tui.state import RunView
from tui.words import fitted
from workbench.safe_text import inert
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


def read_at(view: RunView, step: int, figure: Figure, other: Other | None, room: int) -> str:
    """The figures at a step in a line of at most `room` cells: the chart's own and its edit before the other figures.

    What has no room is left out, whole, the least important first; only the step and the chart's figure are cut.
    """
    size = view.steps_per_epoch
    found = [f"step {step:,}" + (f" · epoch {step / size:.2f}" if size else ""), _figure(view, figure, step)]
    if other is not None:
        found.append(_other_run(other, figure, step, room // 2))
    edit = next((mark for mark in reversed(view.marks) if mark.step <= step), None)
    edited = [f"{edit.text} since {edit.step:,}"] if edit else []
    rest = [_figure(view, name, step) for name in FIGURES if name != figure]
    return " · ".join(_fitting([*found, *rest, *edited], [*found, *edited, *rest], room))


def _fitting(shown: list[str], important: list[str], room: int) -> list[str]:
    """Those parts, in the order in which they are shown, that fit beside the more important ones."""
    kept, left = important[:2], room - cell_len(" · ".join(important[:2]))
    for part in important[2:]:
        if cell_len(part) + 3 <= left:
            kept.append(part)
            left -= cell_len(part) + 3
    return [part for part in shown if part in kept]


def _figure(view: RunView, name: Figure, step: int) -> str:
    series = getattr(view, SERIES[name])
    value = series[step] if step < len(series) else float("nan")
    return f"{name} {words(name, value)}{_validation(view, name, step)}"


def _other_run(other: Other, figure: Figure, step: int, room: int) -> str:
    series = other.series(figure)
    value = words(figure, series[step] if step < len(series) else float("nan"))
    name = inert(other.name)
    return f"{fitted(name, min(cell_len(name), max(8, room - len(value) - 2)))}: {value}"


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
