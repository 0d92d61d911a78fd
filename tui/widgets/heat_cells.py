"""How heat looks in a row of the tree: a block as high as it is hot, the figure beside it, and a colour.

The figure and the block say all; the colour, one of the terminal's own, only helps to find them. A gradient is
measured against the whole model's, an update against the weights that it changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

from rich.style import Style

from tui.heat import Warmth

BLOCKS = "▁▂▃▄▅▆▇█"
COLOURS = ("blue", "blue", "cyan", "cyan", "green", "green", "yellow", "red")
GRADIENT_DECADES = 4
"""The lowest block stands for a gradient of a ten-thousandth of the whole model's, or less."""

RATIO_SPAN = (-5, -1)
"""Powers of ten of ‖Δw‖/‖w‖ at the lowest and the highest block; about -3 is what trains well."""

Cell = tuple[str, Style]
NOTHING: Cell = ("", Style())


def gradient_cell(warmth: Warmth | None, whole: Warmth | None) -> Cell:
    """A row's gradient norm, as hot as its part in the norm of the whole model's gradient."""
    if warmth is None or whole is None:
        return NOTHING
    if not warmth.gradient or not whole.gradient:
        return _cell(0, warmth.gradient)
    decades = log10(warmth.gradient / whole.gradient)
    return _cell(1 + decades / GRADIENT_DECADES, warmth.gradient)


def update_cell(warmth: Warmth | None) -> Cell:
    """How far the last step that was looked at moved a row's weights, relative to them."""
    ratio = warmth.ratio if warmth is not None else None
    if ratio is None:
        return NOTHING
    if not ratio:
        return _cell(0, ratio)
    low, high = RATIO_SPAN
    return _cell((log10(ratio) - low) / (high - low), ratio)


def _cell(heat: float, value: float) -> Cell:
    level = round(max(0.0, min(1.0, heat)) * (len(BLOCKS) - 1))
    return f"{BLOCKS[level]} {figure(value)}", Style(color=COLOURS[level])


def figure(value: float) -> str:
    """A norm with two digits in at most six characters: ``0.12``, ``340``, ``1.2e-5``."""
    if value == 0:
        return "0"
    if 0.01 <= value < 1000:
        return f"{value:.0f}" if value >= 100 else f"{value:.2g}"
    digits, _, exponent = f"{value:.1e}".partition("e")
    return f"{digits}e{int(exponent)}"


def sparkline(values: Sequence[float], width: int) -> str:
    """The way of positive figures in so many cells, on a logarithmic scale between the lowest and the highest."""
    shown = [value for value in values if value > 0]
    if not shown:
        return ""
    cells = min(width, len(shown))
    points = [log10(shown[cell * len(shown) // cells]) for cell in range(cells - 1)] + [log10(shown[-1])]
    low, high = min(points), max(points)
    spread = (high - low) or 1.0
    return "".join(BLOCKS[round((point - low) / spread * (len(BLOCKS) - 1))] for point in points)


def histogram(counts: Sequence[int], bars: int) -> str:
    """Counts as blocks, neighbours together where there are more than bars; what is there at all is never nothing."""
    each = max(1, -(-len(counts) // bars))
    counts = [sum(counts[start : start + each]) for start in range(0, len(counts), each)]
    most = max(counts, default=0)
    return "".join(BLOCKS[round(count / most * (len(BLOCKS) - 1))] if count else " " for count in counts)
