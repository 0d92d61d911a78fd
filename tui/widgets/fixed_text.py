"""Text in a place whose size does not depend on it: painted when it says something else, never laid out anew."""

from rich.text import Text
from textual.widgets import Static


class FixedText(Static):
    """One line, or a few, of a fixed height."""

    def say(self, text: Text) -> None:
        """Show this from now on."""
        now = self.content
        if not isinstance(now, Text) or (now, now.style) != (text, text.style):
            self.update(text, layout=False)
