"""Gradient norms by parameter, and what they contradict.

One batch of norms gives the whole gradient's norm for clipping and the largest norm of every parameter over an
epoch; a trainable parameter that had no gradient all epoch long does not train, whatever the plan says.
"""

from collections.abc import Iterable, Mapping

import torch
from torch import nn


class GradientWatch:
    """Watches the gradients of one model, on its device, from epoch to epoch.

    `norms` holds the last norm of every parameter that had a gradient, in order of registration.
    """

    def __init__(self, model: nn.Module) -> None:
        self._parameters = dict(model.named_parameters())
        device = next(iter(self._parameters.values())).device
        self._largest = torch.full((len(self._parameters),), -1.0, device=device)
        self.norms = torch.zeros(0, device=device)
        self._places: dict[tuple[bool, ...], torch.Tensor] = {}
        self._whole_epoch: set[str] = set()
        self._versions: dict[str, int] = {}

    def start_epoch(self) -> None:
        """Forget the epoch before; what trains now is watched if it does so to the epoch's end."""
        self._largest.fill_(-1.0)
        self._whole_epoch = {name for name, each in self._parameters.items() if each.requires_grad}

    def follow(self) -> None:
        """Take note of what trains and what is frozen, after a change."""
        frozen = {name: each._version for name, each in self._parameters.items() if not each.requires_grad}  # noqa: SLF001
        self._whole_epoch -= frozen.keys()
        self._versions = {name: self._versions.get(name, version) for name, version in frozen.items()}

    def forgive(self, names: Iterable[str]) -> None:
        """Hold what was written to these on purpose against nobody; `follow` comes after."""
        for name in names:
            self._versions.pop(name, None)

    def norm(self) -> torch.Tensor:
        """The norm of the whole gradient, as `torch.nn.utils.get_total_norm` computes it; remembers each part."""
        gradients = [each.grad for each in self._parameters.values() if each.grad is not None]
        norms = self.norms = torch.stack(torch._foreach_norm(gradients, 2.0))  # noqa: SLF001
        places = self._place()
        self._largest[places] = torch.maximum(self._largest[places], norms.float())
        total: torch.Tensor = torch.linalg.vector_norm(norms, 2.0)
        return total

    def _place(self) -> torch.Tensor:
        pattern = tuple(each.grad is not None for each in self._parameters.values())
        if pattern not in self._places:
            held = [number for number, holds in enumerate(pattern) if holds]
            self._places = {pattern: torch.tensor(held, device=self._largest.device)}
        return self._places[pattern]

    def contradictions(self, scales: Mapping[str, float]) -> dict[str, str]:
        """What the epoch does not bear out, by parameter name; `scales` are the rate multipliers in force."""
        found: dict[str, str] = {}
        for (name, parameter), largest in zip(self._parameters.items(), self._largest.tolist(), strict=True):
            if not parameter.requires_grad:
                if parameter._version != self._versions.get(name):  # noqa: SLF001
                    found[name] = "frozen, but something wrote to it"
            elif scales.get(name) == 0:
                found[name] = "trainable, but its rate is 0"
            elif name in self._whole_epoch and largest < 0:
                found[name] = "trainable, but forward never used it this epoch"
            elif name in self._whole_epoch and largest == 0:
                found[name] = "trainable, but its gradient was 0 all epoch"
        return found
