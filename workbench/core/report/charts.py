"""The charts of a report as SVG: loss, accuracy, rate and gradient over the run, and the reliability curve.

Drawn by matplotlib. `workbench.core.report.svg` makes the pictures part of the page.
"""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullFormatter
from numpy.typing import NDArray

from workbench.calibration import Calibration
from workbench.core.report.facts import ReportedEdit
from workbench.core.report.series import stretched
from workbench.core.report.svg import Ink, as_svg
from workbench.run import Record

WIDE, TALL = 6.4, 3.0
"""Inches of a chart; on the page it is as wide as there is room."""
EPOCH_LINES = 40


def run_charts(record: Record, edits: Sequence[ReportedEdit]) -> list[tuple[str, str]]:
    """The charts over the steps, each with its title; none before the first step."""
    if not record.steps:
        return []
    drawn: list[tuple[str, Callable[[Axes], None]]] = [
        ("Loss", lambda axes: _figure(axes, record, "loss")),
        ("Accuracy", lambda axes: _figure(axes, record, "accuracy")),
        ("Learning rate", lambda axes: _plain(axes, record, record.lr, Ink.RATE)),
        ("Gradient norm", lambda axes: _gradient(axes, record)),
    ]

    def over_steps(draw: Callable[[Axes], None]) -> Callable[[Axes], None]:
        def whole(axes: Axes) -> None:
            draw(axes)
            _marks(axes, record, edits)

        return whole

    return [
        (title, as_svg(over_steps(draw), title, (WIDE, TALL), prefix=f"chart{place}"))
        for place, (title, draw) in enumerate(drawn)
    ]


def reliability_chart(found: Calibration) -> str:
    """Accuracy over confidence, bin by bin, beside the diagonal on which a calibrated model lies."""

    def draw(axes: Axes) -> None:
        seen = [one for one in found.bins if one.images]
        width = found.bins[0].high - found.bins[0].low
        middles = [one.low + width / 2 for one in seen]
        axes.bar(middles, [one.accuracy for one in seen], 0.9 * width, color=Ink.TRAIN, alpha=0.35)
        axes.plot([0, 1], [0, 1], color=Ink.FRAME, linestyle="--", label="calibrated")
        means = [one.confidence for one in seen], [one.accuracy for one in seen]
        axes.plot(*means, color=Ink.TRAIN, marker="o", markersize=4, label="this model")
        axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="probability of the predicted class", ylabel="accuracy")
        axes.legend(frameon=False, labelcolor=Ink.TEXT, loc="upper left")

    return as_svg(draw, "Reliability", (WIDE, 1.2 * TALL), prefix="reliability")


def _scale(record: Record) -> float:
    """Steps to the unit of the level axis: an epoch where there are two of them, else one."""
    return float(record.steps_per_epoch) if record.steps >= 2 * record.steps_per_epoch else 1.0


def _figure(axes: Axes, record: Record, name: str) -> None:
    """Training steps, faint and smoothed, and the validations as points."""
    scale = _scale(record)
    percent = 100.0 if name == "accuracy" else 1.0
    steps = stretched(getattr(record, name))
    x = steps.steps / scale
    axes.fill_between(x, percent * steps.low, percent * steps.high, color=Ink.TRAIN, alpha=0.15, linewidth=0)
    axes.plot(x, percent * steps.smoothed, color=Ink.TRAIN, label="train")
    found = record.validations()
    if found:
        points = [percent * (one.loss if name == "loss" else one.accuracy) for one in found]
        at = [one.step / scale for one in found]
        size = 4 if len(found) <= EPOCH_LINES else 0
        axes.plot(at, points, color=Ink.VALIDATION, marker="o", markersize=size, label="validation")
    axes.legend(frameon=False, labelcolor=Ink.TEXT)
    if name == "loss":
        axes.set_ylim(bottom=0, top=_top(percent * steps.smoothed, percent * steps.high))
    else:
        axes.set_ylim(top=102)
        axes.set_ylabel("%")


def _top(smoothed: NDArray[np.float64], high: NDArray[np.float64]) -> float | None:
    """Where a loss's axis ends: single steps far above the curve would flatten it."""
    if not len(smoothed) or smoothed.max() <= 0:
        return None
    return float(min(high.max(), 1.5 * smoothed.max()) * 1.05)


def _plain(axes: Axes, record: Record, series: Sequence[float], ink: str) -> None:
    found = stretched(series)
    axes.plot(found.steps / _scale(record), found.mean, color=ink)
    axes.set_ylim(bottom=0)


def _gradient(axes: Axes, record: Record) -> None:
    found = stretched(record.grad_norm)
    axes.fill_between(
        found.steps / _scale(record), found.low, found.high, color=Ink.GRADIENT, alpha=0.15, linewidth=0
    )
    axes.plot(found.steps / _scale(record), found.smoothed, color=Ink.GRADIENT)
    if len(found.low) and found.low.min() > 0 and found.high.max() > 30 * found.low.min():
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")  # the usual one is a formula
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.set_ylim(bottom=0)


def _marks(axes: Axes, record: Record, edits: Sequence[ReportedEdit]) -> None:
    """An upright line and the number of each edit, and the name of the level axis."""
    scale = _scale(record)
    axes.set_xlim(0, max(record.steps, 1) / scale)
    axes.set_xlabel("epochs" if scale > 1 else "steps")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    at: dict[int, list[str]] = {}
    for edit in edits:
        at.setdefault(edit.step, []).append(str(edit.number))
    for step, numbers in at.items():
        axes.axvline(step / scale, color=Ink.MARK, linestyle=":", linewidth=1)
        axes.annotate(
            ",".join(numbers),
            (step / scale, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(2, -2),
            textcoords="offset points",
            color=Ink.MARK,
            fontsize=8,
            va="top",
        )
