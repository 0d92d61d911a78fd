"""Moving in the model tree by keys: rows, pages, levels, and to a letter.

Nothing here changes what trains; the rows are `tui.widgets.tree_lines`, the edits `tui.widgets.model_tree`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Key

from tui.widgets.tree_lines import TreeLines

if TYPE_CHECKING:
    from tui.app import ThawApp


JUMP_KEY = "apostrophe"


class MovingTree(Vertical):
    """Holds the rows of a tree and moves their cursor; `jumping` while the next key is a letter to jump to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Down", show=False, id="tree.down"),
        Binding("k,up", "move(-1)", "Up", show=False, id="tree.up"),
        Binding("l,right", "open", "Open row", show=False, id="tree.open"),
        Binding("h,left", "close", "Close row", show=False, id="tree.close"),
        Binding("g,home", "move(-1000000)", "First row", show=False, id="tree.first"),
        Binding("G,end", "move(1000000)", "Last row", show=False, id="tree.last"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="tree.page-down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="tree.page-up"),
        Binding("less_than_sign", "fold(-1)", "Fold a level", show=False, key_display="<", id="tree.fold"),
        Binding(
            "greater_than_sign", "fold(1)", "Unfold a level", show=False, key_display=">", id="tree.unfold"
        ),
        Binding(
            JUMP_KEY,
            "jump",
            "Jump",
            show=False,
            key_display="'",
            tooltip="Jump to the next row that begins with the letter typed next",
            id="tree.jump",
        ),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id)
        self.jumping = False

    @property
    def lines(self) -> TreeLines:
        """The rows."""
        return self.query_one(TreeLines)

    def show_note(self) -> None:
        """Let the foot say what there is to say now."""

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self.lines.cursor += rows

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self.lines.cursor += pages * max(1, self.lines.size.height - 1)

    def action_open(self) -> None:
        """Open the row or go into it."""
        self.lines.open_or_enter()

    def action_close(self) -> None:
        """Close the row or go to its parent."""
        self.lines.close_or_leave()

    def action_fold(self, levels: int) -> None:
        """Show more or fewer levels of rows."""
        self.lines.fold(levels)

    def action_jump(self) -> None:
        """Take the next key as the letter to jump to."""
        self.jumping = True
        self.show_note()

    def on_key(self, event: Key) -> None:
        """Take the key that asks for a jump, and the letter after it, in the order in which they were typed.

        A binding runs only after the keys behind it have come here: the letter would be another binding's key.
        """
        if self.jumping:
            event.stop()
            self.jumping = False
            if event.character:
                self.lines.jump(event.character)
            self.show_note()
            return
        keys = cast("ThawApp", self.app).preferences.keys.get("tree.jump", JUMP_KEY).split(",")
        if event.key in keys or event.character in keys:
            event.stop()
            self.action_jump()
