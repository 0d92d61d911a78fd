"""Many floats in few bytes: the upper halves of 32-bit numbers (bfloat16), lowest byte first.

Eight bits of precision (0.4 %) over the whole range of a float, for figures that are looked at and not computed with.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable
from math import nan

_HALF = 0x8000
"""Added before the lower half is cut off, it rounds to the nearest."""


def packed(values: Iterable[float | None]) -> bytes:
    """Two bytes for each number, None as not-a-number."""
    whole = array("I", array("f", (nan if value is None else value for value in values)).tobytes())
    return _little(array("H", (min(bits + _HALF, 0xFFFFFFFF) >> 16 for bits in whole))).tobytes()


def unpacked(halves: bytes) -> array[float]:
    """The numbers of `packed`; an odd last byte is passed over."""
    upper = _little(array("H", halves[: len(halves) // 2 * 2]))
    return array("f", array("I", (bits << 16 for bits in upper)).tobytes())


def _little(values: array[int]) -> array[int]:
    if sys.byteorder == "big":
        values.byteswap()
    return values
