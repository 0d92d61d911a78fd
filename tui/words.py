"""Words that only the screens use: how long ago something was, nouns by number, figures that may be missing, cells."""

import time
from collections.abc import Collection
from pathlib import Path

from rich.cells import cell_len, set_cell_size

from workbench import words
from workbench.safe_text import inert


def percent(fraction: float | None) -> str:
    """A fraction as per cent with one digit, or a dash for None."""
    return "–" if fraction is None else words.percent(fraction)


def ago(moment: float, now: float | None = None) -> str:
    """How long ago a moment (seconds since 1970) was, in its largest unit."""
    seconds = max(0.0, (time.time() if now is None else now) - moment)
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit} ago"
    return "just now"


def plural(number: int, one: str, many: str | None = None) -> str:
    """The count with its noun: 1 image, 2 images."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def short_path(path: Path) -> str:
    """A path as seen from the current folder, or from home, where it lies below one of them."""
    for start, sign in ((Path.cwd(), ""), (Path.home(), "~/")):
        if path.is_absolute() and path.is_relative_to(start):
            return f"{sign}{path.relative_to(start)}"
    return str(path)


def rates(scales: Collection[float], base: float | None) -> str:
    """The rates of parameters with these multipliers: effective ones over a base rate, else the multipliers.

    Of several the highest counts; a multiplier of 1 needs no words.
    """
    if not scales:
        return ""
    several, highest = len(set(scales)) > 1, max(scales)
    if base is not None:
        return ("≤" if several else "") + words.rate(base * highest)
    if several:
        return "×…"
    return "" if highest == 1 else f"×{highest:.3g}"


def sample_columns(screen: int) -> int:
    """Cells across a sample picture on a screen of so many columns."""
    return 16 if screen < 110 else 28


def fitted(text: str, width: int) -> str:
    """The text in exactly `width` cells; what is too long ends in an ellipsis."""
    text = inert(text)
    if cell_len(text) > width:
        text = set_cell_size(text, max(0, width - 1)) + "…"
    return set_cell_size(text, max(0, width))
