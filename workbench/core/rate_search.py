"""A learning-rate search (Smith 2017, arXiv:1506.01186): the loss while the rate rises, from the weights as they are.

Everything that it touches is put back to the bit: weights, buffers, optimizer state and averages.
"""

import math
from collections.abc import Callable, Iterable

import torch
from torch import nn

from workbench.core.activations import Inputs
from workbench.core.ema import WeightAverage
from workbench.core.optim import NamedOptimizer
from workbench.core.steps import Figures
from workbench.protocol import RateSearched
from workbench.rate_curve import smoothed

LOWEST, HIGHEST, STEPS = 1e-6, 1.0, 60
STRETCH = 10
"""Steps over which the rate grows by about a factor of ten."""


class Untouched:
    """Puts model, optimizer and averages back, on leaving, as they were on entering."""

    def __init__(self, model: nn.Module, optimizer: NamedOptimizer, average: WeightAverage) -> None:
        self._model, self._optimizer, self._average = model, optimizer, average

    def __enter__(self) -> None:
        self._tensors = {name: value.detach().clone() for name, value in self._model.state_dict().items()}
        self._state = {name: value.clone() for name, value in self._optimizer.state().items()}
        self._averages = {name: value.clone() for name, value in self._average.state().items()}

    def __exit__(self, *_error: object) -> None:
        self._optimizer.zero_grad()
        with torch.no_grad():
            for name, value in self._model.state_dict().items():
                # Writing only what moved leaves the version of frozen tensors as it was.
                if not torch.equal(value, self._tensors[name]):
                    value.copy_(self._tensors[name])
        self._optimizer.load_state(self._state)
        self._average.load_state(self._averages)


def search(
    batches: Iterable[Inputs],
    gradients: Callable[[Inputs, int], Figures],
    update: Callable[[Figures, float], None],
    step: int,
) -> RateSearched:
    """Steps at rates rising from 1e-6 to 1, until the smoothed loss is four times its lowest; inside `Untouched`."""
    rates: list[float] = []
    losses: list[float] = []
    for number, inputs in enumerate(batches):
        rate = LOWEST * (HIGHEST / LOWEST) ** (number / (STEPS - 1))
        figures = gradients(inputs, number)
        loss = float(figures.loss)
        smooth = smoothed([*losses, loss])
        if number >= STEPS or not math.isfinite(loss) or smooth[-1] > 4 * min(smooth):
            break
        update(figures, rate)
        rates.append(rate)
        losses.append(loss)
    return RateSearched(
        step=step, rates=tuple(rates), losses=tuple(losses), suggestion=suggestion(rates, losses)
    )


def suggestion(rates: list[float], losses: list[float]) -> float:
    """The rate amid the stretch over which the smoothed loss falls most; 0 where there is no such stretch.

    Over a stretch, not from step to step: the noise of single batches must not decide.
    """
    smooth = smoothed(losses)
    falls = [after - before for before, after in zip(smooth, smooth[STRETCH:], strict=False)]
    if not falls or min(falls) >= 0:
        return 0.0
    return rates[falls.index(min(falls)) + STRETCH // 2]
