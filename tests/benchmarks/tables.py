"""Figures in columns: medians and percentiles with the number of measurements behind them."""

from collections.abc import Sequence
from statistics import median, quantiles


def heading(title: str, *columns: str) -> None:
    """Print a table's title and the names of its columns."""
    print(f"\n{title}", flush=True)
    line("", *columns)


def line(name: str, *cells: str) -> None:
    """Print one line of a table."""
    print(f"  {name:<44}" + "".join(f"{cell:>14}" for cell in cells), flush=True)


def milliseconds(seconds: float) -> str:
    """Seconds as milliseconds."""
    return f"{1000 * seconds:.1f} ms"


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many percent of the values do not exceed."""
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def middle(values: Sequence[float]) -> float:
    """The median."""
    return median(values)
