"""The field of the path dialog, whose own keys act in the order in which they are typed.

Textual looks for a binding only after the keys behind it have reached the field: letters typed on behind a tab would
be in the text that the tab then completes. So the field looks its keys up itself, and waits for what they do.
"""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Key
from textual.widgets import Input


class PathInput(Input):
    """An input for a path; what its keys do is the dialog's part."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "submit",
            "Take",
            tooltip="Take the chosen entry, or what was typed; a folder with nothing to open is gone into",
            id="path.enter",
        ),
        Binding(
            "tab",
            "screen.complete",
            "Complete",
            tooltip="Complete the path; where it can't be, go into the list, then take the entry",
            id="path.complete",
        ),
        Binding("down", "screen.move(1)", "Choose", key_display="↓ ↑", id="path.down"),
        Binding("up", "screen.move(-1)", "Up", show=False, tooltip="Choose the entry above", id="path.up"),
        Binding("pagedown", "screen.page(1)", "Page down", show=False, id="path.page-down"),
        Binding("pageup", "screen.page(-1)", "Page up", show=False, id="path.page-up"),
        Binding(
            "shift+tab,alt+up",
            "screen.parent",
            "Parent",
            key_display="shift+tab",
            tooltip="Go to the folder above",
            id="path.parent",
        ),
    ]

    def set_text(self, text: str) -> None:
        """Put a text in, with the cursor behind it."""
        self.value = text
        self.cursor_position = len(text)

    async def on_key(self, event: Key) -> None:
        """Act on the keys above at once; all others take their usual way."""
        active = None if event.is_printable else self.screen.active_bindings.get(event.key)
        if active is not None and active.node is self and (active.binding.id or "").startswith("path."):
            event.stop()
            event.prevent_default()
            await self.run_action(active.binding.action)
