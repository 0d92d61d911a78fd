"""matplotlib's SVG made part of a page: colours become the page's own, so that it turns dark with it.

A chart is drawn in stand-in colours, one for each role; in the text of the picture they become CSS variables. Ids get
a prefix, since a page has many charts and may hold an id only once.
"""

import io
import re
from collections.abc import Callable
from enum import StrEnum
from html import escape
from typing import Any, cast

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure


class Ink(StrEnum):
    """Roles of a chart's colours, as the stand-ins that are drawn with."""

    TEXT = "#010a01"
    FRAME = "#010a02"
    TRAIN = "#010a03"
    VALIDATION = "#010a04"
    RATE = "#010a05"
    GRADIENT = "#010a06"
    MARK = "#010a07"


SETTINGS = {
    "svg.fonttype": "none",
    "svg.hashsalt": "thaw",
    "text.parse_math": False,  # names of classes and patterns are no formulas
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": Ink.TEXT,
    "axes.labelcolor": Ink.TEXT,
    "axes.edgecolor": Ink.FRAME,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": Ink.FRAME,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.6,
    "xtick.color": Ink.FRAME,
    "ytick.color": Ink.FRAME,
    "xtick.labelcolor": Ink.TEXT,
    "ytick.labelcolor": Ink.TEXT,
    "lines.linewidth": 1.6,
}


def as_svg(draw: Callable[[Axes], None], title: str, inches: tuple[float, float], prefix: str) -> str:
    """What `draw` draws, as an ``svg`` element with a title for readers of the screen; ids begin with `prefix`."""
    # rc_context alone would mix in the user's own matplotlibrc.
    with mpl.rc_context():
        mpl.rcdefaults()
        cast("Any", mpl.rcParams).update(SETTINGS)  # typed by each of its names
        figure = Figure(figsize=inches, layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure.add_subplot())
        text = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(text, format="svg", transparent=True, metadata=nothing)
    return _as_part(text.getvalue(), title, prefix)


def _as_part(text: str, title: str, prefix: str) -> str:
    svg = text[text.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{prefix}-", svg)
    svg = re.sub(r'^<svg ([^>]*?)width="[^"]*"', r"<svg \1", svg, count=1)
    svg = re.sub(r'^<svg ([^>]*?)height="[^"]*"', r"<svg \1", svg, count=1)
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{escape(title)}" ', 1)
    for ink in Ink:
        svg = svg.replace(ink.value, f"var(--{ink.name.lower()})")
    return svg
