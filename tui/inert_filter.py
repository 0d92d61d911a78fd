"""The last gate before the terminal: no line of any widget carries a control character of a file's or class's name.

Widgets show such names with `workbench.safe_text.inert`, which makes the characters visible; this filter holds where
one forgets to. It removes characters that have no width, so that what is laid out stays in place.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

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
            segments = other.apply(segments, background)
        if not any(has_unsafe(segment.text) for segment in segments):
            return segments
        return [
            segment if segment.control else Segment(without_unsafe(segment.text), segment.style)
            for segment in segments
        ]
