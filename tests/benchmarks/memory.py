"""What the worker keeps in memory: over 10,000 steps, and for the pictures of a large data set.

Anonymous memory is what only ending the process gives back; pages of files are read again where the system needs
their place. Both are looked up in Linux's status of the process while it trains.
"""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.choices import Choices
from tests.benchmarks.contest import own_environment
from tests.benchmarks.indexing import write_pictures
from tests.benchmarks.places import steps_taken
from tests.benchmarks.tables import heading, line
from tests.benchmarks.training_time import PARTS
from workbench.launch import worker_command
from workbench.run import RunFolder, create

STEPS = 10_000
SHOWN_STEPS = (500, 2_500, 5_000, 7_500, STEPS)
MANY, FEW = 50_000, 500
STORE_SIDE = 64
LOOK_SECONDS = 0.5
"""Between two looks at the process."""

LONG_SESSION = """\
name = "steps"
[data]
source = "digits"
image_size = 32
batch_size = 4
[model]
name = "shufflenet_v2_x0_5"
weights = "bundled"
[train]
device = "cpu"
epochs = {epochs}
"""
STORE_SESSION = """\
name = "store"
strategy = "{strategy}"
[data]
source = "{folder}"
image_size = {side}
batch_size = 64
augment = "none"
flip = false
[model]
name = "shufflenet_v2_x0_5"
weights = "none"
[freeze]
batchnorm = "frozen"
[train]
device = "cpu"
epochs = 2
"""


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of a process in MB: of its own (anonymous), and pages of files."""

    own: float
    files: float

    @property
    def whole(self) -> float:
        """All of it."""
        return self.own + self.files


def table(choices: Choices) -> None:
    """Print the memory over many steps, then what many pictures add."""
    with TemporaryDirectory(prefix="thaw-memory-") as name:
        over_steps(Path(name) / "steps")
        for part in choices.strategies or ("head",):
            of_pictures(Path(name), part)


def over_steps(place: Path) -> None:
    """Print the worker's memory after so and so many steps."""
    heading(f"The worker's memory over {STEPS:,} steps, epochs ending in between", "its own", "files", "all")
    first: Memory | None = None
    waiting = list(SHOWN_STEPS)
    with training(LONG_SESSION.format(epochs=100_000), place) as (worker, run):
        for memory in looks(worker):
            if waiting and steps_taken(run) >= waiting[0]:
                first = first or memory
                line(f"after {waiting.pop(0):,} steps", *_cells(memory))
            if not waiting:
                line("grown since the first line", *_cells(memory, first))
                return
    line("the worker ended before", run.log.read_text()[-200:])


def of_pictures(place: Path, part: str) -> None:
    """Print the largest memory of the same training on few and on many pictures, and the difference."""
    heading(f"Largest memory, {part}, pictures of {STORE_SIDE} px", "its own", "files", "all")
    largest: dict[int, Memory] = {}
    for count in (FEW, MANY):
        folder = place / f"pictures-{count}"
        if not folder.is_dir():
            write_pictures(folder, count, 10, STORE_SIDE)
        session = STORE_SESSION.format(folder=folder, side=STORE_SIDE, strategy=PARTS[part])
        with training(session, place / f"store-{count}-{part}") as (worker, run):
            largest[count] = max(looks(worker), key=lambda memory: memory.whole)
        if worker.returncode:
            line(f"{count:,} pictures: failed", run.events.read_text().splitlines()[-1][-200:])
            return
        line(f"{count:,} pictures", *_cells(largest[count]))
    line("added", *_cells(largest[MANY], largest[FEW]))


@contextmanager
def training(session: str, place: Path) -> Iterator[tuple["subprocess.Popen[bytes]", RunFolder]]:
    """A worker that trains the session with a cache of its own; killed at the end where it still does."""
    run = create(session, "bench", place / "runs")
    with run.log.open("wb") as log:
        worker = subprocess.Popen(
            worker_command(run), stdout=log, stderr=log, env=own_environment(place / "cache")
        )
    try:
        yield worker, run
    finally:
        worker.kill()
        worker.wait()


def looks(worker: "subprocess.Popen[bytes]") -> Iterator[Memory]:
    """The worker's memory, again and again until it ends."""
    while worker.poll() is None:
        if (memory := memory_of(worker.pid)) is not None:
            yield memory
        time.sleep(LOOK_SECONDS)


def memory_of(process: int) -> Memory | None:
    """What Linux tells of a process; None where it is gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return None
    found = {name: value for name, _, value in (each.partition(":") for each in lines)}
    if "RssAnon" not in found:
        return None
    own, files, shared = (int(found[name].split()[0]) / 1e3 for name in ("RssAnon", "RssFile", "RssShmem"))
    return Memory(own, files + shared)


def _cells(memory: Memory, less: Memory | None = None) -> list[str]:
    base = less or Memory(0.0, 0.0)
    parts = (memory.own - base.own, memory.files - base.files, memory.whole - base.whole)
    return [f"{part:+,.0f} MB" if less else f"{part:,.0f} MB" for part in parts]
