"""An exponential moving average of the trainable weights (Polyak and Juditsky 1992), used to evaluate.

Only what trains has an average: it begins with the parameter's value at its first step and rests while the
parameter is frozen, so that no frozen weight is moved by it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

State = dict[str, torch.Tensor]


class WeightAverage:
    """The averages by parameter name; with a decay of 0 there are none, and nothing is done."""

    def __init__(self, decay: float, model: nn.Module) -> None:
        self._decay = decay
        self._parameters = dict(model.named_parameters())
        self._averages: State = {}

    def update(self) -> None:
        """Move the averages of what trains a little toward its present value."""
        if not self._decay:
            return
        with torch.no_grad():
            for name, parameter in self._parameters.items():
                if not parameter.requires_grad:
                    continue
                if name in self._averages:
                    self._averages[name].lerp_(parameter, 1 - self._decay)
                else:
                    self._averages[name] = parameter.detach().clone()

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The model holds the averages inside, and its own weights again outside."""
        own = {name: self._parameters[name].data for name in self._averages}
        for name, average in self._averages.items():
            self._parameters[name].data = average
        try:
            yield
        finally:
            for name, values in own.items():
                self._parameters[name].data = values

    def restart(self) -> None:
        """Begin the averages again at the present weights, after these were written on purpose."""
        for name, average in self._averages.items():
            average.copy_(self._parameters[name].detach())

    def state(self) -> State:
        """The averages by name."""
        return dict(self._averages)

    def load_state(self, state: State) -> None:
        """Put back what `state` gave."""
        self._averages = {
            name: torch.empty_like(self._parameters[name], requires_grad=False).copy_(tensor)
            for name, tensor in state.items()
        }
