"""One optimizer for a whole run: groups follow what trains, state stays with its parameter by name.

Freezing takes a parameter out of the groups and keeps its state; thawing puts it back and goes on with it. The
learning rate is a pure function of the step, so that a parameter thawed late has the rate of that step.
"""

import math
from collections.abc import Iterable, Mapping

import torch
from torch import nn

from workbench.core.stages import is_normalisation
from workbench.session import Optimizer as OptimizerSection

State = dict[str, torch.Tensor]


def decaying_names(model: nn.Module) -> set[str]:
    """The parameters that weight decay applies to: matrices and kernels, not norms, biases and other vectors."""
    in_norms = {
        f"{path}.{name}"
        for path, module in model.named_modules()
        if is_normalisation(module)
        for name, _ in module.named_parameters(recurse=False)
    }
    return {name for name, each in model.named_parameters() if each.ndim >= 2 and name not in in_norms}


class NamedOptimizer:
    """A torch optimizer over named parameters, whose groups can be rebuilt while every state is kept."""

    def __init__(self, section: OptimizerSection, model: nn.Module) -> None:
        self._parameters = dict(model.named_parameters())
        self._decaying = decaying_names(model)
        self.inner = _construct(section, next(iter(self._parameters.values())))
        self.inner.param_groups.clear()

    def regroup(self, trainable: Iterable[str], scales: Mapping[str, float], weight_decay: float) -> None:
        """Put just these parameters into groups of equal rate multiplier and decay; no state is touched."""
        groups: dict[tuple[float, bool], list[str]] = {}
        for name in trainable:
            groups.setdefault((scales[name], name in self._decaying), []).append(name)
        self.inner.param_groups.clear()
        for (scale, decays), names in groups.items():
            self.inner.add_param_group(
                {
                    "params": [self._parameters[name] for name in names],
                    "scale": scale,
                    "weight_decay": weight_decay if decays else 0.0,
                }
            )

    def set_rates(self, lr: float) -> None:
        """Give each group this base rate times its multiplier."""
        for group in self.inner.param_groups:
            group["lr"] = lr * group["scale"]

    def zero_grad(self) -> None:
        """Drop all gradients."""
        self.inner.zero_grad(set_to_none=True)

    def state(self) -> State:
        """Every parameter's state as tensors named ``<parameter>/<key>``, also of frozen ones."""
        found: State = {}
        for name, parameter in self._parameters.items():
            for key, value in self.inner.state.get(parameter, {}).items():
                if value is not None:
                    found[f"{name}/{key}"] = torch.as_tensor(value).detach()
        return found

    def load_state(self, state: State) -> None:
        """Put back what `state` gave, by name."""
        self.inner.state.clear()
        for full_name, tensor in state.items():
            name, _, key = full_name.rpartition("/")
            parameter = self._parameters[name]
            # The step count stays where the optimizer keeps it: on the CPU, unless it is capturable.
            device = "cpu" if key == "step" else parameter.device
            self.inner.state[parameter][key] = tensor.to(device).clone()


def _construct(section: OptimizerSection, parameter: nn.Parameter) -> torch.optim.Optimizer:
    parameters = [parameter]
    if section.name == "sgd":
        nesterov = section.nesterov and section.momentum > 0
        return torch.optim.SGD(parameters, lr=section.lr, momentum=section.momentum, nesterov=nesterov)
    if section.name == "rmsprop":
        return torch.optim.RMSprop(parameters, lr=section.lr, momentum=section.momentum)
    if section.name == "adam":
        return torch.optim.Adam(parameters, lr=section.lr)
    return torch.optim.AdamW(parameters, lr=section.lr)


def rate_factor(schedule: str, step: int, total: int, warmup: int) -> float:
    """The share of the base rate at a step (from 0) of `total` steps: a pure function, nothing is remembered.

    cosine: Loshchilov and Hutter 2017 (arXiv:1608.03983), without restarts; step: a tenth after each third;
    one-cycle: up over the first 30 %, then down by a cosine (Smith 2018, arXiv:1803.09820).
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
            peak = 0.3
            if done < peak:
                return 0.04 + 0.96 * (1 - math.cos(math.pi * done / peak)) / 2
            return (1 + math.cos(math.pi * (done - peak) / (1 - peak))) / 2
    return 1.0
