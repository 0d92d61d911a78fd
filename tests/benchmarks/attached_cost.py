"""What a workbench that watches costs the training: one run, windows with and without it in turn.

Both windows of a pair belong to the same worker, so that only the workbench differs. It shows the train screen and
has settled; what opening it costs, once, is a line of its own.
"""

import time
from collections.abc import Callable

from tests.benchmarks.cpu import cpu_seconds
from tests.benchmarks.key_latency import attached
from tests.benchmarks.places import folder, training
from tests.benchmarks.tables import heading, line, middle
from workbench.protocol import Steps
from workbench.run import RunFolder, read_events

WINDOW_SECONDS = 10.0


def table(pairs: int) -> None:
    """Print how much longer a step takes while a workbench watches."""
    ratios: list[float] = []
    shares: list[float] = []
    with folder() as place, training(place) as run:
        for _ in range(pairs):
            alone = steps_a_second(run, time.sleep)
            with attached(place, run.name) as terminal:
                terminal.type("4")
                terminal.rest(2.0)
                spent, began = cpu_seconds(terminal.process), time.perf_counter()
                watched = steps_a_second(run, terminal.rest)
                shares.append((cpu_seconds(terminal.process) - spent) / (time.perf_counter() - began))
            ratios.append(alone / watched)
    title = f"Training with a workbench attached ({pairs} pairs of {WINDOW_SECONDS:.0f} s)"
    heading(title, "median", "least", "most")
    line("a step's time, attached : alone", *(f"{part(ratios):.3f}" for part in (middle, min, max)))
    line("the workbench's share of one core", *(f"{100 * part(shares):.1f} %" for part in (middle, min, max)))


def steps_a_second(run: RunFolder, wait: Callable[[float], object]) -> float:
    """Steps a second during a window, from the times of the journal's lines."""
    began = time.time()
    wait(WINDOW_SECONDS)
    found = [event for event in read_events(run.events) if isinstance(event, Steps) and event.time >= began]
    steps = sum(len(event.loss) for event in found[1:])
    return steps / (found[-1].time - found[0].time)
