"""A run's folder that goes away while it is shown: it is said once, nothing breaks, and another run can be opened."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tui.key_places import made
from tests.tui.waiting import until
from tui.app import ThawApp
from workbench.run import RunFolder

ASIDE = "moved away"


def delete(folder: Path) -> None:
    shutil.rmtree(folder)


def rename(folder: Path) -> None:
    folder.rename(folder.with_name(ASIDE))


def become_a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("no folder any more")


def forbid(folder: Path) -> None:
    folder.chmod(0)


WAYS = [
    delete,
    rename,
    become_a_file,
    pytest.param(forbid, marks=pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")),
]
KEYS = {
    "1": ("j", "k"),
    "2": ("D", "r"),
    "3": ("space", "t", "enter", "escape", "u", "V", "escape"),
    "4": ("p", "e", "c", "B", "escape", "A", "escape", "v", "o", "escape", "escape", "x", "y"),
    "5": ("w", "c", "b", "i", "enter", "escape", "r", "escape", "C", "escape", "e", "d"),
    "6": ("t", "escape", "equals_sign", "escape", "X", "escape", "d", "escape"),
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THAW_RUNS", raising=False)


@pytest.mark.parametrize("vanish", WAYS)
async def test_it_is_said_and_all_else_goes_on(vanish: Callable[[Path], None], tmp_path: Path) -> None:
    with made("live", tmp_path / "runs") as (app, run):
        async with app.run_test(size=(100, 30)) as pilot:
            await app.attach(run)
            await until(pilot, lambda: app.attached.caught_up)
            await pilot.press("4")
            vanish(run.path)
            await pilot.press("p", "e", "v", "escape")
            await until(pilot, lambda: "is gone or can't be read" in notes(app))
            for screen, keys in KEYS.items():
                await pilot.press(screen, *keys)
            assert app.attached.gone
            assert "folder gone" in str(app.screen.query_one("StatusBar").render())
            third = next(path for path in (tmp_path / "runs").iterdir() if path.name.endswith("third"))
            app.open_path(third)
            await until(pilot, lambda: app.attached.run == RunFolder(third) and app.attached.caught_up)
            assert not app.attached.gone
    if vanish is forbid:
        run.path.chmod(0o700)


def notes(app: ThawApp) -> str:
    return "\n".join(str(note.message) for note in app._notifications)


async def test_a_runs_folder_that_goes_away_leaves_an_empty_list(tmp_path: Path) -> None:
    with made("over", tmp_path / "runs") as (app, _):
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.press("6")
            await until(pilot, lambda: len(app.screen.listed) == 3)
            shutil.rmtree(tmp_path / "runs")
            await pilot.press("d", "y", "t", "escape", "l", "escape")
            await until(pilot, lambda: app.screen_stack[0].query_one("#no-runs").display)
            await pilot.press("d", "X", "t", "r", "l", "equals_sign", "1", "6")
            assert app.is_running


async def test_an_evaluation_without_its_files_is_not_read_for_ever(tmp_path: Path) -> None:
    with made("over", tmp_path / "runs") as (app, run):
        shutil.rmtree(run.path / "evaluation")
        async with app.run_test(size=(100, 30)) as pilot:
            await app.attach(run)
            await pilot.press("5")
            words = app.screen.query_one("#evaluate-empty")
            await until(pilot, lambda: "evaluation are gone or can't be read" in str(words.render()))


async def test_a_run_that_comes_back_is_followed_again(tmp_path: Path) -> None:
    with made("live", tmp_path / "runs") as (app, run):
        async with app.run_test(size=(100, 30)) as pilot:
            await app.attach(run)
            rename(run.path)
            await until(pilot, lambda: app.attached.gone)
            run.path.with_name(ASIDE).rename(run.path)
            await until(pilot, lambda: not app.attached.gone)
            assert app.attached.view.state == "running"
