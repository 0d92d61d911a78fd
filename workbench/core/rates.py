"""The learning rate as a pure function of the step, so that nothing of it is remembered or saved."""

import math
from collections.abc import Sequence

PLATEAU_EPOCHS = 3
"""Epochs without a better validation loss after which the plateau schedule takes a tenth of the rate."""


def rate_factor(schedule: str, step: int, total: int, warmup: int, losses: Sequence[float] = ()) -> float:
    """The share of the base rate at a step (from 0) of `total` steps, given the validation losses so far.

    cosine: Loshchilov and Hutter 2017 (arXiv:1608.03983), without restarts; step: a tenth after each third;
    one-cycle: up over the first 30 %, then down by a cosine (Smith 2018, arXiv:1803.09820); plateau: a tenth
    whenever the validation loss has not improved for three epochs.
    """
    if step < warmup:
        return (step + 1) / warmup
    done = min(1.0, (step - warmup) / max(1, total - warmup))
    match schedule:
        case "cosine":
            return (1 + math.cos(math.pi * done)) / 2
        case "linear":
            return 1 - done
        case "step":
            return 0.1 ** math.floor(done * 3) if done < 1 else 0.01
        case "one-cycle":
            return _one_cycle(done)
        case "plateau":
            return 0.1 ** plateaus(losses)
    return 1.0


def _one_cycle(done: float, peak: float = 0.3) -> float:
    if done < peak:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * done / peak)) / 2
    return (1 + math.cos(math.pi * (done - peak) / (1 - peak))) / 2


def plateaus(losses: Sequence[float]) -> int:
    """How often the losses have gone `PLATEAU_EPOCHS` epochs without a new lowest, counted afresh after each."""
    count, waited, best = 0, 0, math.inf
    for loss in losses:
        if loss < best:
            best, waited = loss, 0
        else:
            waited += 1
        if waited == PLATEAU_EPOCHS:
            count, waited = count + 1, 0
    return count
