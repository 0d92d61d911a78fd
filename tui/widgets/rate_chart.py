"""The curve of a rate search: the smoothed loss over rates on a logarithmic axis, with the suggestion marked."""

from __future__ import annotations

from math import log10

from textual.strip import Strip

from tui import plotting
from tui.curves import MARGIN
from tui.plotting import Curve, Pen
from tui.ticks import linear_axis, rate_axis
from tui.widgets.plot import Plot
from workbench.protocol import RateSearched
from workbench.rate_curve import rounded, smoothed
from workbench.words import rate


class RateChart(Plot):
    """Drawn once for each size."""

    def __init__(self, searched: RateSearched) -> None:
        super().__init__()
        self._searched = searched

    def on_resize(self) -> None:
        """Draw for the new size."""
        self.draw_soon()

    def notify_style_update(self) -> None:
        """Draw in the new colours."""
        super().notify_style_update()
        self.draw_soon()

    def draw_soon(self) -> None:
        """Draw now, where there is room and the plotting library is there."""
        width, height = self.size
        if width < 2 * MARGIN or height < 5 or not self.is_attached or not plotting.is_prepared():
            return
        self.look_up_styles()
        suggestion = self._searched.suggestion
        marks = [log10(suggestion)] if suggestion else []
        losses = smoothed(self._searched.losses)
        # Where the loss runs away the curve would flatten all before it; the axis ends at twice the start.
        high = min(max(losses), 2 * losses[0])
        x = rate_axis(self._searched.rates[0], self._searched.rates[-1], width - MARGIN)
        y = linear_axis(0.95 * min(losses), 1.05 * high, max(2, height // 4))
        rates = [log10(each) for each in self._searched.rates]
        curve = Curve(rates, [min(loss, y.high) for loss in losses], Pen.TRAIN)
        rows = plotting.draw(width, height - 1, x, y, [curve], marks)
        self._strips = [self._caption(), *(self.plot_line(row) for row in rows)]
        self.refresh()

    def _caption(self) -> Strip:
        parts = [("loss ", self._styles["caption"]), (" ⠤⠔⠒ smoothed", self._styles["train"])]
        if self._searched.suggestion:
            suggestion = f"  ┊ suggested {rate(rounded(self._searched.suggestion))}"
            parts.append((suggestion, self._styles["mark"]))
        parts.append(("  over the learning rate", self._styles["frame"]))
        return self.strip(parts)
