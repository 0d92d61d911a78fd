"""How figures read: fractions, counts, time spans and tables of plain text.

Every place that shows a number to a person (plain lines, the log, the screens) takes its wording from here.
"""

import time
from collections.abc import Sequence

from rich.cells import cell_len

from workbench.safe_text import inert

LONGEST_SPAN = 1000 * 86400
"""Seconds of the longest time span that is told exactly: no training is planned for longer."""


def clock(moment: float) -> str:
    """A moment (seconds since 1970) as its time of day here; dashes where no calendar has such a moment."""
    try:
        return time.strftime("%H:%M:%S", time.localtime(moment))
    except (OverflowError, ValueError, OSError):
        return "--:--:--"


def percent(fraction: float) -> str:
    """A fraction as ``87.3 %``."""
    return f"{100 * fraction:.1f} %"


def share(part: float, whole: float) -> str:
    """A part of a whole as ``0.6 %``; a part that is there never reads as nothing."""
    fraction = part / whole if whole else 0.0
    return "< 0.1 %" if 0 < fraction < 0.001 else percent(fraction)


def count(number: float) -> str:
    """A number of things in at most five characters and a unit: ``912``, ``34.5 K``, ``11.2 M``."""
    for size, unit in ((1e9, "B"), (1e6, "M"), (1e4, "K")):
        if number >= size:
            return f"{number / (1e3 if unit == 'K' else size):.1f} {unit}"
    return f"{number:,.0f}"


def size(number: float) -> str:
    """A number of bytes: ``912 B``, ``34.5 kB``, ``1.2 GB`` (powers of a thousand)."""
    for unit, least in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= least:
            return f"{number / least:.1f} {unit}"
    return f"{number:.0f} B"


def rate(value: float) -> str:
    """A learning rate with two digits in at most seven characters: ``0.0012``, ``3e-4``, ``1.2e-10``."""
    if value == 0 or value >= 0.001:
        return f"{value:.2g}"
    digits, _, exponent = f"{value:.1e}".partition("e")
    return f"{digits.removesuffix('.0')}e{int(exponent)}"


def duration(seconds: float) -> str:
    """A time span in words: ``4.2 s``, ``3 m 05 s``, ``2 h 10 m``; never a negative one."""
    seconds = max(0.0, seconds)
    if seconds > LONGEST_SPAN:
        return f"over {LONGEST_SPAN // 86400:,} days"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} m {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} m"


def columns(rows: Sequence[Sequence[str]], align: str) -> list[str]:
    """Rows as lines with aligned columns, every cell inert; `align` holds ``<`` or ``>`` for each column."""
    rows = [[inert(cell) for cell in row] for row in rows]
    widths = [max(cell_len(row[place]) for row in rows) for place in range(len(align))] if rows else []
    return [
        "  ".join(
            _put(cell, side, width) for cell, side, width in zip(row, align, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _put(cell: str, side: str, width: int) -> str:
    """The text on its side of so many cells of a terminal, of which wide characters take two and accents none."""
    space = " " * (width - cell_len(cell))
    return cell + space if side == "<" else space + cell
