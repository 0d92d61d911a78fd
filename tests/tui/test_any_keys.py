"""Whatever is pressed, in whatever size of terminal: no exception, and the run is as it was."""

import random
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest
from textual.command import CommandPalette
from textual.events import Key
from textual.pilot import Pilot

from tests.tui.key_places import made
from tests.tui.made_models import app_with_draft
from tests.tui.made_runs import life, made_run
from tests.tui.waiting import at_rest, until, words
from tui.app import SCREENS, ThawApp
from tui.screens.confirm import ConfirmScreen
from tui.screens.too_small import TooSmallScreen
from workbench.actions import Stop
from workbench.run import Tail, command_of, event_of

KEYS = [
    *"abcdefghijklmnoprstuvwyzABCDEFGHIJKLMNOPRSTUVWXYZ",
    *[
        "space",
        "enter",
        "tab",
        "shift+tab",
        "escape",
        "up",
        "down",
        "left",
        "right",
        "home",
        "end",
        "pageup",
        "pagedown",
        "backspace",
        "delete",
    ],
    *[
        "slash",
        "colon",
        "plus",
        "minus",
        "apostrophe",
        "less_than_sign",
        "greater_than_sign",
        "left_square_bracket",
    ],
    *[
        "right_square_bracket",
        "question_mark",
        "f1",
        "f5",
        "ctrl+p",
        "ctrl+r",
        "ctrl+y",
        "ctrl+a",
        "ctrl+e",
        "comma",
        "full_stop",
    ],
]
"""All but those that leave, start, save or open: these would work outside of the test's folder."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THAW_RUNS", raising=False)
    return tmp_path


@dataclass
class Mashing:
    """Presses keys at random, the same ones for the same seed, and changes the terminal's size now and then."""

    pilot: Pilot[str]
    draw: random.Random
    stop_was_asked: bool = False

    async def press(self, keys: list[str]) -> None:
        app, key = self.pilot.app, self.draw.choice(keys)
        self.stop_was_asked |= isinstance(app.screen, ConfirmScreen)
        app.post_message(Key(key, key if len(key) == 1 else None))
        await self.pilot.pause(0.01)
        if self.draw.random() < 0.05:
            await self.pilot.resize_terminal(self.draw.randint(20, 160), self.draw.randint(5, 50))

    async def end(self) -> None:
        await self.pilot.resize_terminal(100, 30)
        await self.pilot.pause()
        assert self.pilot.app.is_running
        assert not isinstance(self.pilot.app.screen, TooSmallScreen)


SCROLLS_ANEW = ("help", "evaluate")
"""Where all fits at once on a large terminal, what was scrolled stands at its start again."""
DURATIONS = [pytest.param(1.0, id="a second"), pytest.param(60.0, id="a minute", marks=pytest.mark.slow)]


@pytest.mark.parametrize("seconds", DURATIONS)
@pytest.mark.parametrize("mode", list(SCREENS))
async def test_keys_at_random(mode: str, seconds: float, here: Path) -> None:
    run = made_run(here / "runs", life(stop=70))
    app = app_with_draft()
    app.start_run = lambda: None  # type: ignore[assignment,method-assign]
    app.open_demo = lambda: None  # type: ignore[assignment,method-assign]
    async with app.run_test(size=(100, 30)) as pilot:
        await app.attach(run)
        await app.show_mode(mode)
        mashing, end = Mashing(pilot, random.Random(mode)), monotonic() + seconds  # noqa: S311  (keys, not secrets)
        while monotonic() < end:
            await mashing.press(KEYS)
        await mashing.end()
    assert len([event_of(line) for line in Tail(run.events).read()]) == len(list(life(stop=70)))


@pytest.mark.parametrize("seconds", DURATIONS)
@pytest.mark.parametrize("mode", ["model", "train", "evaluate", "runs"])
async def test_keys_at_random_over_a_live_run_lose_nothing(mode: str, seconds: float, here: Path) -> None:
    with made("live", here / "runs") as (app, run):
        app.start_run = lambda: None  # type: ignore[assignment,method-assign]
        app.open_demo = lambda: None  # type: ignore[assignment,method-assign]
        app.resume_run = lambda _: None  # type: ignore[assignment,method-assign]
        events = run.events.read_bytes()
        async with app.run_test(size=(100, 30)) as pilot:
            await app.attach(run)
            await app.show_mode(mode)
            mashing, end = Mashing(pilot, random.Random(mode)), monotonic() + seconds  # noqa: S311
            while monotonic() < end:
                await mashing.press([*KEYS, "x", "p"])
            await mashing.end()
        assert run.events.read_bytes() == events
        told = [command_of(line) for line in run.commands.read_bytes().splitlines()]
        assert all(command is not None for command in told)
        stopped = any(isinstance(command.action, Stop) for command in told)
        assert mashing.stop_was_asked or not stopped


async def test_the_palette_opens_again_at_once_and_on_every_screen(here: Path) -> None:
    app = app_with_draft()
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("ctrl+p")
        app.pop_screen()  # as escape does; it is not gone yet
        app.action_command_palette()
        await pilot.pause(0.1)
        assert isinstance(app.screen, CommandPalette)
        await app.show_mode("train")
        await pilot.press("ctrl+p", "ctrl+p")
        assert isinstance(app.screen, CommandPalette)
        await pilot.resize_terminal(20, 5)
        await pilot.press("ctrl+p")
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        assert isinstance(app.screen, CommandPalette)
        assert len(app.screen_stack) == 2


@pytest.mark.parametrize(
    "way", ["help", "schedule", "open", "stop", "chart", "details", "pictures", "tags", *SCREENS]
)
async def test_any_size_and_back_leaves_everything_where_it_was(way: str, here: Path) -> None:
    """Also with a dialog open, and in the middle of a list."""
    keys = {
        "help": ("3", "question_mark", "j"),
        "schedule": ("3", "S", "j"),
        "open": ("2", "ctrl+o", "a"),
        "stop": ("4", "x"),
        "chart": ("4", "v", "right", "plus"),
        "details": ("3", "j", "j", "enter"),
        "pictures": ("5", "i", "l"),
        "tags": ("6", "t"),
        "welcome": ("1", "j", "j"),
        "data": ("2", "tab"),
        "model": ("3", "j", "j", "tab", "j", "j"),
        "train": ("4", "g", "j"),
        "evaluate": ("5", "l", "j"),
        "runs": ("6", "j"),
    }[way]
    with made("live", here / "runs") as (app, run):
        app.animation_level = "none"
        async with app.run_test(size=(120, 36)) as pilot:
            await app.attach(run)
            await until(pilot, lambda: app.attached.caught_up)
            for key in keys:
                await pilot.press(key)
                await at_rest(pilot)
            before, at, focused, screen = words(app), cursors(app), app.focused, app.screen
            for size in ((20, 5), (300, 90), (59, 15), (60, 16), (20, 5), (120, 36)):
                await pilot.resize_terminal(*size)
                assert app.is_running
            await at_rest(pilot)
            assert app.screen is screen
            assert app.focused is focused
            assert cursors(app) == at
            assert words(app) == before or way in SCROLLS_ANEW


def cursors(app: ThawApp) -> list[object]:
    return [getattr(node, "cursor", getattr(node, "cursor_row", None)) for node in app.screen.query("*")]


@pytest.mark.parametrize("mode", list(SCREENS))
async def test_twenty_by_five_and_back(mode: str, here: Path) -> None:
    app: ThawApp = app_with_draft()
    run = made_run(here / "runs", life(stop=70))
    async with app.run_test(size=(100, 30)) as pilot:
        await app.attach(run)
        await app.show_mode(mode)
        await at_rest(pilot)
        before = words(app)
        await pilot.resize_terminal(20, 5)
        await pilot.pause()
        assert isinstance(app.screen, TooSmallScreen)
        await app.show_mode("data" if mode != "data" else "train")
        await pilot.pause()
        assert isinstance(app.screen, TooSmallScreen)
        await pilot.resize_terminal(100, 30)
        await app.show_mode(mode)
        await until(pilot, lambda: words(app) == before)
        assert not isinstance(app.screen, TooSmallScreen)
