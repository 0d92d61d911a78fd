"""The main job in a real tmux of 80×24, by keys alone: what a person on a GPU box sees over SSH."""

import shutil
from pathlib import Path

import pytest

from tests.end_to_end.tmux import Tmux
from tests.end_to_end.whole import THAW, events, train_on
from workbench.actions import Stop
from workbench.protocol import Applied
from workbench.run import is_working, list_runs
from workbench.session_file import field_descriptions

pytestmark = [
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
    pytest.mark.timeout(300),
]


def test_the_main_job_by_keys_alone(tmux: Tmux, here: Path, photos: Path) -> None:
    thaw = " ".join(THAW)
    tmux.command(thaw)
    tmux.until("Thaw", r"open photos +pictures of 3 classes")
    tmux.press("Enter")
    tmux.until("48 images of 3 classes", "ants", "▀")
    _freeze_and_thaw(tmux)
    _start(tmux)
    run = list_runs(here / "runs")[0]
    _thaw_live(tmux)
    tmux.press("e", "5")
    tmux.until("true ↓", r"val accuracy .* images? wrong", r"\[\d+\]")
    tmux.press("i", "a")
    tmux.until(r"\.png", "▀")
    _save(tmux, here)
    tmux.press("q")
    tmux.until("shell", f"thaw attach {run.name}")
    assert is_working(run)
    train_on(run, 5)
    tmux.command(f"clear; {thaw}")
    tmux.until(f"attach to {run.name[:20]}")
    tmux.press("Enter")
    tmux.until("▼thaw conv5", r"epoch \d+/400", "running")
    tmux.press("5")
    tmux.until("true ↓", "bees")
    tmux.press("4", "x")
    tmux.until("Stop this run")
    tmux.press("y")
    tmux.until("stopped at step")
    tmux.press("q")
    tmux.until(r"shell\$ *\n")
    assert events(run, Applied)[-1].action == Stop()


def _freeze_and_thaw(tmux: Tmux) -> None:
    """Only the head trains; another stage is thawed and frozen again; the run is made long."""
    tmux.press("3")
    tmux.until("● stem", "conv5", r"trainable 344\.9 K")
    tmux.press("F")
    tmux.until(r"○ conv5 .* –", "trainable 3,075 ")
    tmux.press("End", "k", "Space")
    tmux.until(r"● conv5 .* 198\.7 K", r"trainable 201\.7 K")
    tmux.press("u")
    tmux.until(r"○ conv5 .* –", "trainable 3,075 ")
    tmux.press("Tab")
    tmux.until("session fields▐")
    fields = [field.key for field in field_descriptions()]
    tmux.press("-N", str(fields.index("train.epochs")), "Down")
    tmux.until("passes over the training images")
    tmux.press("Enter")
    tmux.until("enter keeps")
    tmux.press("C-u")
    tmux.type("400")
    tmux.press("Enter")
    tmux.until(r"epochs +400")


def _start(tmux: Tmux) -> None:
    tmux.press("s")
    tmux.until(r"epoch \d+/400", "trainable 3,075 of", "loss", "accuracy")


def _thaw_live(tmux: Tmux) -> None:
    tmux.press("m")
    tmux.until("○ conv5")
    tmux.press("End", "k", "t")
    tmux.until("● conv5", "▼thaw conv5", r"trainable 201\.7 K")
    tmux.press("m")
    tmux.until("▪ epoch")


def _save(tmux: Tmux, here: Path) -> None:
    tmux.press("C-s")
    tmux.until("1 live edit")
    tmux.press("y")
    tmux.until("sessions/photos.toml")
    tmux.press("Enter")
    tmux.until("Saved to sessions/photos.toml")
    assert 'thaw = ["conv5"]' in (here / "sessions" / "photos.toml").read_text()
