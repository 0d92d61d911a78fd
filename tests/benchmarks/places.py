"""Where the benchmarks work: a folder of their own with a session, and a run that trains in it on all cores."""

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from workbench import launch
from workbench.protocol import Steps
from workbench.run import RunFolder, create, last_events

THAW = [sys.executable, "-m", "tui"]
"""The command that is measured; ``thaw`` is the same function behind an installed name."""

SESSION = """\
name = "bench"
strategy = "full"

[data]
source = "digits"
image_size = 64
batch_size = 64

[model]
name = "shufflenet_v2_x0_5"
weights = "none"

[train]
device = "cpu"
epochs = {epochs}
compile = "off"
"""
"""Nothing is compiled: a run as long as those that are watched here would spend the time on that."""


LARGE_SESSION = """\
name = "large"
strategy = "full"

[data]
source = "digits"
image_size = 32
batch_size = 8

[model]
name = "efficientnet_v2_l"
weights = "none"

[train]
device = "cpu"
epochs = {epochs}
compile = "off"
"""
"""A model of 1,400 modules."""


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder with ``bench.toml`` and ``large.toml`` in it, gone afterwards."""
    with TemporaryDirectory(prefix="thaw-bench-") as name:
        path = Path(name)
        (path / "bench.toml").write_text(SESSION.format(epochs=3))
        (path / "large.toml").write_text(LARGE_SESSION.format(epochs=3))
        yield path


@contextmanager
def training(path: Path, epochs: int = 100_000, session: str = SESSION) -> Iterator[RunFolder]:
    """A run that a detached worker trains meanwhile; yields after its first steps, kills it at the end."""
    run = create(session.format(epochs=epochs), "bench", path / "runs")
    worker = launch.start(run)
    try:
        while not any(isinstance(event, Steps) for event in last_events(run)):
            if worker.poll() is not None:
                raise RuntimeError(f"the worker ended: {run.log.read_text()}")
            time.sleep(0.1)
        yield run
    finally:
        worker.kill()
        worker.wait()
        shutil.rmtree(run.path, ignore_errors=True)


def steps_taken(run: RunFolder) -> int:
    """How many steps the journal tells of."""
    steps = [event for event in last_events(run) if isinstance(event, Steps)]
    return steps[-1].step + len(steps[-1].loss) if steps else 0
