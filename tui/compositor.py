"""Paints of each widget only the lines of which something is seen, where Textual (8.2) paints all of every widget.

Textual renders every visible widget as a whole for each paint, also containers that their contents cover and what
stands beside the cells that changed, and then throws away what is not shown. Here the columns of each line that are
still open are kept, front to back, and what has no part in them is not rendered; of a container, whose lines are all
alike, one is. What is painted is the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.widgets.bare_lines import BareLines

Columns = int
"""A set of columns: bit n stands for column n."""

_LINE_BY_LINE = {Widget.render_lines, BareLines.render_lines}
"""What renders any lines of a widget by themselves; others, such as a picture, are asked for all that is in sight."""

_DRAWS_NOTHING = (Widget.render_lines, Widget.render_line, Widget.render)


class OpenCompositor(Compositor):
    """Textual's compositor with a paint that keeps track of what is still open."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """Paint what was asked for since the last time; None where that is nothing."""
        regions = self._dirty_regions.copy()
        self._dirty_regions.clear()
        if not regions:
            return None
        spans = list(self._regions_to_spans(regions))
        open_columns: dict[int, Columns] = {}
        for y, x1, x2 in spans:
            open_columns[y] = open_columns.get(y, 0) | _columns(x1, x2)
        return ChopsUpdate(self._fill(open_columns), spans, [line[1:] for line in self.cuts])

    def _render_chops(
        self, crop: Region, is_rendered_line: Callable[[int], bool]
    ) -> Sequence[Mapping[int, Strip]]:
        columns = _columns(crop.x, crop.right)
        return self._fill({y: columns for y in crop.line_range if is_rendered_line(y)})

    def _fill(self, open_columns: dict[int, Columns]) -> Sequence[Mapping[int, Strip]]:
        """For each line of the screen its strips by the column that they begin in, where they were open."""
        chops: list[dict[int, Strip | None]] = [dict.fromkeys(line[:-1]) for line in self.cuts]
        for widget, (region, clip) in self.visible_widgets.items():
            shown = region.intersection(clip)
            columns = _columns(shown.x, shown.right)
            wanted = [y for y in shown.line_range if open_columns.get(y, 0) & columns]
            if not wanted:
                continue
            top, strips = _rendered(widget, region, shown, wanted)
            for y in wanted:
                if y - top < len(strips):
                    strip = strips[y - top]
                    _place(strip, shown.x, shown.right, self.cuts[y], chops[y])
                    if strip.cell_length >= shown.width:
                        open_columns[y] &= ~columns
        return cast("Sequence[Mapping[int, Strip]]", chops)


def _place(strip: Strip, start: int, end: int, cuts: list[int], line: dict[int, Strip | None]) -> None:
    """Cut a widget's strip where others begin and end, and keep what nothing before it covers."""
    first, last = bisect_left(cuts, start), bisect_left(cuts, end)
    if last == first + 1 and strip.cell_length == end - start:
        if line.get(start) is None:
            line[start] = strip
        return
    pieces = strip.divide([cut - start for cut in cuts[first + 1 : last + 1]])
    for cut, piece in zip(cuts[first:last], pieces, strict=False):
        if line.get(cut) is None:
            line[cut] = piece


def _columns(start: int, end: int) -> Columns:
    return (1 << end) - (1 << start)


def _rendered(widget: Widget, region: Region, shown: Region, wanted: list[int]) -> tuple[int, list[Strip]]:
    """Lines of a widget with the screen's line that the first of them is."""
    top, bottom = shown.y, shown.bottom
    if type(widget).render_lines in _LINE_BY_LINE:
        top, bottom = wanted[0], wanted[-1] + 1
    height = bottom - top
    drawn = 1 if _is_even(widget) else height
    crop = Region(shown.x - region.x, top - region.y, shown.width, drawn)
    return top, widget.render_lines(crop) * (height // drawn)


def _is_even(widget: Widget) -> bool:
    """Whether all lines of a widget look alike: a container's, without an edge above or below."""
    its, styles = type(widget), widget.styles
    if (its.render_lines, its.render_line, its.render) != _DRAWS_NOTHING or not widget.is_container:
        return False
    edges = (styles.border_top, styles.border_bottom, styles.outline_top, styles.outline_bottom)
    return not styles.has_rule("keyline") and not any(edge for edge, _ in edges)
