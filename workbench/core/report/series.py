"""Series of a whole run made short enough to draw: means over equal stretches of steps, with their extremes.

A chart a thousand pixels wide shows no more, however many millions of steps were taken.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

POINTS = 500
SMOOTHED_OVER = 25
"""A smoothed curve averages over one in so many of the points."""


@dataclass(frozen=True)
class Stretch:
    """A series in stretches: the middle step of each, its mean, least and largest value, and the smoothed means."""

    steps: NDArray[np.float64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    smoothed: NDArray[np.float64]


def stretched(series: Sequence[float], points: int = POINTS) -> Stretch:
    """The series in at most so many stretches; a stretch of holes only is left out."""
    values = np.asarray(series, dtype=np.float64)
    values = np.where(np.isfinite(values), values, np.nan)
    bounds = np.unique(np.linspace(0, len(values), min(points, max(1, len(values))) + 1).astype(int))
    parts = [values[first:last] for first, last in pairwise(bounds)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a stretch of holes has no mean
        mean, low, high = (
            np.array([measure(part) for part in parts]) for measure in (np.nanmean, np.nanmin, np.nanmax)
        )
    there = np.isfinite(mean)
    steps = ((bounds[:-1] + bounds[1:] - 1) / 2)[there]
    mean, low, high = mean[there], low[there], high[there]
    return Stretch(steps, mean, low, high, _smoothed(mean))


def _smoothed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The running mean over the points around each one, fewer of them at the ends."""
    width = max(1, len(values) // SMOOTHED_OVER) | 1
    if len(values) < 2 * width:
        return values
    ones = np.ones(width)
    return np.convolve(values, ones, "same") / np.convolve(np.ones(len(values)), ones, "same")
