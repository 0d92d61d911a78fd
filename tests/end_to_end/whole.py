"""Driving the whole from outside: the `thaw` command as a process, and waiting for what a run's journal says."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch
from safetensors.torch import load

from workbench.protocol import Event, Steps
from workbench.run import RunFolder, read_events

THAW = (sys.executable, "-m", "tui")
PATIENCE = 90.0
"""Seconds after which something that should happen counts as failed; generous, for busy machines."""

Kind = TypeVar("Kind", bound=Event)

DIGITS = """
name = "digits"
seed = 5
[data]
source = "digits"
split = { val = 0.02, test = 0.02 }
image_size = 32
batch_size = 16
[model]
name = "shufflenet_v2_x0_5"
weights = "none"
dropout = 0.2
[freeze]
batchnorm = "frozen"
[optimizer]
lr = 0.003
backbone_lr_scale = 1.0
weight_decay = 0.1
[train]
epochs = 500
device = "cpu"
checkpoint_seconds = 0.5
"""
"""A session whose steps take some milliseconds and which does not end by itself while a test looks at it."""


class Shell:
    """Runs ``thaw`` in a folder and keeps what it printed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.out = self.err = ""

    def __call__(self, *words: object) -> int:
        """The exit code of one command line."""
        done = subprocess.run(
            [*THAW, *map(str, words)],
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE,
            stdin=subprocess.DEVNULL,
        )
        self.out, self.err = done.stdout, done.stderr
        assert "Traceback" not in self.err, self.err
        return done.returncode

    def done(self, *words: object) -> str:
        """What one command line prints, which has to succeed."""
        code = self(*words)
        assert code == 0, f"thaw {' '.join(map(str, words))}: {code}\n{self.out}\n{self.err}"
        return self.out

    def start(self, session: str, name: str = "first") -> RunFolder:
        """A run of a session text that trains detached."""
        path = self._folder / f"{name}.toml"
        path.write_text(session)
        self.done("run", path, "--detach", "--out", self._folder / "runs" / name)
        return RunFolder(self._folder / "runs" / name)


def events(run: RunFolder, kind: type[Kind]) -> list[Kind]:
    """The events of one kind in a run's journal."""
    return [event for event in read_events(run.events) if isinstance(event, kind)]


def until(condition: Callable[[], object], what: str, run: RunFolder | None = None) -> None:
    """Wait until something holds; the message of a failure has the ends of the run's journal and log."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            said = "" if run is None else f"\n{run.events.read_text()[-2000:]}\n{run.log.read_text()[-2000:]}"
            raise AssertionError(f"waited in vain until {what}{said}")
        time.sleep(0.05)


def steps_taken(run: RunFolder) -> int:
    """How many steps the journal tells of."""
    return max((event.step + len(event.loss) for event in events(run, Steps)), default=0)


def train_on(run: RunFolder, steps: int) -> None:
    """Wait until the run has taken that many steps more."""
    goal = steps_taken(run) + steps
    until(lambda: steps_taken(run) >= goal, f"step {goal} is taken", run)


def weights(run: RunFolder, kind: str = "last") -> dict[str, torch.Tensor]:
    """The tensors of a checkpoint, read at once so that the next one may replace it."""
    return load((run.checkpoint(kind) / "model.safetensors").read_bytes())


def fingerprint(run: RunFolder) -> str:
    """The sha256 of the last checkpoint's weights."""
    return hashlib.sha256((run.checkpoint("last") / "model.safetensors").read_bytes()).hexdigest()


def losses(run: RunFolder) -> list[float]:
    """The loss of every step; where steps were taken again, the later one counts."""
    found: dict[int, float] = {}
    for event in events(run, Steps):
        found.update(enumerate(event.loss, start=event.step))
    return [found[step] for step in sorted(found)]
