"""What it takes a run to tell of itself: metrics, heat, sums and journal, as a part of its steps' time."""

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.places import LARGE_SESSION, SESSION, folder
from tests.benchmarks.tables import heading, line, milliseconds
from tests.benchmarks.terminal import environment
from workbench.core.worker import SPINS
from workbench.run import create

TIMED_WORKER = Path(__file__).with_name("timed_worker.py")
FIRST = 5
"""So many steps of a run are left out: they warm up."""

RUNS = {
    "all of shufflenet_v2_x0_5": (SESSION, 6),
    "its head, the rest kept": (SESSION.replace('"full"', '"feature-extraction"'), 6),
    "all of efficientnet_v2_l, 1,400 modules": (
        LARGE_SESSION.replace("[data]", "[data]\ntrain_per_class = 8\nsplit = {{ val = 0.02, test = 0.02 }}"),
        2,
    ),
}
"""Sessions by what they train, and for how many epochs."""


def table(repeats: int) -> None:
    """Print a step's time and what of it is telling, over all steps of so many runs."""
    heading(f"What a run tells of itself ({repeats} runs each)", "steps", "a step", "telling", "part")
    for name, (session, epochs) in RUNS.items():
        steps = [step for _ in range(repeats) for step in timed(session.format(epochs=epochs))]
        whole, told = (sum(each) / len(steps) for each in zip(*steps, strict=True))
        line(
            name,
            f"{len(steps):,}",
            milliseconds(whole),
            f"{1e3 * told:.3f} ms",
            f"{100 * told / whole:.2f} %",
        )


def timed(session: str) -> list[tuple[float, float]]:
    """Seconds of each step of a run with what is told of it, and those of the telling."""
    with folder() as place:
        run, noted = create(session, "told", place / "runs"), place / "noted.txt"
        command = [sys.executable, str(TIMED_WORKER), str(run.path), str(noted)]
        # What the worker says to OpenMP before it imports torch has to be said from here.
        waiting = {"GOMP_SPINCOUNT": str(SPINS)}
        subprocess.run(command, check=True, env=environment() | waiting, capture_output=True)
        lines = noted.read_text().splitlines()[FIRST:]
    return [(float(whole), float(told)) for whole, told in (text.split() for text in lines)]
