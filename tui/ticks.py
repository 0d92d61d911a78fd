"""Where an axis has its labelled positions, and what stands there.

Positions are round numbers, few enough for the room; a logarithmic axis is one whose positions are exponents of 10.
"""

from math import ceil, floor, isfinite, log10

from tui.plotting import Axis

LABEL_WIDTH = 5
"""Every label of an upright axis has this width, so that the canvas does not move when the numbers do."""


def linear_axis(low: float, high: float, count: int, *, percent: bool = False) -> Axis:
    """An upright axis with about `count` round positions; fractions as percentages where asked."""
    step = _round_step((high - low) / max(1, count))
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    ticks = [(index * step, _label(index * step, step, percent=percent)) for index in range(first, last + 1)]
    return Axis(low, high, tuple(ticks))


def log_axis(low: float, high: float, count: int) -> Axis:
    """An upright axis in powers of ten over positive limits.

    Labelled at 1, 2 and 5 times each power, or only at the powers where that is too many.
    """
    exponents = range(floor(log10(low)), ceil(log10(high)) + 1)
    values = [digit * 10.0**exponent for exponent in exponents for digit in (1, 2, 5)]
    shown = [value for value in values if low <= value <= high]
    powers = (
        shown if len(shown) <= count + 1 else [value for value in shown if f"{value:e}".startswith("1.0")]
    )
    chosen = powers if len(powers) > 1 else shown
    ticks = [(log10(value), f"{value:.2g}".rjust(LABEL_WIDTH)) for value in chosen]
    return Axis(log10(low), log10(high), tuple(ticks))


def rate_axis(low: float, high: float, room: int) -> Axis:
    """A level axis of learning rates in powers of ten, labelled at as many powers as `room` characters hold."""
    first, last = log10(low), log10(high)
    powers = range(ceil(first - 1e-9), floor(last + 1e-9) + 1)
    every = max(1, ceil(len(powers) * 8 / max(1, room)))
    return Axis(first, max(last, first + 0.1), tuple((power, f"1e{power}") for power in powers[::every]))


def step_axis(end: int, steps_per_epoch: int, room: int, start: int = 0) -> Axis:
    """A level axis from step `start` to `end` in `room` characters: epochs where two of them end on it, else steps."""
    unit = steps_per_epoch if counts_epochs(end - start, steps_per_epoch) else 1
    first, last = start / unit, end / unit
    label_room = len(f"{floor(last):,}") + 4
    step = max(1, round(_round_step((last - first) * label_room / max(1, room))))
    ticks = [
        (index * unit, f"{index:,}") for index in range(ceil(first / step) * step, floor(last) + 1, step)
    ]
    return Axis(start, max(start + 1, end), tuple(ticks))


def rate_label(value: float) -> str:
    """A small number in as many characters as a label has; blank where no short form is exact."""
    digits, _, power = f"{value:e}".partition("e")
    short = f"{float(digits):g}e{int(power)}"
    fits = next((text for text in (f"{value:.5g}", short) if len(text) <= LABEL_WIDTH), "")
    return fits.rjust(LABEL_WIDTH)


def counts_epochs(end: int, steps_per_epoch: int) -> bool:
    """Whether a level axis that ends there is labelled with epochs rather than steps."""
    return bool(steps_per_epoch) and end >= 2 * steps_per_epoch


def _round_step(least: float) -> float:
    """Find the smallest of 1, 2, 2.5, 5 times a power of ten that is no less."""
    if not isfinite(least) or least <= 0:
        return 1.0
    power = 10.0 ** floor(log10(least))
    return next(
        (factor * power for factor in (1, 2, 2.5, 5) if factor * power >= least * (1 - 1e-9)), 10 * power
    )


def _label(value: float, step: float, *, percent: bool) -> str:
    if percent:
        return f"{100 * value:.0f}%".rjust(LABEL_WIDTH)
    decimals = max(0, min(3, -floor(log10(step) + 1e-9)))
    if decimals and round(step * 10**decimals, 6) % 1:
        decimals = min(3, decimals + 1)
    text = f"{value:.{decimals}f}" if abs(value) < 10_000 else f"{value:.0e}".replace("e+0", "e")
    return text.rjust(LABEL_WIDTH)
