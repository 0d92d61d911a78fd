"""Correcting, comparing and exporting on the evaluate screen."""

import json
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.tui.made_runs import app_without_engine, life, made_predictions, made_run, write_evaluation
from tests.tui.test_evaluate_screen import NAMES, current, evaluated_run, look_at, text_of
from tests.tui.waiting import until
from tui.app import ThawApp
from tui.screens.choose import ChooseScreen
from tui.screens.large_picture import LargePicture
from tui.widgets.mistakes import Mistakes
from workbench.session_file import parse


@pytest.fixture(autouse=True)
def runs_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_RUNS", str(tmp_path))
    monkeypatch.chdir(tmp_path)


async def pictures(pilot: Pilot[str], tmp_path: Path) -> tuple[ThawApp, Mistakes]:
    app = await look_at(pilot, evaluated_run(tmp_path))
    await pilot.press("i")
    await pilot.pause()
    return app, app.screen.query_one(Mistakes)


async def test_a_dropped_picture_stands_in_the_session_until_it_is_taken_back(tmp_path: Path) -> None:
    async with app_without_engine().run_test(size=(100, 30)) as pilot:
        app, shown = await pictures(pilot, tmp_path)
        file = shown.current.file
        await pilot.press("x")
        await until(pilot, lambda: app.draft is not None and app.draft.session.data.drop == (file,))
        await pilot.pause()
        assert "⊘ dropped from the next run on, u undoes" in text_of(app, "evaluate-caption")
        assert parse(app.draft.toml()).data.drop == (file,)
        await pilot.press("u")
        await pilot.pause()
        assert app.draft.session.data.drop == ()
        assert "dropped" not in text_of(app, "evaluate-caption")
        await pilot.press("ctrl+r", "x")
        await until(pilot, lambda: app.draft.session.data.drop == ())


async def test_a_picture_gets_the_class_that_is_chosen(tmp_path: Path) -> None:
    async with app_without_engine().run_test(size=(100, 30)) as pilot:
        app, shown = await pictures(pilot, tmp_path)
        one = shown.current
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        await pilot.press("enter")
        await until(pilot, lambda: app.draft.session.data.relabel == {one.file: one.predicted})
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        other = next(name for name in NAMES if name not in (one.label, one.predicted))
        await pilot.press(*other[:2].replace("[", " ").strip(), "enter")
        await until(pilot, lambda: app.draft.session.data.relabel == {one.file: other})


async def test_compared_with_another_run_it_shows_what_was_fixed_and_broken(tmp_path: Path) -> None:
    other = made_run(tmp_path, life())
    write_evaluation(other, "test", made_predictions(NAMES)[::-1][:50], NAMES)
    async with app_without_engine().run_test(size=(100, 30)) as pilot:
        app = await look_at(pilot, evaluated_run(tmp_path))
        await pilot.press("C")
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        await pilot.press("enter")
        await until(pilot, lambda: current(app) == "pictures")
        assert f"against {other.name}: 0 fixed, 0 broken, 8 wrong in both" in text_of(app, "evaluate-head")
        assert text_of(app, "evaluate-caption") == "no fixed pictures · a shows broken"
        await pilot.press("a", "a")
        await pilot.pause()
        assert text_of(app, "evaluate-caption").startswith("wrong twice 1/8 wrong: ")
        assert f"{other.name} said " in text_of(app, "evaluate-caption")
        await pilot.press("C")
        await until(pilot, lambda: text_of(app, "evaluate-head").startswith("test accuracy"))


async def test_without_another_run_it_says_so(tmp_path: Path) -> None:
    async with app_without_engine().run_test(size=(100, 30)) as pilot:
        app = await look_at(pilot, evaluated_run(tmp_path))
        await pilot.press("C")
        await until(pilot, lambda: any("No other run" in each.message for each in app._notifications))


async def test_the_evaluation_is_exported(tmp_path: Path) -> None:
    async with app_without_engine().run_test(size=(100, 30)) as pilot:
        app = await look_at(pilot, evaluated_run(tmp_path))
        await pilot.press("E")
        await pilot.pause(0.3)
        app.screen.query_one(Input).value = "found.json"
        await pilot.press("enter")
        await until(pilot, (tmp_path / "found.json").exists)
        assert len(json.loads((tmp_path / "found.json").read_text())["predictions"]) == 60


async def test_a_picture_alone_says_what_it_is(tmp_path: Path) -> None:
    async with app_without_engine().run_test(size=(100, 30)) as pilot:
        app, _ = await pictures(pilot, tmp_path)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LargePicture))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, LargePicture))


async def test_mix_ups_and_classes_open_their_pictures(tmp_path: Path) -> None:
    async with app_without_engine().run_test(size=(100, 30)) as pilot:
        app = await look_at(pilot, evaluated_run(tmp_path))
        await pilot.press("w", "enter")
        await until(pilot, lambda: current(app) == "pictures")
        assert "/3 wrong" in text_of(app, "evaluate-caption")
        await pilot.press("c", "enter")
        await until(pilot, lambda: current(app) == "pictures")
        assert "wrong: is wasp" in text_of(app, "evaluate-caption")
