"""Plots drawn in characters by plotext; the one file that owns it.

plotext has a single master figure, so every draw clears it. A plot comes in as values and goes out as rows of
(pen, characters); which colours the pens have is the caller's choice, and plotext's palette numbers only carry them.
It is imported by `prepare` or with the first plot, not before.
"""

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Any


class Pen(IntEnum):
    """What a character of a plot belongs to."""

    FRAME = 0
    TRAIN = 1
    VALIDATION = 2
    MARK = 3
    OTHER = 4
    GRID = 5


@dataclass(frozen=True, slots=True)
class Curve:
    """Points in the plot's coordinates, drawn as a line of dots (`marker` empty) or one character a point.

    What the dots of lines are made of is `line_marker`'s: braille, halves and quarters of a cell, or ASCII.
    """

    xs: Sequence[float]
    ys: Sequence[float]
    pen: Pen
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """Limits of an axis and its labelled positions."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]


Row = list[tuple[Pen, str]]
_CODES = re.compile(r"\x1b\[([\d;]*)m")


def draw(
    width: int,
    height: int,
    x: Axis,
    y: Axis,
    curves: Sequence[Curve],
    marks: Sequence[float] = (),
    grid: Sequence[float] = (),
) -> list[Row]:
    """Draw the curves, and an upright line at each mark and faintly at `grid`, in `width` × `height` characters."""
    plotext = _plotext()
    figure = plotext.figure
    figure.clear()
    figure.plot_size(width, height)
    figure.axes(False, axis="x", side="upper")  # noqa: FBT003
    figure.axes(False, axis="y", side="right")  # noqa: FBT003
    for name, axis in (("x", x), ("y", y)):
        ruler = figure.ruler(name)
        ruler.lim(axis.low, axis.high)
        ruler.ticks([position for position, _ in axis.ticks], [label for _, label in axis.ticks])
    for place in grid:
        figure.line(place, orientation="v", pixel=plotext.pixel(int(Pen.GRID)), style="dotted")
    for mark in marks:
        figure.line(mark, orientation="v", pixel=plotext.pixel(int(Pen.MARK)), style="dotted")
    for curve in curves:
        figure.draw(_signal(plotext, curve))
    return [_row(line) for line in figure.build().string().rstrip("\n").split("\n")]


LINE_MARKERS = {"braille": "braille", "blocks": "hd", "ascii": "*"}
"""What lines can be drawn with, and plotext's name for it."""


def line_marker() -> str:
    """The plotext marker for lines: ``THAW_CHARTS`` (braille, blocks, ascii), else the finest that the terminal has.

    The Linux console's font has no braille; where the locale is no UTF-8, only ASCII arrives.
    """
    chosen = LINE_MARKERS.get(os.environ.get("THAW_CHARTS", ""))
    if chosen:
        return chosen
    if "utf" not in (sys.__stdout__.encoding if sys.__stdout__ else "utf-8").lower():
        return LINE_MARKERS["ascii"]
    return LINE_MARKERS["blocks" if os.environ.get("TERM") == "linux" else "braille"]


def prepare() -> None:
    """Import plotext (about a tenth of a second); from a thread, so that no key waits for it."""
    _plotext()


def is_prepared() -> bool:
    """Whether a plot can be drawn at once."""
    return _plotext.cache_info().currsize > 0


@cache
def _plotext() -> Any:
    import plotext

    plotext.terminal.limit(False, False)  # noqa: FBT003
    return plotext


def _signal(plotext: Any, curve: Curve) -> Any:
    pen = plotext.pixel(int(curve.pen))
    marker = plotext.marker(curve.marker or line_marker(), pen)
    return plotext.figure.signal(list(curve.xs), list(curve.ys), marker=marker).lines(not curve.marker)


def _row(line: str) -> Row:
    """Split a line at its colour codes; of these only a foreground that is a pen counts."""
    pieces = _CODES.split(line)
    row: Row = [(Pen.FRAME, pieces[0])] if pieces[0] else []
    pen = Pen.FRAME
    for codes, text in zip(pieces[1::2], pieces[2::2], strict=True):
        pen = _pen(codes, pen)
        if text:
            row.append((pen, text))
    return row


def _pen(codes: str, before: Pen) -> Pen:
    if codes in ("", "0"):
        return Pen.FRAME
    kind, _, number = codes.rpartition(";")
    known = kind == "38;5" and number.isdigit() and int(number) in Pen._value2member_map_
    return Pen(int(number)) if known else before
