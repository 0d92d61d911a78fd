"""kill -9 at random moments: a resumed run ends with the weights of the undisturbed one, to the bit."""

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.end_to_end.terminal import Terminal
from tests.end_to_end.whole import DIGITS, Shell, events, fingerprint, losses, steps_taken, train_on, until
from workbench.actions import Stop
from workbench.protocol import Applied, Compiled, Finished, Started
from workbench.run import RunFolder, holder_of, is_working, list_runs

EDITS = (
    "thaw conv5",
    "thaw stage4",
    "freeze stage4.0",
    "lr 0.002",
    "lr-scale conv5 0.5",
    "freeze conv5",
    "undo",
    "batchnorm follow",
    "only head stage4 stage3",
    "weight-decay 0.1",
    "redo",
)


@pytest.mark.parametrize(
    ("seed", "kills"), [(1, 4), pytest.param(2, 10, marks=[pytest.mark.slow, pytest.mark.timeout(900)])]
)
def test_a_worker_killed_again_and_again_ends_with_the_same_weights(
    thaw: Shell, seed: int, kills: int
) -> None:
    draws = random.Random(seed)  # noqa: S311  (moments, not secrets)
    run = thaw.start(DIGITS.replace("checkpoint_seconds = 0.5", "checkpoint_seconds = 0.2"))
    edits = list(EDITS)
    for _ in range(kills):
        train_on(run, 1)
        if edits:
            thaw.done("tell", run.path, edits.pop(0))
        time.sleep(draws.uniform(0, 0.6))
        kill(run)
        thaw.done("resume", run.path, "--detach")
    train_on(run, 1)
    end_at_next_epoch(thaw, run)
    until(lambda: events(run, Finished), "the run ends", run)
    assert len(events(run, Started)) >= 2
    thaw.done("run", "--replay", run.path, "--out", "runs/undisturbed")
    undisturbed = RunFolder(run.path.parent / "undisturbed")
    assert len(events(undisturbed, Started)) == 1
    assert losses(undisturbed) == losses(run)
    assert fingerprint(undisturbed) == fingerprint(run)


@pytest.mark.slow
@pytest.mark.skipif(not any(map(shutil.which, ("g++", "clang++", "c++"))), reason="needs a C++ compiler")
def test_a_compiled_run_that_is_killed_goes_on_compiled_and_ends_with_the_same_weights(thaw: Shell) -> None:
    text = DIGITS.replace('source = "digits"', 'source = "digits"\naugment = "none"')
    run = thaw.start(text.replace("[train]", '[train]\ncompile = "on"'))
    for edit in ("thaw conv5", "freeze conv5"):
        train_on(run, 30)
        thaw.done("tell", run.path, edit)
        compiled = len(events(run, Compiled))
        until(lambda known=compiled: len(events(run, Compiled)) > known, "it is compiled again", run)
        train_on(run, 30)
        kill(run)
        thaw.done("resume", run.path, "--detach")
    train_on(run, 1)
    end_at_next_epoch(thaw, run)
    until(lambda: events(run, Finished), "the run ends", run)
    thaw.done("run", "--replay", run.path, "--out", "runs/undisturbed")
    undisturbed = RunFolder(run.path.parent / "undisturbed")
    assert losses(undisturbed) == losses(run)
    assert fingerprint(undisturbed) == fingerprint(run)


def kill(run: RunFolder) -> None:
    pid = holder_of(run)["pid"]
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_working(run), "the worker is gone", run)


def end_at_next_epoch(thaw: Shell, run: RunFolder) -> None:
    """Shorten the run by an edit like any other, so that it is complete soon."""
    epoch = steps_taken(run) // events(run, Started)[-1].steps_per_epoch + 1
    thaw.done("tell", run.path, f"epochs {epoch + 1}")


def test_a_killed_workbench_leaves_the_worker_alone(here: Path) -> None:
    (here / "mine.toml").write_text(DIGITS)
    with Terminal(here, "mine.toml") as terminal:
        terminal.until("mine.toml")
        terminal.until("conv5")
        terminal.press("s")
        until(lambda: list_runs(here / "runs"), "a run was started")
        run = list_runs(here / "runs")[0]
        train_on(run, 3)
        terminal.kill()
    train_on(run, 20)
    assert is_working(run)
    run.tell(Stop())
    until(lambda: events(run, Finished), "the run stops when it is told to", run)
    assert events(run, Applied)[-1].action == Stop()
