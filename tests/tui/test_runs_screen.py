"""The runs screen: rows, filter, tags, diff, clean-up."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import DataTable, Static

from tests.tui.made_runs import SESSION, app_without_engine, life, made_run
from tests.tui.waiting import until
from tui.app import ThawApp
from tui.screens.ask_text import AskText
from tui.screens.choose import ChooseScreen
from tui.screens.confirm import ConfirmScreen
from tui.screens.session_diff import SessionDiff
from workbench.run import Remarks, list_runs, read_remarks, write_remarks


@pytest.fixture(autouse=True)
def two_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("THAW_RUNS", str(tmp_path))
    made_run(tmp_path, life())
    made_run(tmp_path, life(stop=50), SESSION.replace("epochs = 5", "epochs = 7"))
    for run in list_runs(tmp_path):
        for kind in ("best", "last"):
            run.checkpoint(kind).mkdir(parents=True)
            (run.checkpoint(kind) / "model.safetensors").write_bytes(b"x" * 5000)
    return tmp_path


async def shown(pilot: Pilot[str]) -> ThawApp:
    app = pilot.app
    await app.show_mode("runs")
    await until(pilot, lambda: app.screen.query_one(DataTable).row_count == 2)
    return app


def caption(app: ThawApp) -> str:
    return str(app.screen.query_one("#runs-caption", Static).render())


async def test_rows_are_filtered_and_ordered() -> None:
    async with app_without_engine().run_test(size=(140, 30)) as pilot:
        app = await shown(pilot)
        assert "on disk · latest first" in caption(app)
        await pilot.press("o")
        assert caption(app).endswith("name")
        await pilot.press("slash", *"finished", "enter")
        await until(pilot, lambda: app.screen.query_one(DataTable).row_count == 1)
        assert "1 of 2 runs" in caption(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen.query_one(DataTable).row_count == 2)


async def test_tags_and_notes(two_runs: Path) -> None:
    async with app_without_engine().run_test(size=(140, 30)) as pilot:
        app = await shown(pilot)
        run = app.screen.chosen_run().run
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, AskText))
        await pilot.press(*"good", "space", *"base", "enter")
        await until(pilot, lambda: read_remarks(run).tags == ("good", "base"))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, AskText))
        await pilot.press(*"lower")
        write_remarks(run, Remarks(("tagged", "elsewhere"), ""))
        await pilot.press("enter")
        await until(pilot, lambda: "“lower”" in caption(app))
        assert read_remarks(run).tags == ("tagged", "elsewhere")


async def test_two_sessions_side_by_side() -> None:
    async with app_without_engine().run_test(size=(140, 30)) as pilot:
        app = await shown(pilot)
        await pilot.press("equals_sign")
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SessionDiff))
        assert [(key, {one, other}) for key, one, other in app.screen._found] == [("train.epochs", {5, 7})]


async def test_cleaning_up_says_what_it_frees(two_runs: Path) -> None:
    async with app_without_engine().run_test(size=(140, 30)) as pilot:
        app = await shown(pilot)
        await pilot.press("X")
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        assert app.screen._choices[0] == ("last checkpoints of finished runs", "1 run, frees 5.0 kB")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y")
        lasts = [run.checkpoint("last") for run in list_runs(two_runs)]
        await until(pilot, lambda: sorted(last.exists() for last in lasts) == [False, True])
        assert all(run.checkpoint("best").exists() for run in list_runs(two_runs))
