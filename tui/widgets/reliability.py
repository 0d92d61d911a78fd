"""Calibration in characters: for each bin of confidence how often the model was right, beside what it claimed.

A bar is the accuracy, the sign in it the mean confidence: where they meet, the model knows what it knows.
"""

from typing import ClassVar

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip

from tui.widgets.styled_lines import StyledLines
from workbench.calibration import Bin, Calibration
from workbench.words import percent

FIGURES = 38
"""Cells of the figures before a bar."""
CLAIM = "◆"


class Reliability(StyledLines, can_focus=True):
    """One line a bin that has images, the surest above."""

    PART = "reliability--"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "reliability--title",
        "reliability--right",
        "reliability--rest",
        "reliability--claim",
    }
    DEFAULT_CSS = """
    Reliability { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }
    Reliability > .reliability--title { color: $foreground 70%; text-style: bold; }
    Reliability > .reliability--right { color: $success; }
    Reliability > .reliability--rest { color: $foreground 30%; }
    Reliability > .reliability--claim { color: $text-warning; text-style: bold; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id)
        self._found: Calibration | None = None
        self._bins: list[Bin] = []

    def show(self, found: Calibration | None) -> None:
        """Show a calibration."""
        if found is not self._found:
            self._found = found
            self._bins = [one for one in reversed(found.bins) if one.images] if found else []
            self.virtual_size = Size(self.size.width, len(self._bins) + 3)
            self.refresh()

    def caption(self) -> str:
        """The error that the bins sum to, in words."""
        found = self._found
        if found is None or not self._bins:
            return "no predictions"
        way = "over" if found.overconfidence > 0 else "under"
        return (
            f"expected calibration error {percent(found.expected_error)} · "
            f"{way}confident by {percent(abs(found.overconfidence))} · largest bin {percent(found.largest_error)}"
        )

    def render_line(self, y: int) -> Strip:
        """The title, a bin, or what the signs mean."""
        place = y + int(self.scroll_offset.y)
        width = self.line_width
        room = max(10, width - FIGURES - 2)
        if place == 0:
            scale = f"0 %{'50 %':>{room // 2}}{'100 %':>{room - room // 2 - 3}}"
            text = f"{'probability':>13}{'images':>9}{'says':>7}{'right':>8} {scale}"
            return self._whole(text, "title")
        if place <= len(self._bins):
            return self._bin(self._bins[place - 1], room).adjust_cell_length(width, self.base)
        if place == len(self._bins) + 2 and self._bins:
            return self._whole(f"  █ how often it is right   {CLAIM} how sure it is on average", "title")
        return Strip.blank(width, self.base)

    def _whole(self, text: str, part: str) -> Strip:
        return Strip([Segment(text, self.part(part))]).adjust_cell_length(self.line_width, self.base)

    def _bin(self, one: Bin, room: int) -> Strip:
        says, right = 100 * one.confidence, 100 * one.accuracy
        figures = f"{one.low:>8.2f}–{one.high:.2f}{one.images:>9,}{says:>7.1f}{right:>8.1f} "
        filled = round(one.accuracy * room)
        claimed = min(room - 1, round(one.confidence * room))
        cells = [("█", "right") if place < filled else ("·", "rest") for place in range(room)]
        cells[claimed] = (CLAIM, "claim")
        return Strip([Segment(figures, self.base), *(Segment(sign, self.part(part)) for sign, part in cells)])
