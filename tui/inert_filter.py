"""The last gate before the terminal: no line of any widget carries a control character of a file's or class's name.

Widgets show such names with `workbench.safe_text.inert`, which makes the characters visible; this filter holds where
one forgets to. It removes characters that have no width, so that what is laid out stays in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import ANSIToTruecolor, LineFilter

from workbench.safe_text import has_unsafe, without_unsafe


class InertFilter(LineFilter):
    """Takes unsafe characters out of every segment of text; Textual's own control segments stay.

    `others` come first: all in one, because Textual (8.2) makes a strip with seven caches for each filter and line.
    """

    def __init__(self, others: Sequence[LineFilter] = ()) -> None:
        super().__init__()
        self.others = others

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The line without unsafe characters; nearly every line has none and stays as it is."""
        for other in self.others:
            if not isinstance(other, ANSIToTruecolor) or not all(
                style is None or _has_true_colours(style) for _, style, _ in segments
            ):
                segments = other.apply(segments, background)
        if not has_unsafe("".join([text for text, _, _ in segments])):
            return segments
        return [
            segment if segment.control else Segment(without_unsafe(segment.text), segment.style)
            for segment in segments
        ]


@lru_cache(1 << 14)
def _has_true_colours(style: Style) -> bool:
    """Whether a style has no colour of the terminal's palette, and is not dim: Textual's filter would not change it.

    It remembers 1,024 styles, and a screen with pictures has more.
    """
    return not style.dim and all(
        colour is None or colour.triplet is not None for colour in (style.color, style.bgcolor)
    )
