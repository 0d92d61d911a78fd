"""Long series made short enough to draw: a bin for each dot of the chart, and smoothing over the bins.

A million steps stay cheap: blocks of 64 steps are reduced once, when they are complete, and later draws read the
blocks. How bins look is the chart's part.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

BLOCK = 64
CHUNK = 50_000
"""Steps that are reduced in a few milliseconds."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Consecutive steps as one: their middle, and mean, lowest and highest of their numbers."""

    middle: float
    steps: int
    mean: float
    low: float
    high: float


class Blocks:
    """Means and extremes of each 64 steps of a series that grows at its end or is cut and grows again."""

    def __init__(self) -> None:
        self._means = array("d")
        self._lows = array("d")
        self._highs = array("d")

    def follow(self, series: "array[float]") -> bool:
        """Take in complete blocks, at most 50,000 steps of them; True where more are left for another call."""
        whole = len(series) // BLOCK
        for reduced in (self._means, self._lows, self._highs):
            del reduced[whole:]
        end = min(whole, len(self._means) + CHUNK // BLOCK)
        first = len(self._means)
        numbers = series[first * BLOCK : end * BLOCK].tolist()
        for start in range(0, len(numbers), BLOCK):
            mean, low, high = _reduce(numbers[start : start + BLOCK])
            self._means.append(mean)
            self._lows.append(low)
            self._highs.append(high)
        return end < whole

    def bins(self, series: "array[float]", count: int, first: int = 0, last: int | None = None) -> list[Bin]:
        """Sum up the steps from `first` to before `last` in at most about `count` bins, without holes."""
        end = len(series) if last is None else min(last, len(series))
        if end - first <= count * BLOCK:
            part = series[first:end]
            return _bins(part, part, part, 1, -(-len(part) // max(1, count)), first)
        blocks = slice(first // BLOCK, -(-end // BLOCK))
        means, lows, highs = self._means[blocks], self._lows[blocks], self._highs[blocks]
        size = -(-len(means) // max(1, count))
        return _bins(means, lows, highs, BLOCK, size, first // BLOCK * BLOCK)


def _bins(
    means: "array[float]",
    lows: "array[float]",
    highs: "array[float]",
    steps: int,
    size: int,
    first: int = 0,
) -> list[Bin]:
    found: list[Bin] = []
    for start in range(0, len(means), max(1, size)):
        end = min(len(means), start + size)
        mean, low, high = _reduce(means[start:end])
        if not isnan(mean):
            if steps > 1:
                low, high = _reduce(lows[start:end])[1], _reduce(highs[start:end])[2]
            middle = first + ((start + end) * steps - 1) / 2
            found.append(Bin(middle, (end - start) * steps, mean, low, high))
    return found


def _reduce(numbers: Sequence[float]) -> tuple[float, float, float]:
    """Mean, minimum and maximum of those that are numbers; a sum that is one says that all are."""
    total = sum(numbers)
    if isnan(total):
        numbers = [number for number in numbers if not isnan(number)]
        total = sum(numbers)
    if not numbers:
        return (float("nan"),) * 3
    ordered = sorted(numbers)  # in half the time of min and max
    return total / len(numbers), ordered[0], ordered[-1]


def smooth(bins: Sequence[Bin], span: float) -> list[float]:
    """The bins' means averaged with exponentially less weight to the past; `span` steps back it is 1/e."""
    smoothed: list[float] = []
    total = weight = 0.0
    for one in bins:
        kept = 2.718281828 ** (-one.steps / span)
        total = total * kept + one.mean * one.steps
        weight = weight * kept + one.steps
        smoothed.append(total / weight)
    return smoothed
