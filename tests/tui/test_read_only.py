"""A workbench that only looks: what it shows, and that no key of it reaches a run."""

import os
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.tui.made_models import engine
from tests.tui.made_runs import life, made_run
from tui.app import ThawApp
from tui.widgets.status_bar import StatusBar
from workbench.run import Lease, RunFolder


async def attached_to(pilot: Pilot[str], run: RunFolder) -> ThawApp:
    app = pilot.app
    assert isinstance(app, ThawApp)
    await app.show_mode("train")
    await app.attach(run)
    await pilot.pause(0.8)
    return app


def everything_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def said(app: ThawApp) -> list[str]:
    return [str(note.message) for note in app._notifications]


async def test_no_key_reaches_the_run_and_each_says_why(tmp_path: Path) -> None:
    run = made_run(tmp_path / "runs", life(stop=70))
    with Lease(run):
        async with ThawApp(engine=engine(), looks_only=True).run_test(size=(80, 24)) as pilot:
            app = await attached_to(pilot, run)
            for key in ("p", "x", "e", "c", "colon", "V"):
                app.clear_notifications()
                await pilot.press(key)
                await pilot.pause()
                assert len(app.screen_stack) == 1, key
                assert any("read-only" in words for words in said(app)), key
            for ask in ("roll_back", "augment", "flip"):
                await app.run_action(ask)
                await pilot.pause()
                assert len(app.screen_stack) == 1, ask
            assert run.commands.read_bytes() == b""
            assert "read-only" in app.screen.query_one(StatusBar).render().plain


async def test_it_starts_resumes_marks_and_deletes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = made_run(tmp_path / "runs", life())
    files = everything_in(tmp_path)
    async with ThawApp(engine=engine(), looks_only=True).run_test(size=(120, 30)) as pilot:
        await pilot.press("d", "6")
        await pilot.pause(0.6)
        for key in ("r", "d", "X", "t", "n"):
            await pilot.press(key)
            await pilot.pause()
            assert len(pilot.app.screen_stack) == 1, key
        await attached_to(pilot, run)
        await pilot.press("s")
        await pilot.pause(0.3)
    assert everything_in(tmp_path) == files


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
async def test_a_run_of_someone_else_is_read_only(tmp_path: Path) -> None:
    run = made_run(tmp_path / "runs", life(stop=70))
    with Lease(run):
        run.commands.chmod(0o444)
        async with ThawApp(engine=engine()).run_test(size=(80, 24)) as pilot:
            app = await attached_to(pilot, run)
            await pilot.press("p")
            await pilot.pause()
            assert any("commands.jsonl is not yours to write" in words for words in said(app))
