"""One line of styled text, drawn without what Textual (8.2) does for texts that wrap, which is most of their cost."""

from __future__ import annotations

from rich.text import Text
from textual.strip import Strip
from textual.widget import Widget


class TextLine(Widget):
    """A widget one line high; what it says is cut with an ellipsis where there is no room."""

    ALLOW_SELECT = False

    def render(self) -> Text:
        """What to say, at the present width."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """The line, in the widget's own style where the text has none."""
        width, style = self.content_size.width, self.rich_style
        if y:
            return Strip.blank(width, style)
        text = self.render().copy()
        text.truncate(width, overflow=text.overflow or "ellipsis")
        return Strip(text.render(self.app.console)).apply_style(style).adjust_cell_length(width, style)
