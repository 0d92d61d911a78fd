"""The workbench: the six screens, the keys that work everywhere, how it starts and how it is left.

It composes; what is done with runs, drafts and files is in `tui.run_actions`, `tui.draft_actions`,
`tui.save_actions` and `tui.proof_actions`, over what `tui.holding` holds; what concerns the terminal in `tui.citizen`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from textual import work
from textual.actions import ActionParseResult
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.dom import DOMNode
from textual.events import Resize
from textual.filter import LineFilter
from textual.geometry import Size
from textual.screen import Screen

from tui import screens
from tui.citizen import Citizen
from tui.client import Engine
from tui.hints import Hints
from tui.inert_filter import InertFilter
from tui.loading import modules_of
from tui.preferences import Preferences
from tui.screens.base import ThawScreen
from tui.screens.welcome import WelcomeScreen
from tui.single_layout import lay_out_once

SMALLEST = (60, 16)
"""Columns and rows below which the screens would break."""


def _screen(module: str, name: str) -> Callable[[], Screen[Any]]:
    """A screen that is imported when it is shown first."""

    def make() -> Screen[Any]:
        screen: Screen[Any] = getattr(import_module(f"tui.screens.{module}"), name)()
        return screen

    return make


def load_screens() -> None:
    """Import every screen; for a thread, so that no first visit of one holds the keys up."""
    for _ in modules_of(screens):
        pass


def _commands() -> type[Provider]:
    from tui.palette import ThawCommands

    return ThawCommands


SCREENS: dict[str, Callable[[], Screen[Any]]] = {
    "welcome": WelcomeScreen,
    "data": _screen("data", "DataScreen"),
    "model": _screen("model", "ModelScreen"),
    "train": _screen("train", "TrainScreen"),
    "evaluate": _screen("evaluate", "EvaluateScreen"),
    "runs": _screen("runs", "RunsScreen"),
}


class ThawApp(Citizen):
    """The Textual app; it returns the line to print once it has left the terminal.

    `looks_only` opens it to look at runs without changing any; without `hints` there are no hint lines.
    """

    TITLE = "Thaw"
    CSS_PATH = "app.tcss"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {**SCREENS}
    DEFAULT_MODE = "welcome"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_commands}

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(number), f"show('{mode}')", f"Show {mode}", show=False, id=f"show.{mode}")
            for number, mode in enumerate(SCREENS, start=1)
        ),
        Binding("question_mark,f1", "help", "Help", key_display="?", id="app.help"),
        Binding("ctrl+s", "save", "Save", id="app.save"),
        Binding("ctrl+o", "open", "Open", id="app.open"),
        Binding("ctrl+y", "copy", "Copy", show=False, tooltip="Copy what the cursor is on", id="app.copy"),
        Binding(
            "B",
            "roll_back",
            "Roll back",
            show=False,
            tooltip="Put the weights of the best epoch back",
            id="app.roll-back",
        ),
        Binding(
            "A",
            "augment",
            "Augment",
            show=False,
            tooltip="How strongly training images are changed",
            id="app.augment",
        ),
        Binding("ctrl+z", "suspend_process", "Suspend", show=False, id="app.suspend"),
        Binding("q", "leave", "Leave", id="app.leave"),
        Binding("ctrl+q,ctrl+c", "leave", "Leave", show=False, system=True, id="app.leave-anywhere"),
    ]

    def __init__(
        self,
        target: Path | None = None,
        *,
        demo: bool = False,
        engine: Engine | None = None,
        preferences: Preferences | None = None,
        looks_only: bool = False,
        hints: Hints | None = None,
    ) -> None:
        lay_out_once()
        super().__init__(engine, preferences, looks_only=looks_only)
        self.hints = hints
        self._target = target
        self._demo = demo
        self._inert = InertFilter()

    def on_mount(self) -> None:
        """Everything that takes time waits for the first paint."""
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._check_size(self.size)
        if self._demo:
            self.open_demo()  # its worker loads PyTorch first; the engine can wait
            return
        self.run_worker(load_screens, thread=True, group="loading")
        self.run_worker(self.engine.warm(), group="engine")
        if self._target is not None:
            self.open_path(self._target)

    # ---- keys that work everywhere ----

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run an action; a hint that is about it goes."""
        screen, name = self.screen, action if isinstance(action, str) else action[1]
        ran = await super().run_action(action, default_namespace, namespaces)
        if ran and isinstance(screen, ThawScreen):
            self._learned(screen, name)
        return ran

    def _learned(self, screen: ThawScreen, action: str) -> None:
        if self.hints is not None and self.hints.used(screen.LABEL, action):
            screen.show_hint()

    async def action_show(self, mode: str) -> None:
        """Show one of the six screens."""
        await self.show_mode(mode)

    def action_help(self) -> None:
        """Show what every key does here."""
        from tui.help import HelpScreen, key_groups

        self.push_screen(HelpScreen(key_groups(self.screen)))

    def action_command_palette(self) -> None:
        """Show the palette once, and over no screen that only says that there is no room.

        Textual (8.2) gives its palette an id, which a second one must not have while the first, closed already or on
        another of the six screens, is still there.
        """
        from textual.command import CommandPalette

        from tui.screens.too_small import TooSmallScreen

        if not isinstance(self.screen, CommandPalette | TooSmallScreen):
            self.push_screen(CommandPalette())

    @work(group="dialog", exclusive=True)
    async def action_open(self) -> None:
        """Ask for a folder of images, a session or a run, and open it."""
        from tui.screens.path_dialog import PathDialog

        chosen = await self.push_screen_wait(PathDialog("Open a folder of images, a session or a run"))
        if chosen is not None:
            self.open_path(chosen)

    @work(group="dialog", exclusive=True)
    async def action_leave(self) -> None:
        """Leave the workbench; a run that trains goes on."""
        if self.draft is not None and not await self.may_drop(self.draft):
            return
        await self.engine.close()
        self.exit(self._last_words())

    def _last_words(self) -> str:
        if self.attached is None or not self.attached.alive:
            return ""
        name = self.attached.run.name
        return f"{name} goes on training. Come back to it with\n\n    thaw attach {name}\n"

    # ---- what reaches the terminal ----

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, and the one that keeps control characters of foreign names from the terminal."""
        others = super().get_line_filters()
        if self._inert.others != others:
            self._inert = InertFilter(others)
        return [self._inert]

    # ---- a terminal that is too small ----

    async def show_mode(self, mode: str) -> None:
        """Switch to a screen, which hears now what size the terminal has become meanwhile."""
        await super().show_mode(mode)
        if self.is_running:
            self._check_size(self.size)

    def on_resize(self, event: Resize) -> None:
        """Hide the screens while the terminal is too small for them."""
        self._check_size(event.size)

    def _check_size(self, size: Size) -> None:
        from tui.screens.too_small import TooSmallScreen

        small = size.width < SMALLEST[0] or size.height < SMALLEST[1]
        shown = isinstance(self.screen, TooSmallScreen)
        if small and not shown:
            self.push_screen(TooSmallScreen(SMALLEST))
        elif shown and not small:
            self.pop_screen()
