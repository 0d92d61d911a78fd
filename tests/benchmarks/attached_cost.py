"""What a workbench that watches costs the training: one run, windows with and without it in turn.

All windows belong to the same worker and the same workbench, which shows the train screen and is stopped by a signal
for the windows without it; so nothing but its work differs. What opening it costs, once, is not in here.
"""

import os
import signal
import time
from collections.abc import Callable

from tests.benchmarks.cpu import cpu_seconds
from tests.benchmarks.key_latency import attached
from tests.benchmarks.places import folder, training
from tests.benchmarks.tables import heading, line, percentile
from tests.benchmarks.terminal import Terminal
from workbench.protocol import Steps
from workbench.run import RunFolder, read_events

WINDOW_SECONDS = 3.0
"""Short, so that both windows of a pair meet the same neighbours on a busy machine."""


def table(pairs: int) -> None:
    """Print how much longer a step takes while a workbench watches."""
    ratios: list[float] = []
    shares: list[float] = []
    with folder() as place, training(place) as run, attached(place, run.name) as terminal:
        terminal.type("4")
        for pair in range(pairs):
            # The order alternates: what changes slowly favours neither.
            if pair % 2:
                alone = unwatched(run, terminal)
            watched, share = watching(run, terminal)
            if not pair % 2:
                alone = unwatched(run, terminal)
            ratios.append(watched / alone)
            shares.append(share)
    title = f"Training with a workbench attached ({pairs} pairs of {WINDOW_SECONDS:.0f} s)"
    heading(title, "median", "quarter below", "quarter above")
    parts = (50, 25, 75)
    line("a step's time, attached : alone", *(f"{percentile(ratios, part):.3f}" for part in parts))
    line("the workbench's share of one core", *(f"{100 * percentile(shares, part):.1f} %" for part in parts))


def unwatched(run: RunFolder, terminal: Terminal) -> float:
    """Seconds a step while the workbench stands still."""
    os.kill(terminal.process, signal.SIGSTOP)
    try:
        return seconds_a_step(run, time.sleep)
    finally:
        os.kill(terminal.process, signal.SIGCONT)


def watching(run: RunFolder, terminal: Terminal) -> tuple[float, float]:
    """Seconds a step while the workbench has caught up and watches, and its share of a core."""
    terminal.rest(1.0)
    spent, began = cpu_seconds(terminal.process), time.perf_counter()
    seconds = seconds_a_step(run, terminal.rest)
    return seconds, (cpu_seconds(terminal.process) - spent) / (time.perf_counter() - began)


def seconds_a_step(run: RunFolder, wait: Callable[[float], object]) -> float:
    """Mean time of a step during a window, as the journal's lines have it: without evaluations and checkpoints."""
    began = time.time()
    wait(WINDOW_SECONDS)
    found = [event for event in read_events(run.events) if isinstance(event, Steps) and event.time >= began]
    inside = found[1:]  # the first began before the window
    return sum(len(event.loss) / event.images_per_second for event in inside) / sum(
        len(event.loss) for event in inside
    )
