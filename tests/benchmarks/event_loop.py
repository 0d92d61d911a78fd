"""How long the workbench's event loop is away, and how much memory it holds, while someone walks through it.

The same walk at rest and attached to a run that trains on all cores: every screen, up and down the model tree,
folding it, the charts' keys. A gap counts when the loop comes back more than 30 ms late; beside its time on the clock
stand the keys that came before it, screen and key, and how much of it the workbench computed, for on a busy machine
the rest is waiting for a core.
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.key_latency import settled
from tests.benchmarks.places import folder, training
from tests.benchmarks.tables import heading, line, milliseconds
from tests.benchmarks.terminal import Terminal

LIMIT_SECONDS = 0.030
SCREENS = "23456"
KEYS = ("j", "j", "k", "l", "h", "+", "-", "z", "y", "m", "G", "g")
"""Pressed on each screen; a screen that has no use for one does nothing."""
PAUSE = 0.15
WATCHED_THAW = Path(__file__).with_name("watched_thaw.py")


@dataclass(frozen=True, slots=True)
class Gap:
    """The loop came back late: when, by how many seconds, and how many the workbench computed meanwhile."""

    time: float
    late: float
    computed: float


def table(rounds: int) -> None:
    """Print the gaps of the event loop and the resident memory, at rest and while a worker trains."""
    columns = ("gaps > 30 ms", "longest", "after", "computed in it", "> 30 ms of it", "resident")
    heading(f"The event loop and memory of the workbench, {rounds} walks through all screens", *columns)
    with folder() as place:
        walk(place, ["bench.toml"], "conv1", rounds, "at rest")
        with training(place) as run:
            walk(place, ["attach", run.name], "⠤⠔⠒", rounds, "training")


def walk(place: Path, arguments: list[str], shown: str, rounds: int, when: str) -> None:
    """Walk through the screens so often and print a line about it."""
    noted = place / "gaps.txt"
    command = [sys.executable, str(WATCHED_THAW), str(noted), *arguments]
    with Terminal(command, place, columns=120, rows=40) as terminal:
        terminal.frame_with(shown)
        settled(terminal)
        began, pressed = time.time(), []
        for _ in range(rounds):
            for screen in SCREENS:
                for key, pause in ((screen, 4 * PAUSE), *((key, PAUSE) for key in KEYS)):
                    pressed.append((time.time(), f"{screen} {key}" if key != screen else screen))
                    terminal.type(key)
                    terminal.rest(pause)
        found = [gap for gap in gaps(noted) if gap.time > began]
        held = resident_megabytes(terminal.process)
    long = [gap for gap in found if gap.late > LIMIT_SECONDS]
    longest = max(found, key=lambda gap: gap.late, default=Gap(0, 0, 0))
    blocked = sum(gap.computed > LIMIT_SECONDS for gap in found)
    line(
        when,
        str(len(long)),
        milliseconds(longest.late),
        next((keys for moment, keys in reversed(pressed) if moment < longest.time), "-"),
        milliseconds(longest.computed),
        str(blocked),
        f"{held:.0f} MB",
    )


def gaps(path: Path) -> list[Gap]:
    """The gaps that the workbench noted."""
    return [Gap(*map(float, text.split())) for text in path.read_text().splitlines()]


def resident_megabytes(process: int) -> float:
    """What a process holds in memory, shared libraries included; 0 where the system does not tell."""
    try:
        told = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    return next(int(text.split()[1]) for text in told.splitlines() if text.startswith("VmRSS")) / 1024
