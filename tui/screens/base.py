"""What the six screens share: the status bar above, the footer below, and the hooks for what changes.

A screen fills in `body` and the hooks that it needs; when it is shown again it gets both, because it was not told
of changes while another one was active.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.events import ScreenResume
from textual.geometry import Size
from textual.screen import Screen

from tui.compositor import OpenCompositor
from tui.garbage import leave_out_what_is_loaded
from tui.messages import DraftChanged, RunChanged
from tui.widgets.hint_line import HintLine
from tui.widgets.key_bar import KeyBar
from tui.widgets.status_bar import StatusBar

NOTHING_OPEN = (
    "No session is open.\n\nctrl+o opens a folder of images, a session or a run; 1 goes back to the start."
)

if TYPE_CHECKING:
    from tui.app import ThawApp


class ThawScreen(Screen[None]):
    """A screen of the workbench; `NUMBER` is the key that shows it, `LABEL` its name in the status bar.

    `resuming` is set while the hooks are called because the screen is shown again: what takes long to draw may then
    come after the first paint, which is what the key is waited for.
    """

    NUMBER: ClassVar[int] = 0
    LABEL: ClassVar[str] = ""

    DEFAULT_CSS = """
    ThawScreen { layout: vertical; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._compositor = OpenCompositor()
        self._was_shown = False
        self.resuming = False
        if self.app.screen_stack:
            # The styles of a screen that comes later are those in force. Textual (8.2) takes it for one that missed a
            # change of theme: it parses all styles anew when the screen is shown first, and when it is shown again.
            self._css_update_count = self.app._css_update_count  # noqa: SLF001

    @property
    def thaw(self) -> ThawApp:
        """The app, with its draft and its attached run."""
        return cast("ThawApp", self.app)

    def compose(self) -> ComposeResult:
        """The status bar, what the screen is about, a hint for those who are new to it, and the footer."""
        yield StatusBar(self.NUMBER)
        yield from self.body()
        yield HintLine()
        yield KeyBar()

    def hand_over(self, take: Callable[[], None]) -> None:
        """In a thread: have the loop call `take`; where the workbench is left meanwhile, nothing calls it."""

        def take_if_here() -> None:
            if self.is_attached and not self._closing:
                take()

        if self.is_attached:
            self.app.call_from_thread(take_if_here)

    def body(self) -> ComposeResult:
        """What stands between the status bar and the footer."""
        yield from ()

    def run_changed(self) -> None:
        """Show the attached run's view anew (``self.thaw.attached`` may be None)."""

    def draft_changed(self) -> None:
        """Show the draft anew (``self.thaw.draft`` may be None)."""

    def on_run_changed(self, _: RunChanged) -> None:
        """Pass new events on to the status bar and to the hook."""
        self.query_one(StatusBar).show(self.thaw)
        self.run_changed()

    def on_draft_changed(self, _: DraftChanged) -> None:
        """Pass a changed draft on to the status bar and to the hook."""
        self.query_one(StatusBar).show(self.thaw)
        self.draft_changed()

    def show_hint(self) -> None:
        """Show the screen's hint, or none once its key was used."""
        self.query_one(HintLine).show(self.thaw, self.LABEL)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Catch up with everything that changed while another screen was shown."""
        # Styles follow a new theme by themselves; looking all of them up again would be half of the switch.
        event.refresh_styles = False
        if not self._was_shown:
            self._was_shown = True
            # Textual (8.2) would lay a screen without a size out and paint it before the hooks have filled it in; its
            # parts, which have just been mounted, ask for both anyway.
            self._size = self.app.size
            self.call_after_refresh(leave_out_what_is_loaded)
        self.query_one(StatusBar).show(self.thaw)
        self.show_hint()
        self.resuming = True
        self.draft_changed()
        self.run_changed()
        self.resuming = False

    def _on_timer_update(self) -> None:
        """Lay out and paint; what is to be painted as a whole is painted once, not in parts first (Textual 8.2)."""
        if self._layout_required and self._repaint_required:
            self._repaint_required = False
            self._compositor._dirty_regions.add(self.outer_size.region)  # noqa: SLF001
        super()._on_timer_update()

    def _screen_resized(self, size: Size) -> None:
        """Lay a screen that is shown again out for another size only; Textual (8.2) does it whenever the mode changes.

        What asks for a layout while the screen is out of sight gets it with the first paint anyway.
        """
        if size != self.outer_size or not self.thaw.switching:
            super()._screen_resized(size)
