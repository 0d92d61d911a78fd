"""Digests of a model's tensors, each taken once for as long as nothing writes to it."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

import torch
from torch import nn

from workbench.core.verify import digest


class Digests:
    """The digests of one model's parameters and buffers by name."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._known: dict[str, tuple[tuple[int, int], str]] = {}

    def of(self, names: Sequence[str]) -> str:
        """One SHA-256 over these tensors as they are now."""
        state = self._model.state_dict(keep_vars=True)
        buffers = dict(self._model.named_buffers())
        return sha256(
            "".join(
                f"{each}={self._one(each, state.get(each, buffers.get(each)))};" for each in names
            ).encode()
        ).hexdigest()

    def forget(self, names: Iterable[str]) -> None:
        """Take these anew next time: fused optimizers write without telling a tensor's version counter."""
        for name in names:
            self._known.pop(name, None)

    def _one(self, name: str, tensor: torch.Tensor | None) -> str:
        if tensor is None:
            return ""
        version = (tensor.data_ptr(), tensor._version)  # noqa: SLF001
        if name not in self._known or self._known[name][0] != version:
            self._known[name] = (version, digest(_as_it_lies(tensor)))
        return self._known[name][1]


def _as_it_lies(tensor: torch.Tensor) -> torch.Tensor:
    """The same numbers in the order in which they lie in memory, so that nothing has to be copied."""
    last = tensor.dim() == 4 and tensor.is_contiguous(memory_format=torch.channels_last)
    return tensor.permute(0, 2, 3, 1) if last else tensor
