"""How every screen and the dialogs that matter look in a dark and in a light theme, over runs of a fixed time.

`pytest --snapshot-update` accepts a new look.
"""

import os
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.tui.key_places import CLASSES, SESSION
from tests.tui.made_models import app_with_draft, model
from tests.tui.made_runs import life, made_predictions, write, write_evaluation
from tests.tui.waiting import at_rest, until
from tui.app import ThawApp
from workbench.protocol import encode
from workbench.run import Lease, RunFolder, create

THEMES = ["textual-dark", "textual-light"]
SMALL, LARGE = (80, 24), (140, 45)
SCREENS = ["welcome", "data", "model", "train", "evaluate", "runs"]
DIALOGS = {
    "help": ("3", "question_mark"),
    "path": ("2", "ctrl+o"),
    "schedule": ("3", "S", "j"),
    "session-diff": ("6", "equals_sign", "enter"),
    "module-details": ("3", "G", "enter"),
    "stop": ("4", "x"),
    "pictures": ("5", "i"),
    "classes": ("5", "c"),
}

Compare = Callable[..., bool]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THAW_RUNS", raising=False)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield tmp_path
    monkeypatch.undo()
    time.tzset()


def run_named(name: str, session: str, stop: int | None = None) -> RunFolder:
    run = create(session, name, Path("runs"), at=Path("runs") / name)
    write(run, life(stop=stop))
    (run.path / "model.json").write_bytes(encode(model()))
    for split in ("test", "val"):
        write_evaluation(run, split, made_predictions(CLASSES[:12], 300), CLASSES[:12])
    for path in (run.session, run.events):
        os.utime(path, (1.7e9, 1.7e9))
    return run


def going_to(run: RunFolder, theme: str, *keys: str) -> Callable[[Pilot[str]], Awaitable[None]]:
    async def go(pilot: Pilot[str]) -> None:
        app = pilot.app
        assert isinstance(app, ThawApp)
        app.theme, app.animation_level = theme, "none"
        await app.attach(run)
        await until(pilot, lambda: app.attached.caught_up)
        for key in keys:
            await pilot.press(key)
            await at_rest(pilot)
        app.clear_notifications()
        await at_rest(pilot)

    return go


def ago_without_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day later, always: how long ago a run was is told on the screens of runs."""
    monkeypatch.setattr("tui.words.time.time", lambda: 1.7e9 + 86400)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "140x45"])
@pytest.mark.parametrize("screen", SCREENS)
def test_screen(
    snap_compare: Compare, monkeypatch: pytest.MonkeyPatch, screen: str, size: tuple[int, int], theme: str
) -> None:
    ago_without_clock(monkeypatch)
    run_named("before", SESSION)
    run = run_named("letters", SESSION, stop=75)
    with Lease(run):
        app = app_with_draft(SESSION)
        number = str(SCREENS.index(screen) + 1)
        assert snap_compare(app, terminal_size=size, run_before=going_to(run, theme, number))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("dialog", DIALOGS)
def test_dialog(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch, dialog: str, theme: str) -> None:
    ago_without_clock(monkeypatch)
    run_named("before", SESSION.replace("last-block", "full") + "[train]\nepochs = 9\n")
    run = run_named("letters", SESSION, stop=75)
    with Lease(run):
        app = app_with_draft(SESSION)
        assert snap_compare(app, terminal_size=SMALL, run_before=going_to(run, theme, *DIALOGS[dialog]))
