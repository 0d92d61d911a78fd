"""What goes wrong around a run: two workers, a torn journal, a newer version, a full disk, a worker that fails."""

import json
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.end_to_end.screens import type_into_field, until, until_seen
from tests.end_to_end.whole import DIGITS, Shell, events, losses, steps_taken, train_on
from tests.end_to_end.whole import until as wait_until
from tui.app import ThawApp
from tui.screens.failure import FailureScreen
from workbench.actions import Checkpoint, Pause, Stop
from workbench.launch import worker_command
from workbench.protocol import Failed, Finished, Notice, Paused, Saved, Started
from workbench.run import RunFolder, holder_of, is_working, list_runs

limits_others = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs prlimit, which Linux has")


def end(run: RunFolder) -> None:
    """Let the run stop with its checkpoint."""
    run.tell(Stop())
    wait_until(lambda: events(run, Finished) and not is_working(run), "the run stops", run)


def test_a_second_worker_is_refused_and_disturbs_nothing(thaw: Shell) -> None:
    run = thaw.start(DIGITS)
    train_on(run, 1)
    assert thaw("resume", run.path) == 2
    assert "is training already" in thaw.err
    second = subprocess.run(worker_command(run), capture_output=True, text=True, timeout=60)
    assert second.returncode == 2
    assert f"another worker trains this run (process {holder_of(run)['pid']}" in second.stderr
    assert "Traceback" not in second.stderr
    train_on(run, 5)
    assert len(events(run, Started)) == 1


def test_a_journal_torn_in_a_line_is_taken_up_again(thaw: Shell) -> None:
    run = thaw.start(DIGITS)
    wait_until(lambda: events(run, Saved), "a checkpoint is written", run)
    train_on(run, 1)
    os.kill(holder_of(run)["pid"], signal.SIGKILL)
    wait_until(lambda: not is_working(run), "the worker is gone")
    with run.events.open("ab") as journal:
        journal.write(b'{"event":"steps","step":9999999,"loss":[0.1,')
    assert "crashed" in thaw.done("runs")
    thaw.done("resume", run.path, "--detach")
    wait_until(lambda: len(events(run, Started)) == 2, "it goes on", run)
    train_on(run, 3)
    end(run)
    for line in run.events.read_bytes().splitlines():
        json.loads(line)
    assert len(losses(run)) == events(run, Finished)[-1].step


def test_a_run_of_a_newer_version_is_left_alone(thaw: Shell, here: Path) -> None:
    run = RunFolder(here / "runs" / "newer")
    run.path.mkdir(parents=True)
    run.session.write_text(DIGITS)
    run.events.write_text('{"event":"started","step":0,"format":99}\n')
    before = {path: path.read_bytes() for path in run.path.iterdir()}
    for verb in ("attach", "resume", "stop", "eval", "tree"):
        assert thaw(verb, "newer") == 2
        assert "newer Thaw" in thaw.err
    assert thaw("tell", "newer", "pause") == 2
    assert {path: path.read_bytes() for path in run.path.iterdir()} == before


def told(run: RunFolder, words: str) -> list[str]:
    """The notices that hold these words."""
    return [each.message for each in events(run, Notice) if words in each.message]


@limits_others
def test_a_full_disk_stops_neither_training_nor_the_journal(thaw: Shell) -> None:
    """A limit on the size of the worker's files stands in for the full disk: both fail at the write."""
    run = thaw.start(DIGITS.replace("checkpoint_seconds = 0.5", "checkpoint_seconds = 600"))
    train_on(run, 1)
    pid, unlimited = holder_of(run)["pid"], (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    run.tell(Checkpoint())
    wait_until(lambda: events(run, Saved), "a checkpoint is written", run)

    resource.prlimit(pid, resource.RLIMIT_FSIZE, (500_000, resource.RLIM_INFINITY))
    kept = (run.checkpoint("last") / "state.json").read_bytes()
    run.tell(Checkpoint())
    wait_until(lambda: told(run, "checkpoint could not be written"), "the user is told", run)
    assert "free space" in told(run, "checkpoint could not be written")[-1]
    assert (run.checkpoint("last") / "state.json").read_bytes() == kept
    train_on(run, 5)

    resource.prlimit(pid, resource.RLIMIT_FSIZE, (run.events.stat().st_size, resource.RLIM_INFINITY))
    step = steps_taken(run)
    time.sleep(1)  # steps go on, though nothing tells of them
    resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)
    train_on(run, 5)
    run.tell(Checkpoint())
    wait_until(lambda: events(run, Saved)[-1].step > step, "the next checkpoint is written", run)
    end(run)
    assert events(run, Finished)[-1].step > step
    assert len(losses(run)) == events(run, Finished)[-1].step
    assert not list(run.path.glob("checkpoints/.*"))


@pytest.mark.timeout(200)
async def test_a_worker_that_fails_or_dies_shows_as_a_screen(thaw: Shell, here: Path, photos: Path) -> None:
    text = DIGITS.replace('source = "digits"', 'source = "photos"').replace("0.02", "0.2")
    run = thaw.start(text)
    train_on(run, 1)
    app = ThawApp(run.path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.attached is not None and app.attached.view.step, "it is attached")
        os.kill(holder_of(run)["pid"], signal.SIGKILL)
        await until(pilot, lambda: isinstance(app.screen, FailureScreen), "the crash is shown")
        await until_seen(pilot, "it was killed", "resumes it")
        photos.rename(here / "elsewhere")  # noqa: ASYNC240  (one rename)
        await pilot.press("r")
        await until(pilot, lambda: events(run, Failed), "the new worker fails")
        await until_seen(pilot, "no folder")
        assert isinstance(app.screen, FailureScreen)
        (here / "elsewhere").rename(photos)
        await pilot.press("r")
        await until(pilot, lambda: len(events(run, Started)) == 2, "it goes on")
        await until(pilot, lambda: not isinstance(app.screen, FailureScreen), "the failure is history")
        run.tell(Pause())
        await until(pilot, lambda: events(run, Paused), "it takes commands")
        assert not app.screen.query(
            "#said",
        )
        await pilot.press("q")


async def test_a_session_that_can_not_start_is_put_right_and_trains_in_a_new_run(here: Path) -> None:
    path = here / "mine.toml"
    path.write_text(DIGITS.replace('weights = "none"', 'weights = "gone.pth"'))
    app = ThawApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_seen(pilot, "conv5", "trainable")
        await pilot.press("s")
        await until_seen(pilot, "gone.pth: no such file", "give a .safetensors or .pth file")
        await pilot.press("o")
        await until(pilot, lambda: app.current_mode == "model", "the session is shown")
        await pilot.press("tab")
        await type_into_field(pilot, "model.weights", "none")
        await pilot.press("4", "s")
        await until(pilot, lambda: len(list_runs(here / "runs")) == 2, "another run is made")
        await until(pilot, lambda: app.attached is not None and app.attached.view.step, "it trains")
        assert app.attached is not None
        assert app.attached.session is not None
        assert app.attached.session.model.weights == "none"
        await pilot.press("q")
