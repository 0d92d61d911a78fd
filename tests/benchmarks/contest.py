"""Running one contender on one task, in a process of its own, and what to say where that is not possible.

Every process has the cache folder that it is given, so that what Thaw keeps on disk is there for a second run and for
no other; the machine's own caches are not touched.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import msgspec

from tests.benchmarks.peers.task import Result, Task
from tests.benchmarks.terminal import environment


@dataclass(frozen=True)
class Contender:
    """A file in `peers`, what has to be installed, its own settings, and whether it runs in each round or once."""

    title: str
    module: str
    package: str = "torch"
    every_round: bool = True
    settings: Mapping[str, object] = field(default_factory=dict)


CONTENDERS = {
    "tutorial": Contender("(a) the plain tutorial loop", "tutorial"),
    "hand-tuned": Contender("(b) the best hand-tuned loop", "hand_tuned"),
    "hand-tuned-allocator": Contender("(b) with Thaw's allocator setting", "hand_tuned_allocator"),
    "thaw": Contender("Thaw", "thaw_worker"),
    "thaw-again": Contender("Thaw, a second run", "thaw_worker"),
    "thaw-augmented": Contender("Thaw, augmented", "thaw_worker", settings={"augmented": True}),
    "thaw-follow": Contender("Thaw, BatchNorms follow", "thaw_worker", settings={"batchnorm": "follow"}),
    "fastai": Contender("(c) fastai", "fastai_learner", "fastai", every_round=False),
    "lightning": Contender("(d) Lightning", "lightning_trainer", "lightning", every_round=False),
    "timm": Contender("(e) timm's pieces", "timm_pieces", "timm", every_round=False),
}
"""In the order in which they run: a second run comes after the first, whose cache it has."""


class NotRun(Exception):  # noqa: N818  (reads as a noun where it is caught)
    """The contender gave no result; the message says why."""


def run(name: str, task: Task, cache: Path) -> Result:
    """The result of a contender; NotRun where it is not installed or fails."""
    contender = CONTENDERS[name]
    if find_spec(contender.package) is None:
        raise NotRun("not installed: pip install -e '.[peers]'")
    command = [sys.executable, "-m", f"tests.benchmarks.peers.{contender.module}"]
    asked = msgspec.json.encode(msgspec.structs.replace(task, **contender.settings)).decode()
    done = subprocess.run([*command, asked], capture_output=True, text=True, env=own_environment(cache))
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        raise NotRun(f"failed: {(done.stderr.strip().splitlines() or ['it said nothing'])[-1]}")
    return msgspec.json.decode(lines[-1], type=Result)


def own_environment(cache: Path) -> dict[str, str]:
    """A user's environment with a cache of its own, nothing downloaded."""
    own = {"XDG_CACHE_HOME": cache, "FASTAI_HOME": cache / "fastai", "MPLCONFIGDIR": cache / "matplotlib"}
    kept = {name: value for name, value in environment().items() if name != "THAW_RUNS"}
    return {
        **kept,
        **{name: str(path) for name, path in own.items()},
        "HF_HUB_OFFLINE": "1",
        "THAW_OFFLINE": "1",
        "PYTHONWARNINGS": "ignore",
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(os.cpu_count() or 1)),
    }
