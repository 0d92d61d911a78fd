"""The frame: keys that work everywhere, leaving, a small terminal, failures of a run, and runs in a table."""

import asyncio
import os
import time
from functools import partial
from pathlib import Path
from threading import Thread
from typing import cast

import pytest
from textual.css.stylesheet import Stylesheet
from textual.pilot import Pilot
from textual.widgets import DataTable, Static

from tests.tui.made_models import SESSION, app_with_draft, engine
from tests.tui.made_runs import life, made_run, write
from tests.tui.waiting import at_rest, until
from tui.app import ThawApp
from tui.help import key_groups
from tui.screens.base import ThawScreen
from tui.widgets.class_bars import ClassBars
from tui.widgets.picture_grid import PictureGrid
from workbench import protocol
from workbench.run import RunFolder


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THAW_RUNS", raising=False)
    return tmp_path


def screen_name(app: ThawApp) -> str:
    return type(app.screen).__name__


async def left(app: ThawApp) -> None:
    """Wait until the workbench was left; Pilot can't wait in one that was."""
    while app.return_value is None:  # noqa: ASYNC110  (there is no event)
        await asyncio.sleep(0.02)


async def attach(pilot: Pilot[str], app: ThawApp, run: RunFolder) -> None:
    await app.attach(run)
    await until(pilot, lambda: app.attached.caught_up)
    await at_rest(pilot)


async def test_digits_show_the_six_screens() -> None:
    app = ThawApp(engine=engine())
    async with app.run_test(size=(80, 24)) as pilot:
        for key, name in zip(
            "234561", ("Data", "Model", "Train", "Evaluate", "Runs", "Welcome"), strict=True
        ):
            await pilot.press(key)
            await pilot.pause()
            assert screen_name(app) == f"{name}Screen"


async def test_help_lists_the_keys_of_this_screen() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await pilot.pause()
        groups = key_groups(app.screen)
        assert list(groups) == ["this screen", "model tree", "everywhere"]
        assert ("[ ]", "Line", "tree.line-back") in groups["model tree"]
        assert ("?", "Help") in [(keys.split()[0], words) for keys, words, _ in groups["everywhere"]]
        await pilot.press("question_mark")
        assert screen_name(app) == "HelpScreen"
        await pilot.press("q")
        assert screen_name(app) == "ModelScreen"


async def test_the_palette_offers_actions_without_a_key() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+p", *"save as")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await pilot.pause(0.5)
        assert screen_name(app) == "PathDialog"


async def test_a_small_terminal_hides_the_screen_and_gives_it_back() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await pilot.resize_terminal(59, 24)
        await pilot.pause()
        assert screen_name(app) == "TooSmallScreen"
        await pilot.press("2", "space")
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert screen_name(app) == "ModelScreen"
        assert app.draft is not None
        assert not app.draft.modified


async def test_a_size_that_changed_out_of_sight_is_that_of_the_screen_when_it_is_shown_again() -> None:
    app = app_with_draft()
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.press("3", "4")
        await pilot.resize_terminal(90, 30)
        await pilot.press("3")
        await pilot.pause()
        assert app.screen.size == (90, 30)
        assert app.screen.query_one("#panes").region.right == 90
        assert app.screen.has_class("-narrow")


async def test_leaving_with_edits_asks() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3", "T", "q")
        await pilot.pause()
        assert screen_name(app) == "ConfirmScreen"
        await pilot.press("n", "u", "q")
        await left(app)
    assert app.return_value == ""


async def test_leaving_a_run_that_trains_says_how_to_come_back(here: Path) -> None:
    run = made_run(here / "runs", list(life())[:6])
    app = ThawApp(engine=engine())
    async with app.run_test(size=(80, 24)) as pilot:
        await attach(pilot, app, run)
        await pilot.press("q")
        await left(app)
    assert f"{run.name} goes on training" in str(app.return_value)
    assert f"    thaw attach {run.name}\n" in str(app.return_value)


async def test_a_failure_is_shown_once_with_its_hint_and_its_log(here: Path) -> None:
    run = made_run(here / "runs", list(life())[:6])
    run.log.write_text("Traceback [bold]not markup[/bold]\nRuntimeError: out of memory\n")
    app = ThawApp(engine=engine())
    async with app.run_test(size=(80, 24)) as pilot:
        await attach(pilot, app, run)
        write(run, [protocol.Failed(message="the GPU is out of memory", hint="halve data.batch_size")])
        await until(pilot, lambda: screen_name(app) == "FailureScreen")
        await at_rest(pilot)
        said = " ".join(str(each.render()) for each in app.screen.query(Static))
        for part in ("the GPU is out of memory", "halve data.batch_size", "[bold]not markup[/bold]"):
            assert part in said
        await pilot.press("escape")
        await until(pilot, lambda: screen_name(app) == "WelcomeScreen")


async def test_a_worker_that_vanished_is_noticed(here: Path) -> None:
    run = made_run(here / "runs", list(life())[:6])
    run.lease.write_text('{"pid": 1, "host": "elsewhere", "started": 0}')
    app = ThawApp(engine=engine())
    async with app.run_test(size=(80, 24)) as pilot:
        await attach(pilot, app, run)
        os.utime(run.events, (0, 0))
        for _ in range(50):
            if screen_name(app) == "FailureScreen":
                break
            await pilot.pause(0.1)
        assert app.attached is not None
        assert app.attached.view.state == "crashed"


async def test_starting_without_a_session_says_what_to_do() -> None:
    app = ThawApp(engine=engine())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3", "s")
        await pilot.pause()
        assert app.current_mode == "model"
        assert app.attached is None


async def test_the_data_screen_shows_what_the_engine_found() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await pilot.pause()
        bars = app.screen.query_one(ClassBars)
        assert "[red]wasp[…" in bars.render_line(2).text
        assert "20 · 5 · 4" in bars.render_line(0).text
        facts = str(app.screen.query_one("#data-facts", Static).render())
        assert "90 images of 3 classes" in facts
        assert "can't be read" in facts
        grid = app.screen.query_one(PictureGrid)
        assert "▀" in grid.render_line(0).text
        assert grid.render_line(4).text.split()[:2] == ["ant", "bee"]


async def test_runs_are_listed_opened_and_deleted(here: Path) -> None:
    run = made_run(here / "runs", life())
    app = ThawApp(engine=engine())
    async with app.run_test(size=(140, 24)) as pilot:
        await pilot.press("6")
        await at_rest(pilot)
        table = app.screen.query_one(DataTable)
        cells = [str(cell) for cell in table.get_row_at(0)]
        assert [*cells[:3], cells[8]] == ["✓ finished", run.name, "5/5", "shufflenet_v2_x0_5"]
        await pilot.press("d", "n")
        assert run.path.exists()
        await pilot.press("d", "y")
        await until(pilot, lambda: not run.path.exists() and app.screen.query_one("#no-runs").display)


async def test_a_run_opens_from_the_table(here: Path) -> None:
    run = made_run(here / "runs", life(), SESSION)
    app = ThawApp(engine=engine())
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.press("6")
        await at_rest(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "train" and app.attached is not None)
        assert app.attached.run.name == run.name


async def test_a_run_of_a_newer_version_is_refused(here: Path) -> None:
    run = made_run(here / "runs", [])
    run.events.write_bytes(b'{"event":"started","format": 99}\n')
    app = ThawApp(run.path, engine=engine())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: screen_name(app) == "ProblemScreen")
        await at_rest(pilot)
        assert "newer Thaw" in str(app.screen.query("Static").last().render())


async def test_live_edits_are_saved_as_a_schedule_when_wanted(here: Path) -> None:
    run = made_run(here / "runs", life())
    (run.path / "model.json").write_bytes(protocol.encode(model_of_the_journal()))
    app = ThawApp(run.path, engine=engine())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.attached and app.attached.view.finished and app.draft)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: screen_name(app) == "ConfirmScreen")
        await pilot.press("y")
        await until(pilot, lambda: screen_name(app) == "PathDialog")
        await at_rest(pilot)
        await pilot.press("enter")
        await until(pilot, (here / "sessions" / "letters.toml").exists)
    text = (here / "sessions" / "letters.toml").read_text()
    assert text.count("[[schedule]]") == 2
    assert "stage4" in text


def model_of_the_journal() -> protocol.ModelDescription:
    stages = ("stage3", "stage4", "head")
    rows = tuple(
        protocol.ModuleRow(stage, "Linear", (3,), 4, stage, {f"{stage}.weight": 4}) for stage in stages
    )
    return protocol.ModelDescription("shufflenet_v2_x0_5", "none", 64, stages, rows)


async def test_styles_are_parsed_for_a_theme_and_not_for_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse = Stylesheet.reparse
    monkeypatch.setattr(Stylesheet, "reparse", lambda sheet: (parsed.append("all"), parse(sheet))[1])
    app = ThawApp(engine=engine())
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        parsed.clear()
        for key in "234562345":
            await pilot.press(key)
            await pilot.pause()
        assert not parsed
        app.theme = "textual-light"
        await pilot.pause()
        assert parsed
        background = app.screen.styles.background
        await pilot.press("6")
        await pilot.pause()
        assert app.screen.styles.background == background


@pytest.mark.parametrize("mode", ["data", "train", "evaluate", "runs"])
async def test_closing_waits_for_a_screen_that_is_being_made(mode: str) -> None:
    for turns in range(0, 30, 3):
        app = app_with_draft()
        async with app.run_test(size=(100, 30)):
            app.run_worker(app.show_mode(mode))
            for _ in range(turns):
                await asyncio.sleep(0)


async def test_what_a_thread_finds_is_dropped_once_the_workbench_is_left() -> None:
    app = app_with_draft()
    taken: list[str] = []
    async with app.run_test():
        screen = cast("ThawScreen", app.screen)
        await asyncio.to_thread(screen.hand_over, partial(taken.append, "there"))
        thread = Thread(target=screen.hand_over, args=[partial(taken.append, "between")])
        thread.start()
        time.sleep(0.2)  # noqa: ASYNC251  (the loop is held until the thread waits for it)
        app.exit()
        await asyncio.to_thread(thread.join)
    await asyncio.to_thread(screen.hand_over, partial(taken.append, "left"))
    assert taken == ["there"]
