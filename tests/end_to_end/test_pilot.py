"""The main job driven by keys, with the real engine and a real worker: from a folder of photos to coming back."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.end_to_end.screens import type_into_field, until, until_seen
from tests.end_to_end.whole import Shell, events, losses, train_on
from tui.app import ThawApp
from tui.widgets.model_tree import ModelTree
from tui.widgets.stage_bar import Totals
from workbench import session_file
from workbench.actions import Only, Thaw
from workbench.protocol import Applied, Frozenness
from workbench.run import RunFolder, is_working, list_runs

pytestmark = pytest.mark.timeout(300)


def totals(pilot: Pilot[str]) -> str:
    """What the model tree says of how much trains."""
    return str(pilot.app.screen.query_one(Totals).render())


async def open_folder(pilot: Pilot[str], folder: str) -> None:
    await pilot.press("ctrl+o")
    await until_seen(pilot, "Open a folder of images")
    await pilot.press(*folder, "enter")
    await until_seen(pilot, "48 images of 3 classes", "ants", "▀")


async def to_row(pilot: Pilot[str], path: str) -> None:
    """Move the cursor of the model tree to a module."""
    lines = pilot.app.screen.query_one(ModelTree).lines
    await pilot.press("home")
    for _ in range(200):
        if lines.node is not None and lines.node.path == path:
            return
        await pilot.press("j")
    raise AssertionError(f"no row {path}")


async def test_from_a_folder_of_photos_to_coming_back(here: Path, photos: Path, thaw: Shell) -> None:
    app = ThawApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_folder(pilot, "photos")
        await pilot.press("3")
        await until_seen(pilot, "conv5", "trainable")
        await _choose_what_trains(pilot)
        await pilot.press("tab")
        await type_into_field(pilot, "train.epochs", "400")
        await pilot.press("shift+tab")
        await pilot.press("s")
        await until(pilot, lambda: list_runs(here / "runs"), "a run is made")
        run = list_runs(here / "runs")[0]
        await until(pilot, lambda: app.attached is not None and app.attached.view.step > 5, "it trains")
        await _thaw_live(pilot, run)
        await _evaluate(pilot)
        await _save(pilot, here / "sessions" / "photos.toml")
        await pilot.press("q")
        await until(pilot, lambda: app.return_value is not None, "it is left")
    assert f"thaw attach {run.name}" in str(app.return_value)
    assert is_working(run)
    train_on(run, 5)
    _what_was_saved(here / "sessions" / "photos.toml", run)
    await _come_back(run)
    thaw.done("stop", run.name)


async def _choose_what_trains(pilot: Pilot[str]) -> None:
    """All but the head frozen, a stage thawed and undone again."""
    everything = totals(pilot)
    await pilot.press("F")
    await until(pilot, lambda: totals(pilot) != everything, "the totals follow")
    head = totals(pilot)
    await to_row(pilot, "stage4")
    await pilot.press("space")
    await until(pilot, lambda: totals(pilot) != head, "the totals follow")
    await pilot.press("u")
    await until(pilot, lambda: totals(pilot) == head, "undone")


async def _thaw_live(pilot: Pilot[str], run: RunFolder) -> None:
    """A block thawed while it trains: the count, the log and the chart show it."""
    await pilot.press("m")
    await pilot.pause()
    before = totals(pilot)
    await to_row(pilot, "conv5")
    await pilot.press("t")
    await until(pilot, lambda: events(run, Applied), "the worker applies it")
    assert events(run, Applied)[0].action == Thaw(("conv5",))
    await until(
        pilot, lambda: totals(pilot) != before and "pending" not in totals(pilot), "the count changes"
    )
    await until_seen(pilot, "▼thaw conv5")
    assert pilot.app.attached is not None
    assert any("thaw conv5" in line.text for line in pilot.app.attached.view.log)


async def _evaluate(pilot: Pilot[str]) -> None:
    await pilot.press("e", "5")
    await until_seen(pilot, "true ↓", "val accuracy", "images wrong")
    await pilot.press("i", "a")
    await until_seen(pilot, ".png", "▀")


async def _save(pilot: Pilot[str], path: Path) -> None:
    await pilot.press("ctrl+s")
    await until_seen(pilot, "1 live edit")
    await pilot.press("y")
    await until_seen(pilot, "sessions/photos.toml")
    await pilot.press("enter")
    await until(pilot, path.exists, "it is saved")


def _what_was_saved(path: Path, run: RunFolder) -> None:
    session = session_file.load(path)
    assert session.train.epochs == 400
    assert session.freeze.thaw == ("head",)
    assert [entry.edits() for entry in session.schedule] == [(Thaw(("conv5",)),)]
    assert session.schedule[0].step == events(run, Applied)[0].step
    assert path.read_text().startswith("# Proposed by Thaw for 48 images of 3 classes")


async def _come_back(run: RunFolder) -> None:
    """Another workbench, attached to the run: nothing of it is missing."""
    app = ThawApp(run.path)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_seen(pilot, "photos", "▼thaw conv5", "epoch", "trainable")
        assert app.attached is not None
        view = app.attached.view
        goal = view.step + 3
        await until(pilot, lambda: view.step > goal, "the steps that are taken now come in")
        assert list(view.loss)[:goal] == losses(run)[:goal]
        await until(pilot, lambda: totals(pilot), "the tree is there")
        assert set(view.trainable) == set(events(run, Frozenness)[-1].trainable)
        await pilot.press("5")
        await until_seen(pilot, "true ↓", "ants", "bees")
        await pilot.press("4", *":only head", "enter")
        await until(pilot, lambda: events(run, Applied)[-1].action == Only(("head",)), "keys reach it")
        await pilot.press("q")
