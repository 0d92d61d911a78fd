"""How long one training step takes in different arithmetics, on a copy of the very model that will train.

Decided here: what is timed, how often, and when a candidate is given up. What is made of the times is
`workbench.core.compute_choice`'s part.
"""

import copy
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.modules.module import register_module_forward_hook

from workbench.core.auxiliary import logits_and_loss
from workbench.core.compute import MEMORY_FORMATS, Compute, wait
from workbench.core.models import seeded

LONGEST = 1.6
"""Seconds after which no further step is timed."""
SLOW = 1.5
"""Seconds of a first step after which it is not timed once more: loading kernels is little of it."""
WARMING = 1.0
"""Seconds that a candidate's first step, which does not count, may take to load its kernels."""
TURNS = 4
SLOWER = 1.25
"""A candidate whose step takes this many times the shortest one is given up."""
AIM = 0.1
"""Seconds that a timed step should take: longer than the noise of a busy machine, short enough for several turns."""
FEWEST = 2
"""Images in the first timed step: a single one goes through other kernels, and BatchNorm can't train on it."""


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A precision (fp32, bf16, fp16) with a memory format (contiguous, channels_last)."""

    precision: str
    memory_format: str

    def __str__(self) -> str:
        return self.precision if self.memory_format == "contiguous" else f"{self.precision} and channels_last"


class _GivenUpError(Exception):
    """A step took longer than anybody wants to wait for it."""


class Trial:
    """One model's training step; `seconds` times it once. The model itself is left alone: a copy is timed."""

    def __init__(self, model: nn.Module, compute: Compute, image_size: int) -> None:
        self._model = copy.deepcopy(model).to(compute.device)
        self._compute, self._side = compute, image_size
        self.images = FEWEST

    def seconds(self, arithmetic: Arithmetic, patience: float = math.inf) -> float:
        """Seconds of one forward and backward pass; infinite where it fails or takes longer than `patience`."""
        compute = replace(
            self._compute,
            precision=arithmetic.precision,
            memory_format=MEMORY_FORMATS[arithmetic.memory_format],
        )
        compute.place_model(self._model)
        images = compute.place(torch.randn(self.images, 3, self._side, self._side))
        labels = torch.zeros(self.images, dtype=torch.long, device=compute.device)
        wait(compute.device)
        began = time.perf_counter()
        try:
            with _given_up_at(began + patience):
                with compute.autocast():
                    _, loss = logits_and_loss(self._model(images), labels, cross_entropy)
                loss.backward()
            wait(compute.device)
        except (_GivenUpError, RuntimeError):
            # Out of memory, or a kernel that this device lacks: training itself says so where it matters.
            return math.inf
        finally:
            self._model.zero_grad(set_to_none=True)
        return time.perf_counter() - began


@contextmanager
def _given_up_at(moment: float) -> Iterator[None]:
    """Inside, the first module that is called after that moment raises, or the first gradient of what one gave."""

    def look(_gradient: torch.Tensor | None = None) -> None:
        if time.perf_counter() > moment:
            raise _GivenUpError

    def follow(_module: nn.Module, _inputs: object, output: object) -> None:
        look()
        if isinstance(output, torch.Tensor) and output.requires_grad:
            output.register_hook(look)

    hook = register_module_forward_hook(follow)
    try:
        yield
    finally:
        hook.remove()


def step_times(
    trial: Trial, candidates: Sequence[Arithmetic], batch_size: int, worth: Callable[[float], float]
) -> dict[Arithmetic, float]:
    """The shortest time of a step for the candidates, in turns; the first one is what the others have to beat.

    `worth` tells from the seconds that an image takes how many seconds measuring may take at most. What was never
    timed is missing; nothing but the first candidate is there where nothing is to be won.
    """
    usual = candidates[0]
    with seeded(0):
        # The first step loads kernels too, which the run's own first step would do instead: it does not count.
        first = trial.seconds(usual)
        began = time.perf_counter()
        seconds = min(first, trial.seconds(usual)) if first < SLOW else first
        allowed = worth(seconds / trial.images)
        if seconds == math.inf or time.perf_counter() - began > allowed:
            return {usual: seconds}
        ends = began + min(LONGEST, allowed)
        wanted = max(FEWEST, min(batch_size, int(trial.images * AIM / seconds)))
        if wanted > trial.images:
            few, trial.images = trial.images, wanted
            larger = trial.seconds(usual)
            if larger == math.inf:
                # So many do not fit into memory, which training itself deals with (`workbench.core.parts`).
                trial.images = few
            else:
                seconds = larger
        return _in_turns(trial, list(candidates), ends, seconds)


def _in_turns(trial: Trial, running: list[Arithmetic], ends: float, usual: float) -> dict[Arithmetic, float]:
    found = {running[0]: usual}
    for _ in range(TURNS):
        for each in running:
            # The second candidate is the most promising: it is tried even where one step takes all the time.
            if time.perf_counter() > ends and len(found) > 1:
                return found
            patience = SLOWER * min(found.values())
            warms_up = each not in found and min(found.values()) < SLOW
            if warms_up and trial.seconds(each, patience + WARMING) == math.inf:
                found[each] = math.inf
            else:
                found[each] = min(found.get(each, math.inf), trial.seconds(each, patience + 0.05))
        shortest = min(found.values())
        running = [each for each in running if found[each] <= SLOWER * shortest]
        if len(running) < 2:
            break
    return found
