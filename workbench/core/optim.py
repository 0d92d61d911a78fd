"""One optimizer for a whole run: groups follow what trains, state stays with its parameter by name.

Freezing takes a parameter out of the groups and keeps its state; thawing puts it back and goes on with it.
"""

from collections.abc import Iterable, Mapping

import torch
from torch import nn

from workbench.core.optimizers import construct
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
    """An optimizer over named parameters, whose groups can be rebuilt while every state is kept.

    It has one torch optimizer; Muon, which takes matrices alone, has AdamW beside it for all else (as its authors
    do: Jordan et al., 2024).
    """

    def __init__(self, section: OptimizerSection, model: nn.Module) -> None:
        self._parameters = dict(model.named_parameters())
        self._decaying = decaying_names(model)
        everything = list(self._parameters.values())
        if section.name == "muon":
            adamw = section.model_copy(update={"name": "adamw", "options": {}})
            matrices = [each for each in everything if each.ndim == 2] or [nn.Parameter(torch.zeros(1, 1))]
            self.inner = [construct(section, matrices), construct(adamw, everything)]
        else:
            self.inner = [construct(section, everything)]
        for optimizer in self.inner:
            optimizer.param_groups.clear()

    def regroup(self, trainable: Iterable[str], scales: Mapping[str, float], weight_decay: float) -> None:
        """Put just these parameters into groups of equal rate multiplier and decay; no state is touched."""
        groups: dict[tuple[int, float, bool], list[str]] = {}
        for name in trainable:
            place = 0 if len(self.inner) == 1 or self._parameters[name].ndim == 2 else 1
            groups.setdefault((place, scales[name], name in self._decaying), []).append(name)
        for optimizer in self.inner:
            optimizer.param_groups.clear()
        for (place, scale, decays), names in groups.items():
            self.inner[place].add_param_group(
                {
                    "params": [self._parameters[name] for name in names],
                    "scale": scale,
                    "weight_decay": weight_decay if decays else 0.0,
                }
            )

    def step(self, lr: float, scaler: torch.amp.GradScaler | None = None) -> None:
        """One update of all trainable parameters at this base rate, each group times its multiplier."""
        for optimizer in self.inner:
            for group in optimizer.param_groups:
                group["lr"] = lr * group["scale"]
            if not optimizer.param_groups:
                continue
            if scaler is not None and scaler.is_enabled():
                scaler.step(optimizer)
            else:
                optimizer.step()

    def unscale(self, scaler: torch.amp.GradScaler) -> None:
        """Take fp16's loss scale out of the gradients."""
        for optimizer in self.inner:
            if scaler.is_enabled() and optimizer.param_groups:
                scaler.unscale_(optimizer)

    def zero_grad(self) -> None:
        """Drop all gradients."""
        for optimizer in self.inner:
            optimizer.zero_grad(set_to_none=True)

    def state(self) -> State:
        """Every parameter's state as tensors named ``<parameter>/<key>``, also of frozen ones."""
        found: State = {}
        for optimizer in self.inner:
            for name, parameter in self._parameters.items():
                for key, value in optimizer.state.get(parameter, {}).items():
                    if value is not None:
                        found[f"{name}/{key}"] = torch.as_tensor(value).detach()
        return found

    def load_state(self, state: State) -> None:
        """Put back what `state` gave, by name."""
        for optimizer in self.inner:
            optimizer.state.clear()
        for full_name, tensor in state.items():
            name, _, key = full_name.rpartition("/")
            parameter = self._parameters[name]
            optimizer = self.inner[0 if len(self.inner) == 1 or parameter.ndim == 2 else 1]
            optimizer.state[parameter][key] = _beside(
                parameter, tensor, fused=optimizer.defaults.get("fused")
            )


def _beside(parameter: nn.Parameter, tensor: torch.Tensor, *, fused: bool | None) -> torch.Tensor:
    """A copy of a state where torch keeps it: in the parameter's memory format, or a scalar such as the step count.

    Kernels that go through parameter and state in the order of memory rely on it.
    """
    if tensor.shape == parameter.shape:
        return torch.empty_like(parameter, dtype=tensor.dtype, requires_grad=False).copy_(tensor)
    return tensor.to("cpu" if tensor.ndim == 0 and not fused else parameter.device).clone()
