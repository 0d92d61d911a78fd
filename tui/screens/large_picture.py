"""One picture as large as the terminal allows: in its own graphics where it has them, else in half blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import graphics
from tui.widgets.picture import picture_text
from workbench.errors import ThawError
from workbench.protocol import Prediction, Thumbnail
from workbench.run import RunFolder
from workbench.safe_text import inert

if TYPE_CHECKING:
    from tui.app import ThawApp

PIXELS = 320
"""The side that is asked for where the terminal draws pixels."""
FRAME = (6, 8)
"""Columns and rows that the box and the words around the picture take."""


class LargePicture(ModalScreen[None]):
    """A picture with what it is and what it was taken for."""

    DEFAULT_CSS = """
    LargePicture { align: center middle; }
    LargePicture > Vertical {
        width: auto; height: auto; max-width: 98%; max-height: 98%; padding: 0 1; background: $surface;
        border: round $primary;
    }
    LargePicture Static { width: auto; }
    LargePicture Image { width: auto; height: 80vh; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,space", "dismiss(None)", "Close", id="picture.close"),
    ]

    def __init__(self, run: RunFolder, split: str, one: Prediction) -> None:
        super().__init__()
        self._run = run
        self._split = split
        self._one = one

    def compose(self) -> ComposeResult:
        """The words, and the picture once it is there."""
        one = self._one
        verdict = "✓ right" if one.label == one.predicted else f"✗ taken for {one.predicted}"
        words = inert(f"{one.label} · {verdict} at {100 * one.probability:.1f} %")
        with Vertical() as box:
            box.border_subtitle = "esc closes"
            yield Static(Text(words, style="bold"))
            yield Static(Text(inert(one.file), style="dim"))
            yield Static("loading …", id="large")

    def on_mount(self) -> None:
        """Ask for the picture."""
        self._fetch()

    @property
    def _side(self) -> int:
        """Pixels a side: what the screen holds in half blocks, or what graphics deserve."""
        if graphics.has_graphics():
            return PIXELS
        columns, rows = self.app.size
        return max(8, min(columns - FRAME[0], 2 * (rows - FRAME[1])))

    @work(exclusive=True)
    async def _fetch(self) -> None:
        app = cast("ThawApp", self.app)
        try:
            found = await app.engine.ask_for(
                list[Thumbnail],
                "thumbnails",
                run=str(self._run.path),
                split=self._split,
                files=[self._one.file],
                size=self._side,
            )
        except ThawError as error:
            self.query_one("#large", Static).update(Text(str(error)))
            return
        if not found or not found[0].width:
            self.query_one("#large", Static).update("the picture can't be read")
        elif graphics.has_graphics():
            await self.query_one("#large").remove()
            await self.query_one(Vertical).mount(graphics.image_widget(found[0]))
        else:
            self.query_one("#large", Static).update(picture_text(found[0]))
