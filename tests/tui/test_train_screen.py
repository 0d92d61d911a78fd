"""The train screen, driven by keys over journals as a worker writes them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input

from tests.tui.made_runs import SESSION, app_without_engine, life, made_run, started, steps, write
from tests.tui.waiting import until
from tui.app import ThawApp
from tui.widgets.chart import Chart
from tui.widgets.command_line import CommandLine
from tui.widgets.model_tree import ModelTree
from tui.widgets.progress_line import ProgressLine
from tui.widgets.run_log import RunLog
from workbench import protocol
from workbench.actions import Action, Checkpoint, Continue, Evaluate, Pause, Stop, Thaw
from workbench.protocol import Event
from workbench.run import Lease, RunFolder, command_of
from workbench.session_file import parse


@asynccontextmanager
async def training(
    folder: Path, events: Iterator[Event], size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[ThawApp, Pilot[str], RunFolder]]:
    """The app on the train screen, attached to a run that a worker (this process) holds."""
    run = made_run(folder, events)
    with Lease(run):
        async with app_without_engine().run_test(size=size) as pilot:
            app = pilot.app
            await app.show_mode("train")
            await app.attach(run)
            await settled(pilot)
            yield app, pilot, run


async def settled(pilot: Pilot[str]) -> None:
    """Wait until the journal is read and the screen has shown it."""
    attached = pilot.app.attached
    for _ in range(100):
        await pilot.pause(0.1)
        if attached.tail.offset == attached.run.events.stat().st_size:
            break
    await pilot.pause(0.5)


def told(run: RunFolder) -> list[Action]:
    commands = (command_of(line) for line in run.commands.read_bytes().split(b"\n") if line)
    return [command.action for command in commands if command is not None]


def progress(app: ThawApp) -> str:
    return lines(app.screen.query_one(ProgressLine))


def log(app: ThawApp) -> str:
    return lines(app.screen.query_one(RunLog))


def lines(widget: Widget) -> str:
    return "\n".join(widget.render_line(y).text.rstrip() for y in range(widget.size.height))


def caption(app: ThawApp, figure: str) -> str:
    return app.screen.query_one(f"#chart-{figure}", Chart).text().plain.split("\n")[0]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_live_run_is_shown(tmp_path: Path, size: tuple[int, int]) -> None:
    async with training(tmp_path, life(stop=75), size) as (app, _, _):
        assert "epoch 4/5" in progress(app)
        assert "step 76/100" in progress(app)
        assert "trainable 95.0 K of 352.0 K (27.0 %)" in progress(app)
        assert "train 0." in caption(app, "loss")
        assert "val" in caption(app, "accuracy")
        assert "step 71: thaw stage3 → 95.0 K of 352.0 K trainable" in log(app)


async def test_a_long_journal_is_read_with_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.client.SLICE", 1 << 13)  # so that it takes its time
    taken = 200_000
    run = made_run(tmp_path, [started(epochs=taken), *(steps(first, 100) for first in range(0, taken, 100))])
    async with app_without_engine().run_test(size=(120, 40)) as pilot:
        app = pilot.app
        await app.show_mode("train")
        await app.attach(run)
        said: list[str] = []
        while not app.attached.caught_up:
            said.append(progress(app))
            await asyncio.sleep(0.01)
        assert any("reading what the run has told so far" in each for each in said)
        charts = list(app.screen.query(Chart))
        await until(pilot, lambda: all(chart.shown_steps == taken for chart in charts))
        assert "reading" not in progress(app)


async def test_what_the_worker_adds_appears(tmp_path: Path) -> None:
    async with training(tmp_path, life(stop=40)) as (app, pilot, run):
        assert "step 40/100" in progress(app)
        write(run, list(life())[-4:])
        await settled(pilot)
        assert "✓ finished" in progress(app)
        assert "test" in progress(app)
        assert "5 evaluate" in progress(app)


async def test_keys_tell_the_worker(tmp_path: Path) -> None:
    async with training(tmp_path, life(stop=40)) as (app, pilot, run):
        await pilot.press("p", "e", "c")
        await pilot.pause()
        assert told(run) == [Pause(), Evaluate("val"), Checkpoint()]
        assert "asked: pause; evaluate val; checkpoint" in progress(app)
        write(run, [protocol.Paused(step=40)])
        await settled(pilot)
        assert "paused" in progress(app)
        await pilot.press("p")
        await pilot.pause()
        assert told(run)[-1] == Continue()


async def test_stop_asks_first(tmp_path: Path) -> None:
    async with training(tmp_path, life(stop=40)) as (_, pilot, run):
        await pilot.press("x")
        await pilot.pause()
        await pilot.press("n")
        await pilot.pause()
        assert told(run) == []
        await pilot.press("x")
        await pilot.pause()
        await pilot.press("y")
        await pilot.pause()
        assert told(run) == [Stop()]


async def test_any_verb_can_be_typed(tmp_path: Path) -> None:
    async with training(tmp_path, life(stop=40)) as (app, pilot, run):
        await pilot.press("colon", *"thaww stage4", "enter")
        await pilot.pause()
        line = app.screen.query_one(CommandLine)
        assert line.has_class("-open")
        assert "did you mean 'thaw'?" in str(line.query_one("Static").render())
        assert told(run) == []
        line.query_one(Input).value = "thaw stage4.*"
        await pilot.press("enter")
        await pilot.pause()
        assert told(run) == [Thaw(("stage4.*",))]
        assert not line.has_class("-open")
        await pilot.press("colon", "escape")
        assert not line.has_class("-open")


async def test_a_rejected_command_says_why(tmp_path: Path) -> None:
    async with training(tmp_path, life(stop=40)) as (app, pilot, run):
        await pilot.press("colon", *"thaw nose", "enter")
        await pilot.pause()
        assert "asked: thaw nose" in progress(app)
        command = command_of(run.commands.read_bytes().strip())
        assert command is not None
        message = "'nose' matches no module"
        write(run, [protocol.Rejected(id=command.id, step=41, action=command.action, message=message)])
        await settled(pilot)
        assert "asked" not in progress(app)
        assert f"step 41: rejected: {message}" in log(app)


async def test_smoothing_and_scale_are_switched_by_keys(tmp_path: Path) -> None:
    async with training(tmp_path, life(stop=75), (200, 60)) as (app, pilot, _):
        for word in ("light", "strong", "raw"):
            assert f"smoothing {word}" in caption(app, "loss")
            await pilot.press("z")
            await pilot.pause(0.3)
        await pilot.press("y")
        await pilot.pause(0.3)
        assert caption(app, "loss").endswith("log")
        assert not caption(app, "accuracy").endswith("log")


async def test_the_tree_comes_and_goes_and_is_there_where_it_is_wide(tmp_path: Path) -> None:
    async with training(tmp_path, life(stop=75)) as (app, pilot, _):
        side = app.screen.query_one("#train-side")
        assert not side.display
        await pilot.press("m")
        await pilot.pause()
        assert side.display
        assert app.screen.query_one("#chart-loss").size.height >= 5
        await pilot.press("m")
        await pilot.pause()
        assert not side.display
        await pilot.resize_terminal(140, 45)
        await pilot.pause()
        assert app.screen.query_one(ModelTree).region.x >= 0
        assert app.screen.query_one("#chart-loss").size.width >= 40


async def test_a_crash_is_told_with_the_key_that_resumes(tmp_path: Path) -> None:
    run = made_run(tmp_path, life(stop=40))
    with Lease(run):
        pass
    async with app_without_engine().run_test(size=(80, 24)) as pilot:
        app = pilot.app
        await app.show_mode("train")
        await app.attach(run)
        for _ in range(100):
            await pilot.pause(0.1)
            if app.attached.view.state == "crashed":
                break
        await pilot.pause(0.5)
        train = next(screen for screen in app.screen_stack if screen.query(ProgressLine))
        line = lines(train.query_one(ProgressLine))
        assert "✗ crashed at step 40" in line
        assert "s goes on from the last checkpoint" in line


async def test_nothing_open_says_what_to_do() -> None:
    async with app_without_engine().run_test(size=(80, 24)) as pilot:
        await pilot.app.show_mode("train")
        await pilot.pause()
        card = screen_text(pilot.app)
        assert "Nothing to train yet" in card
        assert "ctrl+o" in card


async def test_a_draft_says_what_would_be_trained() -> None:
    from tui.workspace import Draft

    session = parse(SESSION)
    async with app_without_engine().run_test(size=(80, 24)) as pilot:
        pilot.app.draft = Draft(SESSION, session, session)
        await pilot.app.show_mode("train")
        await pilot.pause()
        card = screen_text(pilot.app)
        assert "Ready to train: letters" in card
        assert "shufflenet_v2_x0_5" in card
        assert "start training" in card


async def test_starting_shows_what_is_being_done(tmp_path: Path) -> None:
    events = iter([protocol.Progress(message="downloading weights")])
    async with training(tmp_path, events) as (app, _, _):
        assert "downloading weights" in progress(app)
        assert "downloading weights" in screen_text(app)


def screen_text(app: ThawApp) -> str:
    """All that is on the screen, line by line."""
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line) for line in lines)
