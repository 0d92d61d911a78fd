"""From ``thaw run`` to the first step, beside importing torch alone."""

import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.places import THAW, folder
from tests.benchmarks.tables import heading, line, middle
from tests.benchmarks.terminal import environment
from workbench.protocol import Started, Steps
from workbench.run import list_runs, read_events


def table(repeats: int) -> None:
    """Print how long a run takes to start and what of it is torch."""
    times: dict[str, list[float]] = {
        "import torch, torchvision": [],
        "thaw run: started": [],
        "first steps told": [],
    }
    for _ in range(repeats):
        with folder() as place:
            times["import torch, torchvision"].append(importing(place))
            started, stepped = running(place)
            times["thaw run: started"].append(started)
            times["first steps told"].append(stepped)
    heading(f"Start of a run ({repeats} each, alternating)", "median", "fastest", ": torch")
    torch = middle(times["import torch, torchvision"])
    for name, found in times.items():
        line(name, f"{middle(found):.2f} s", f"{min(found):.2f} s", f"{middle(found) / torch:.2f}")


def importing(place: Path) -> float:
    """Seconds that a Python needs to import torch and torchvision."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", "import torch, torchvision"], check=True, cwd=place, env=environment()
    )
    return time.perf_counter() - began


def running(place: Path) -> tuple[float, float]:
    """Seconds from exec to the journal's start and to its first line of steps."""
    began = time.time()
    command = [*THAW, "run", "bench.toml", "--set", "train.epochs=1"]
    subprocess.run(command, check=True, cwd=place, env=environment(), capture_output=True)
    events = list(read_events(list_runs(place / "runs")[0].events))
    started = next(event.time for event in events if isinstance(event, Started))
    stepped = next(event.time for event in events if isinstance(event, Steps))
    return started - began, stepped - began
