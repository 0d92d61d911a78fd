"""Whatever is pressed, in whatever size of terminal: no exception, and the run is as it was."""

import random
from pathlib import Path

import pytest

from tests.tui.made_models import app_with_draft
from tests.tui.made_runs import life, made_run
from tui.app import SCREENS, ThawApp
from tui.screens.too_small import TooSmallScreen
from workbench.run import Tail, event_of

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

TURNS = 35


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THAW_RUNS", raising=False)
    return tmp_path


@pytest.mark.parametrize("mode", list(SCREENS))
async def test_keys_at_random(mode: str, here: Path) -> None:
    draw = random.Random(mode)  # noqa: S311  (keys, not secrets)
    run = made_run(here / "runs", life(stop=70))
    app = app_with_draft()
    app.start_run = lambda: None  # type: ignore[assignment,method-assign]
    app.open_demo = lambda: None  # type: ignore[assignment,method-assign]
    async with app.run_test(size=(100, 30)) as pilot:
        await app.attach(run)
        await app.show_mode(mode)
        await pilot.pause()
        for _ in range(TURNS):
            await pilot.press(draw.choice(KEYS))
            if draw.random() < 0.05:
                await pilot.resize_terminal(draw.randint(20, 160), draw.randint(5, 50))
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        assert app.is_running
        assert not isinstance(app.screen, TooSmallScreen)
    assert len([event_of(line) for line in Tail(run.events).read()]) == len(list(life(stop=70)))


@pytest.mark.parametrize("mode", list(SCREENS))
async def test_twenty_by_five_and_back(mode: str, here: Path) -> None:
    app: ThawApp = app_with_draft()
    async with app.run_test(size=(100, 30)) as pilot:
        await app.attach(made_run(here / "runs", life(stop=70)))
        await app.show_mode(mode)
        await pilot.pause()
        before = app.export_screenshot()
        await pilot.resize_terminal(20, 5)
        await pilot.pause()
        assert isinstance(app.screen, TooSmallScreen)
        await app.show_mode("data" if mode != "data" else "train")
        await pilot.pause()
        assert isinstance(app.screen, TooSmallScreen)
        await pilot.resize_terminal(100, 30)
        await app.show_mode(mode)
        await pilot.pause(0.3)
        assert not isinstance(app.screen, TooSmallScreen)
        assert before.count("<text") == app.export_screenshot().count("<text")
