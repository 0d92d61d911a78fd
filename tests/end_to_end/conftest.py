"""What the tests of the whole share: an empty folder to work in, made photos, and no process left behind.

Everything runs as it does for a user: the command line, the engine and the workers are processes of their own.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.end_to_end.tmux import Tmux
from tests.end_to_end.whole import Shell
from workbench.run import RunFolder, holder_of, is_working, list_runs

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty current folder, without network and without downloaded weights; workers in it are ended after."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THAW_RUNS", raising=False)
    monkeypatch.setenv("THAW_OFFLINE", "1")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    yield tmp_path
    for run in list_runs(tmp_path / "runs"):
        end(run)


def end(run: RunFolder) -> None:
    """Kill the run's worker where one lives."""
    pid = holder_of(run).get("pid")
    if is_working(run) and isinstance(pid, int):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def thaw(here: Path) -> Shell:
    """The command line as a process in the current folder."""
    return Shell(here)


@pytest.fixture
def tmux(here: Path) -> Iterator[Tmux]:
    """A shell in the test's folder, in tmux."""
    started = Tmux(here)
    started.until(r"shell\$")
    yield started
    started.end()


@pytest.fixture
def photos(here: Path) -> Path:
    """A folder of three classes with sixteen small pictures each, two of which are hard to tell apart."""
    draws = np.random.default_rng(1)
    for name, colour in (("ants", (190, 60, 40)), ("bees", (60, 60, 190)), ("wasps", (70, 60, 180))):
        folder = here / "photos" / name
        folder.mkdir(parents=True)
        for number in range(16):
            noise = draws.integers(0, 90, (24, 32, 3))
            picture = (np.array(colour) // 2 + noise).clip(0, 255).astype(np.uint8)
            Image.fromarray(picture).save(folder / f"{number}.png")
    return here / "photos"
