"""Verify, contradictions and rate searches on the screens, by keys over journals as a worker writes them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.tui.made_models import SESSION, app_with_draft, model
from tests.tui.made_runs import started, steps, write
from tests.tui.test_model_tree import marks, open_model, rows, to_row, told
from tests.tui.test_proofs import contradicted, frozenness, searched, verified
from tests.tui.test_train_screen import screen_text, settled
from tui.app import ThawApp
from workbench import protocol
from workbench.actions import FindRate, ReestimateBatchNorm, SetRate, Verify
from workbench.run import Lease, RunFolder, create

NAMES = [name for name, stage in model().stage_of.items() if stage in {"layer2", "head"}]


@asynccontextmanager
async def live(
    folder: Path, *more: protocol.Event, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[ThawApp, Pilot[str], RunFolder]]:
    """The app, attached to a run of the small model that trains its last stage and its head."""
    run = create(SESSION, "letters", folder)
    (run.path / "model.json").write_bytes(protocol.encode(model()))
    scales = {name: 0.1 for name in NAMES if not name.startswith("fc.")}
    write(run, [started(), frozenness(*NAMES, scales=scales), steps(0, 20), *more])
    app = app_with_draft()
    with Lease(run):
        async with app.run_test(size=size) as pilot:
            await app.attach(run)
            await settled(pilot)
            yield app, pilot, run


def foot(app: ThawApp) -> str:
    return str(app.screen.query_one("Totals").render())


async def test_the_tree_marks_contradictions_and_says_why(tmp_path: Path) -> None:
    reason = "trainable, but its gradient was 0 all epoch"
    event = contradicted(20, layer2__0__bn__weight=reason, layer2__0__bn__bias=reason)
    async with live(tmp_path, event) as (_, pilot, run):
        tree = await open_model(pilot)
        assert marks(tree)["layer2"] == "●!"
        assert marks(tree)["fc"] == "●"
        assert "trainable " in foot(pilot.app)
        await to_row(pilot, tree, "layer2")
        assert foot(pilot.app) == f"! 2 × {reason}"
        await pilot.press("enter")
        assert f"! layer2.0.bn.weight: {reason}" in screen_text(pilot.app)
        await pilot.press("escape")
        write(run, [contradicted(40)])
        await settled(pilot)
        assert marks(tree)["layer2"] == "●"
        assert "trainable " in foot(pilot.app)


async def test_a_live_tree_shows_effective_rates(tmp_path: Path) -> None:
    async with live(tmp_path) as (app, pilot, _):
        tree = await open_model(pilot)
        lines = {line[4:].split()[0]: line.split() for line in rows(tree)}
        assert "1e-4" in lines["layer2"]
        assert "0.001" in lines["fc"]
        await to_row(pilot, tree, "fc")
        await pilot.press("enter")
        assert "0.001 ×1" in screen_text(app)


@pytest.mark.parametrize("screen", ["3", "4"])
async def test_v_asks_and_shows_the_answer_when_it_comes(tmp_path: Path, screen: str) -> None:
    async with live(tmp_path, verified(10)) as (app, pilot, run):
        await pilot.press(screen, "V")
        await pilot.pause()
        assert told(run) == [Verify()]
        assert "The worker compares" in screen_text(app)
        write(run, [verified(20)])
        await settled(pilot)
        text = screen_text(app)
        assert "✓ 168 frozen tensors are bit-identical" in text
        assert f"now   {'3f2a' * 16}" in text
        assert text.index("fc.bias") < text.index("fc.weight") < text.index("layer2.0.conv.weight")
        await pilot.press("V")
        await pilot.pause()
        assert told(run) == [Verify(), Verify()]
        await pilot.press("escape")
        assert "VerifiedScreen" not in type(app.screen).__name__


async def test_what_broke_is_named_first(tmp_path: Path) -> None:
    async with live(tmp_path) as (app, pilot, run):
        await pilot.press("4", "V")
        write(run, [verified(20, broken=("conv1.weight",))])
        await settled(pilot)
        assert "✗ 1 of 168 frozen tensors changed: conv1.weight" in screen_text(app)
        assert "though frozen" in screen_text(app)


async def test_a_run_that_ended_shows_its_last_verify_or_says_how(tmp_path: Path) -> None:
    end = protocol.Finished(step=20, reason="completed", seconds=1.0)
    async with live(tmp_path, verified(10), end) as (app, pilot, run):
        await pilot.press("3", "V")
        await pilot.pause()
        assert "Verify at step 10" in screen_text(app)
        assert told(run) == []
        await pilot.press("escape")
        app.action_find_rate()
        await pilot.pause()
        assert any("4, then s starts one" in note.message for note in app._notifications)


async def test_a_run_that_ends_instead_of_answering_says_so(tmp_path: Path) -> None:
    async with live(tmp_path) as (app, pilot, run):
        await pilot.press("4", "V")
        write(run, [protocol.Failed(message="out of memory")])
        await settled(pilot)
        waiting = next(screen for screen in app.screen_stack if type(screen).__name__ == "VerifiedScreen")
        assert "before it answered" in str(waiting.query_one("#waits").render())


@pytest.mark.parametrize("size", [(80, 24), (140, 45)])
async def test_the_curve_of_a_search_and_its_suggestion_applied(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with live(tmp_path, size=size) as (app, pilot, run):
        await pilot.press("4")
        app.action_find_rate()
        await pilot.pause()
        assert told(run) == [FindRate()]
        write(run, [searched(20)])
        await settled(pilot)
        for _ in range(50):
            if "1e-4" in screen_text(app):
                break
            await pilot.pause(0.1)
        text = screen_text(app)
        for part in ("suggested 0.0012", "1e-4", "a applies lr 0.0012"):
            assert part in text
        await pilot.press("a")
        await pilot.pause()
        assert told(run) == [FindRate(), SetRate(0.0012)]


async def test_a_search_without_a_suggestion_offers_none(tmp_path: Path) -> None:
    async with live(tmp_path) as (app, pilot, run):
        app.action_find_rate()
        await pilot.pause()
        write(run, [searched(20, suggestion=0.0)])
        await settled(pilot)
        assert "applies" not in screen_text(app)
        await pilot.press("a")
        assert told(run) == [FindRate()]


async def test_the_palette_offers_what_has_no_key(tmp_path: Path) -> None:
    async with live(tmp_path) as (app, pilot, run):
        await pilot.press("4", "ctrl+p", *"re-estimate")
        for _ in range(50):
            await pilot.pause(0.1)
            if "Re-estimate BatchNorm" in screen_text(app):
                break
        await pilot.press("enter")
        await pilot.pause(0.3)
        assert told(run) == [ReestimateBatchNorm()]
