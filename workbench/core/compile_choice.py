"""Whether compiled steps pay within the rest of a run: the forecast, and what is remembered of earlier tries.

A try costs a minute at worst and may gain nothing, so that without experience it is made only where it is a small part
of what is left. What came out is remembered on this machine for this model and what trains of it, so that the same
session switches at the same step again.
"""

import statistics
import time
from pathlib import Path

import msgspec
import torch

from workbench import cache
from workbench.core.compute import Compute, wait

GAIN = 1.05
"""A compiled step has to be this many times as fast: less may be noise."""
STEADY = 12
"""Steps from which the time of a usual one is taken."""
TURNS = 2
"""How often a usual and a compiled pass are timed against each other."""
DOUBTLESS = 1.25
"""Where a compiled pass takes this many times a usual one, the first turn is enough."""
RATIO = 20
"""What is left of a run has to be this many times the cost of a try: it then costs at most 5 %."""
SECONDS = {"cpu": 12.0, "cuda": 15.0}
"""What compiling even the smallest network takes; devices of other kinds are left alone unless asked for."""
SECONDS_A_LAYER = 0.75
"""What each layer that trains or follows adds to it."""


class Experience(msgspec.Struct, frozen=True):
    """What was seen of one network: seconds of a whole step, and, where compiled steps were tried, of the passes.

    `usual` and `compiled` are a pass forward and backward, `compiling` what making the kernels took.
    """

    step: float
    usual: float = 0.0
    compiled: float = 0.0
    compiling: float = 0.0

    @property
    def tried(self) -> bool:
        """Whether compiled steps were tried."""
        return self.compiled > 0

    @property
    def saved(self) -> float:
        """The seconds that a compiled step saves; none where it was not tried."""
        return self.usual - self.compiled

    @property
    def times(self) -> float:
        """How many times as fast a whole step is when it is compiled."""
        return self.step / max(self.step - self.saved, 1e-9)


class Pace:
    """Takes the time of steps from one to the next, after what trains changed."""

    def __init__(self) -> None:
        self._begins_at = 0
        self._last = (-1, 0.0)
        self._taken: list[float] = []

    def restart(self, at: int) -> None:
        """Begin afresh at that step."""
        self._begins_at, self._last, self._taken = at, (-1, 0.0), []

    @property
    def seconds(self) -> float | None:
        """The seconds of a usual step; None before enough of them were taken."""
        return statistics.median(self._taken) if len(self._taken) >= STEADY else None

    def before(self, step: int, device: torch.device) -> None:
        """Look at the clock before a step."""
        if step < self._begins_at or len(self._taken) >= STEADY:
            return
        wait(device)
        (last, then), now = self._last, time.monotonic()
        self._last = (step, now)
        if last == step - 1:
            self._taken.append(now - then)


def expected_seconds(layers: int, device: torch.device) -> float:
    """What compiling a network of so many layers takes, as far as one knows before it was tried."""
    return SECONDS[device.type] + SECONDS_A_LAYER * layers


def is_worth_trying(seen: Experience, steps_left: int, expected: float) -> bool:
    """Whether a try, compiling and the passes that are timed, is a small part of what is left."""
    return steps_left * seen.step >= RATIO * (expected + 2 * TURNS * seen.step)


def pays(seen: Experience, steps_left: int, expected: float) -> bool:
    """Whether to compile, as far as was seen: then as here, where a try is affordable, or where it is won back.

    The first holds also for the run that made the try, so that both do the same.
    """
    if not seen.tried or seen.times < GAIN:
        return False
    return is_worth_trying(seen, steps_left, expected) or steps_left * seen.saved > seen.compiling


def place(compute: Compute, *about: object) -> Path:
    """Where the experience with a network on this machine, in this arithmetic, is remembered."""
    return cache.place(
        "compiled",
        compute.device_name,
        torch.backends.cpu.get_cpu_capability(),
        compute.threads,
        compute.precision,
        compute.memory_format_name,
        *about,
    )
