"""The curve of a learning-rate search as people and programs read it.

The search itself is `workbench.core.rate_search`'s; how the curve is drawn is the screens' part.
"""

from collections.abc import Iterable

KEPT = 0.8
"""The share of the average that each loss leaves as it was."""


def smoothed(losses: Iterable[float]) -> list[float]:
    """The exponential average of the losses, which starts at the first one."""
    found: list[float] = []
    for loss in losses:
        found.append(KEPT * found[-1] + (1 - KEPT) * loss if found else loss)
    return found


def rounded(suggestion: float) -> float:
    """A suggested rate with the two digits that a search can justify."""
    return float(f"{suggestion:.2g}")
