"""From a key press to the end of the frame that it changes: at rest, and while a worker trains on all cores.

Keys are pressed at uneven intervals, so that no rhythm of the program is met always at the same place, and a frame
counts only if it writes what the key must bring, so that none is taken for it that the training drew. Beside the
time on the clock stands what the workbench computed, which a busy machine changes less.
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.cpu import cpu_seconds
from tests.benchmarks.places import LARGE_SESSION, THAW, folder, steps_taken, training
from tests.benchmarks.tables import heading, line, middle, milliseconds, percentile
from tests.benchmarks.terminal import Terminal

SIZE = {"columns": 120, "rows": 40}
FIRST_ROW = "conv1"
UNFOLD = (">",) * 6


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys to press in turn, each with what its frame must write, and the seconds (least, most) before each."""

    name: str
    keys: tuple[tuple[str, str], ...]
    pause: tuple[float, float] = (0.05, 0.25)


KEYS = (
    Keys("move in the model tree: j k", (("j", FIRST_ROW), ("k", FIRST_ROW))),
    # What it asks of the run comes back as another frame, which must not be taken for that of the next key. Of the
    # row only its mark is painted; all of the model trains at first.
    Keys("freeze and thaw in it: space", ((" ", "○"), (" ", "●")), pause=(0.8, 1.2)),
    Keys("change the screen: 4 3", (("4", "4 train▐"), ("3", "3 model▐"))),
)


# All of the model trains, so that a row that is painted has this mark.
LARGE_TREE = Keys("move in the open tree of efficientnet_v2_l", (("j", "●"), ("k", "●")))


def table(presses: int) -> None:
    """Print the median and the 95th percentile at rest and while a worker trains."""
    heading(f"Key press to repaint at 120×40 ({presses} each)", "median", "p95", "slowest", "CPU, median")
    with folder() as place:
        with at_rest(place) as terminal:
            for keys in KEYS:
                measure(terminal, keys, presses, "at rest")
        with at_rest(place, "large.toml", "features") as terminal:
            measure_large(terminal, presses, "at rest")
        with training(place) as run:
            before, began = steps_taken(run), time.monotonic()
            with attached(place, run.name) as terminal:
                for keys in KEYS:
                    measure(terminal, keys, presses, "training")
            rate = (steps_taken(run) - before) / (time.monotonic() - began)
            line("(steps that the worker took meanwhile", f"{rate:.1f}/s)")
        with training(place, session=LARGE_SESSION) as run, attached(place, run.name) as terminal:
            measure_large(terminal, presses, "training")


def measure_large(terminal: Terminal, presses: int, when: str) -> None:
    """Unfold all of the large model's tree, stand in the midst of it, and measure there."""
    terminal.type("3")
    terminal.rest(1.0)
    for key in (*UNFOLD, *("j",) * 60):
        terminal.type(key)
        terminal.rest(0.1)
    measure(terminal, LARGE_TREE, presses, when)


def measure(terminal: Terminal, keys: Keys, presses: int, when: str) -> None:
    """Press each of the keys so often and print a line about it."""
    terminal.type("3")
    terminal.rest(1.0)
    times, computed = zip(*latencies(terminal, keys, presses), strict=True)
    found = (middle(times), percentile(times, 95), max(times), middle(computed))
    line(f"{keys.name}, {when}", *(milliseconds(value) for value in found))


def latencies(terminal: Terminal, keys: Keys, presses: int) -> Iterator[tuple[float, float]]:
    """Seconds from each key to the end of its frame, on the clock and on a core."""
    draw = random.Random(presses)  # noqa: S311  (intervals, not secrets)
    for press in range(presses):
        key, brings = keys.keys[press % len(keys.keys)]
        terminal.rest(draw.uniform(*keys.pause))
        computed = cpu_seconds(terminal.process)
        sent = terminal.type(key)
        frame = terminal.frame_with(brings)
        yield frame.time - sent, cpu_seconds(terminal.process) - computed


@contextmanager
def at_rest(place: Path, session: str = "bench.toml", row: str = FIRST_ROW) -> Iterator[Terminal]:
    """A workbench with a session open, whose model tree has such a row, its engine warm and idle."""
    with Terminal([*THAW, session], place, **SIZE) as terminal:
        terminal.frame_with(row)
        yield settled(terminal)


@contextmanager
def attached(place: Path, run: str) -> Iterator[Terminal]:
    """A workbench attached to a run that trains, its engine warm and idle."""
    with Terminal([*THAW, "attach", run], place, **SIZE) as terminal:
        terminal.frame_with("⠤⠔⠒")
        yield settled(terminal)


def settled(terminal: Terminal) -> Terminal:
    """The terminal once the engine has shown the data, which it does last, and every screen was seen."""
    terminal.type("2")
    terminal.frame_with("▀")
    for screen in "343":
        terminal.type(screen)
        terminal.rest(1.0)
    return terminal
