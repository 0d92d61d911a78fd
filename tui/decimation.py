"""Long series made short enough to draw: a bin for each dot of the chart, and smoothing over the bins.

A million steps stay cheap: blocks of 64 steps are reduced once, when they are complete, and later draws read the
blocks. How bins look is the chart's part.
"""

from array import array
from collections.abc import Iterator, Sequence
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
    """Means and extremes of each 64 steps of a series that grows at its end or is cut and grows again.

    Extremes take five times as long as means; without `extremes` they are the means.
    """

    def __init__(self, *, extremes: bool = True) -> None:
        self.extremes = extremes
        self._means = array("d")
        self._lows = array("d") if extremes else self._means
        self._highs = array("d") if extremes else self._means

    def follow(self, series: "array[float]") -> bool:
        """Take in complete blocks, at most 50,000 steps of them; True where more are left for another call."""
        whole = len(series) // BLOCK
        for reduced in (self._means, self._lows, self._highs):
            del reduced[whole:]
        end = min(whole, len(self._means) + CHUNK // BLOCK)
        for block in _blocks(series, len(self._means), end):
            self._means.append(_mean(block))
            if self.extremes:
                low, high = _extremes(block)
                self._lows.append(low)
                self._highs.append(high)
        return end < whole

    def bins(self, series: "array[float]", count: int, first: int = 0, last: int | None = None) -> list[Bin]:
        """Sum up the steps from `first` to before `last` in at most about `count` bins, without holes."""
        end = len(series) if last is None else min(last, len(series))
        if end - first <= count * BLOCK:
            part = series[first:end]
            return self._bins(part, part, part, 1, -(-len(part) // max(1, count)), first)
        blocks = slice(first // BLOCK, -(-end // BLOCK))
        means, lows, highs = self._means[blocks], self._lows[blocks], self._highs[blocks]
        size = -(-len(means) // max(1, count))
        return self._bins(means, lows, highs, BLOCK, size, first // BLOCK * BLOCK)

    def _bins(
        self,
        means: "array[float]",
        lows: "array[float]",
        highs: "array[float]",
        steps: int,
        size: int,
        first: int,
    ) -> list[Bin]:
        found: list[Bin] = []
        for start in range(0, len(means), max(1, size)):
            end = min(len(means), start + size)
            mean = low = high = _mean(means[start:end].tolist())
            if isnan(mean):
                continue
            if self.extremes:
                low, high = _extremes([*lows[start:end], *highs[start:end]])
            middle = first + ((start + end) * steps - 1) / 2
            found.append(Bin(middle, (end - start) * steps, mean, low, high))
        return found


def _blocks(series: "array[float]", first: int, end: int) -> Iterator[list[float]]:
    numbers = series[first * BLOCK : end * BLOCK].tolist()
    return (numbers[start : start + BLOCK] for start in range(0, len(numbers), BLOCK))


def _mean(numbers: list[float]) -> float:
    """Of those that are numbers; a sum that is one says that all are."""
    total = sum(numbers)
    if isnan(total):
        numbers = [number for number in numbers if not isnan(number)]
        total = sum(numbers)
    return total / len(numbers) if numbers else float("nan")


def _extremes(numbers: list[float]) -> tuple[float, float]:
    """The lowest and the highest of those that are numbers."""
    ordered = sorted(numbers)  # in half the time of min and max
    if isnan(sum(ordered)):
        ordered = sorted(number for number in numbers if not isnan(number))
    return (ordered[0], ordered[-1]) if ordered else (float("nan"), float("nan"))


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
