"""Widgets whose lines are all there is to them: painted without what Textual (8.2) does around a widget's content.

That, borders, padding, hatching and tints, takes ten times as long as painting a line that the widget has kept.
"""

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class BareLines(Widget):
    """A widget that draws each line as wide as it is; its styles must give it no border, padding, tint or opacity.

    As with any widget, a line that was painted is drawn again only when it was asked for by `refresh`.
    """

    def look_anew(self) -> None:
        """Look everything up again that lines are drawn with; called before some are drawn together."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a part of it; where a scrollbar stands there is nothing."""
        width, background, filters = self.outer_size.width, self.background_colors[1], self.get_line_filters()
        kept = self._kept(width)
        missing = [y for y in crop.line_range if y not in kept]
        if missing:
            self.look_anew()
            style = self.rich_style
            kept |= {y: self.render_line(y).adjust_cell_length(width, style) for y in missing}
        strips = [kept[y] for y in crop.line_range]
        for each in filters:
            strips = [strip.apply_filter(each, background) for strip in strips]
        if crop.column_span != (0, width):
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def _kept(self, width: int) -> dict[int, Strip]:
        """The lines drawn since they were asked for; kept where Textual keeps them, which is told what is stale."""
        cache = self._styles_cache
        if cache._width != width:  # noqa: SLF001
            cache.clear()
            cache._width = width  # noqa: SLF001
        for y in cache._dirty_lines:  # noqa: SLF001
            cache._cache.pop(y, None)  # noqa: SLF001
        cache._dirty_lines.clear()  # noqa: SLF001
        return cache._cache  # noqa: SLF001
