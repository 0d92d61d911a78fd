"""Rolling back and augmenting from any screen, by keys over journals as a worker writes them."""

from pathlib import Path

import pytest

from tests.tui.made_runs import life
from tests.tui.test_train_screen import log, screen_text, settled, told, training, write
from tui.screens.choose import ChooseScreen
from tui.screens.confirm import ConfirmScreen
from tui.widgets.chart import Chart
from workbench import protocol
from workbench.actions import RollBack, SetAugment, SetFlip


@pytest.mark.parametrize("screen", ["3", "4", "5"])
async def test_rolling_back_asks_first_and_says_what_it_means(tmp_path: Path, screen: str) -> None:
    async with training(tmp_path, life(stop=75)) as (app, pilot, run):
        best = app.attached.view.best
        await pilot.press(screen, "B")
        await pilot.pause()
        assert isinstance(app.screen, ConfirmScreen)
        shown = screen_text(app)
        assert f"Put the weights of epoch {best.epoch} back?" in shown
        assert f"{best.loss:.4f}" in shown
        await pilot.press("y")
        await pilot.pause()
        assert told(run) == [RollBack()]


async def test_a_roll_back_has_its_line_and_its_mark(tmp_path: Path) -> None:
    async with training(tmp_path, life(stop=75), (120, 40)) as (app, pilot, run):
        write(run, [protocol.Applied(time=1.0, id="a", step=75, action=RollBack())])
        await settled(pilot)
        assert "step 75: roll-back" in log(app)
        assert "▼roll-ba" in app.screen.query_one("#chart-loss", Chart).text().plain


async def test_without_a_best_epoch_nothing_is_asked(tmp_path: Path) -> None:
    async with training(tmp_path, life(stop=5)) as (app, pilot, run):
        await pilot.press("B")
        await pilot.pause()
        assert "No epoch is the best one yet" in [each.message for each in app._notifications][-1]
        assert not run.commands.exists() or told(run) == []


async def test_augmentation_is_chosen(tmp_path: Path) -> None:
    async with training(tmp_path, life(stop=75)) as (app, pilot, run):
        await pilot.press("A")
        await pilot.pause()
        assert isinstance(app.screen, ChooseScreen)
        await pilot.press(*"strong", "enter")
        await pilot.pause()
        app.action_flip()
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert told(run) == [SetAugment("strong"), SetFlip("on")]
