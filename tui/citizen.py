"""How the workbench behaves in a terminal: the user's colours and keys, title, bell, copying, suspending.

Decides when each happens; what a user prefers comes from `tui.preferences`, what is sent from `tui.terminal_signs`.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, cast

from textual import work

from tui import terminal_signs
from tui.client import Engine
from tui.export_actions import ExportActions
from tui.front_buffer import FrontBuffer
from tui.garbage import collect_young
from tui.preferences import Preferences
from tui.signs import News, title_of
from tui.themes import PALETTES, THEMES, WITHOUT_COLOURS
from workbench.errors import BadInput, did_you_mean
from workbench.safe_text import inert

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.terminal_theme import TerminalTheme
    from textual.screen import Screen

TIDY_SECONDS = 0.05
"""So long after a paint the next key is not there yet, even where one is held down."""


class Citizen(ExportActions):
    """The app as its terminal and its user know it."""

    def __init__(
        self,
        engine: Engine | None = None,
        preferences: Preferences | None = None,
        *,
        looks_only: bool = False,
    ) -> None:
        super().__init__(engine, looks_only=looks_only)
        self.preferences = preferences or Preferences()
        usual = (self.ansi_theme_dark, self.ansi_theme_light)
        self._usual_palettes = WITHOUT_COLOURS if self.no_color else usual
        self._title = ""
        self._news = News()
        self._front = FrontBuffer()
        self._tidying: asyncio.TimerHandle | None = None
        for theme in THEMES:
            self.register_theme(theme)
        if self.preferences.keys:
            self.set_keymap(dict(self.preferences.keys))

    def on_mount(self) -> None:
        """Take the user's theme before the first paint; say after it what could not be taken."""
        wanted = self.preferences.theme
        if wanted in self.available_themes:
            self.theme = wanted
        self.watch_theme(self.theme)
        self.call_after_refresh(self._say_what_is_wrong)
        self.app_resume_signal.subscribe(self, lambda _: self._paint_all())
        if self.preferences.title:
            terminal_signs.write(self, terminal_signs.KEEP_TITLE)

    def on_unmount(self) -> None:
        """Give the terminal its title back."""
        if self.preferences.title:
            terminal_signs.write(self, terminal_signs.GIVE_TITLE_BACK)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Send the terminal only what it does not show already; Textual (8.2) paints everything through here."""
        super()._display(screen, cast("RenderableType", self._front.following(renderable)))
        if self._tidying is None or self._tidying.when() < asyncio.get_running_loop().time():
            self._tidying = asyncio.get_running_loop().call_later(TIDY_SECONDS, collect_young)

    def _paint_all(self) -> None:
        """Paint everything anew: a shell wrote to the terminal meanwhile."""
        self._front.forget()
        self.screen.refresh(layout=True)

    # ---- what the user prefers ----

    def watch_theme(self, name: str) -> None:
        """Marks and heat take the palette that belongs to the theme."""
        dark, light = self._usual_palettes
        own: TerminalTheme | None = None if self.no_color else PALETTES.get(name)
        self.ansi_theme_dark, self.ansi_theme_light = own or dark, own or light

    @work(group="preferences")
    async def _say_what_is_wrong(self) -> None:
        problems = list(self.preferences.problems)
        wanted = self.preferences.theme
        if wanted and wanted not in self.available_themes:
            names = sorted(self.available_themes)
            hint = did_you_mean(wanted, names) or f"there are {', '.join(names)}"
            problems.append(BadInput(f"config.toml: no theme is called {wanted!r}", hint))
        if self.preferences.keys:
            from tui.all_keys import what_is_wrong

            problems += await asyncio.to_thread(what_is_wrong, self.preferences.keys)
        for problem in problems:
            self.problem(problem)

    # ---- signs ----

    def run_changed(self) -> None:
        """Tell the screens, let the terminal's title follow, and say what is news."""
        super().run_changed()
        name = self.attached.run.name if self.attached else ""
        view = self.attached.view if self.attached else None
        if self.preferences.title:
            title = ("read-only · " if self.is_read_only else "") + title_of(name, view)
            if title != self._title:
                self._title = title
                terminal_signs.write(self, terminal_signs.title(title))
        caught_up = self.attached is not None and self.attached.caught_up
        note = self._news.since(name, view, caught_up=caught_up)
        if note:
            self._sign(note)

    def _sign(self, note: str) -> None:
        """Say it on whatever screen is shown, and to the terminal where the user wants that."""
        self.notify(inert(note), severity="information", timeout=15, markup=False)
        if self.preferences.bell:
            self.bell()
        if self.preferences.notify:
            terminal_signs.write(self, terminal_signs.desktop_note(note))

    # ---- copying and suspending ----

    def action_copy(self) -> None:
        """Copy what is selected, or what the cursor is on, to the clipboard of the terminal (OSC 52)."""
        text = self.screen.get_selected_text() or self._under_the_cursor()
        if not text:
            self.say("Nothing to copy here")
            return
        self.copy_to_clipboard(text)
        first = text.strip().splitlines()[0]
        self.say(f"Copied: {first[:60]}{'…' if text.strip() != first[:60] else ''}")

    def _under_the_cursor(self) -> str:
        for node in self.focused.ancestors_with_self if self.focused is not None else ():
            copied = getattr(node, "copied", None)
            if callable(copied):
                return str(copied())
        if self.attached is not None:
            return str(self.attached.run.path)
        return str(self.draft.path or "") if self.draft is not None else ""

    def action_suspend_process(self) -> None:
        """Go into the background, where a shell can bring it back from there (fg)."""
        if has_job_control():
            super().action_suspend_process()
        else:
            self.say(
                "No shell is behind Thaw that could bring it back; q leaves, training goes on", warning=True
            )


def has_job_control() -> bool:
    """Whether a shell started this process as a job of its own, in the same session."""
    parent = os.getppid()
    try:
        return os.getsid(parent) == os.getsid(0) and os.getpgid(parent) != os.getpgrp()
    except OSError:
        return False
