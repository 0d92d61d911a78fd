"""A model as it is run on a batch: whole, or its suffix on what its prefix gave for the pictures before."""

from collections.abc import Sequence

import torch
from torch import nn

from workbench.core.activations import Activations, Inputs, Read
from workbench.core.compiled import CompiledNetwork


class Network:
    """A model with what is kept of its prefix, or with nothing (None): then the whole model takes the images.

    Where it has a compiled form, that takes inputs of its number of rows; all others go through the usual kernels.
    """

    def __init__(self, model: nn.Module, activations: Activations | None = None) -> None:
        self._model, self._activations = model, activations
        self.compiled: CompiledNetwork | None = None

    @property
    def module(self) -> nn.Module:
        """What is run on the inputs: the suffix, or the whole model."""
        return self._activations.split.suffix if self._activations is not None else self._model

    @property
    def keeps(self) -> bool:
        """Whether what the prefix gives is kept."""
        return self._activations is not None

    def missing(self, indexes: Sequence[int], view: int = 0) -> Sequence[int]:
        """The images that have to be read to run the network on these in that view."""
        return self._activations.missing(indexes, view) if self._activations is not None else indexes

    def inputs(self, indexes: Sequence[int], read: Read, view: int = 0) -> Inputs:
        """What the network is given for these images in that view, without those that can't be read."""
        if self._activations is not None:
            return self._activations.of(indexes, view, read)
        readable, images = read(list(indexes))
        return Inputs(readable, (images,) if readable else ())

    def __call__(self, tensors: Sequence[torch.Tensor]) -> object:
        """The model's output for these inputs.

        A lone picture is doubled, since CPU kernels for one round differently, unless a norm looks at the batch.
        """
        if self.compiled is not None and len(tensors[0]) == self.compiled.rows:
            return self.compiled(*tensors)
        network = self.module
        if len(tensors[0]) > 1 or _normalises_batches(self._model):
            return network(*tensors)
        output = network(*(torch.cat([each, each]) for each in tensors))
        if isinstance(output, torch.Tensor):
            return output[:1]
        return type(output)(*(each[:1] if each is not None else None for each in output))


def _normalises_batches(model: nn.Module) -> bool:
    return any(
        each.training and isinstance(each, nn.modules.batchnorm._BatchNorm)  # noqa: SLF001
        for each in model.modules()
    )
