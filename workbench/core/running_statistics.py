"""Estimating the running statistics of thawed BatchNorms afresh over the training images.

As `torch.optim.swa_utils.update_bn`, but only for layers that train: a frozen layer's statistics never move.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import nn

from workbench.core.compute import Compute
from workbench.core.freezing import norms_in_training
from workbench.core.pictures import Batch
from workbench.core.preprocess import Preprocessing
from workbench.core.stages import keeps_running_statistics


def thawed_norms(model: nn.Module) -> list[nn.modules.batchnorm._NormBase]:
    """The layers with running statistics that have a trainable parameter."""
    return [
        module
        for module in model.modules()
        if isinstance(module, nn.modules.batchnorm._NormBase)  # noqa: SLF001
        and keeps_running_statistics(module)
        and any(parameter.requires_grad for parameter in module.parameters())
    ]


def thawed_statistics(model: nn.Module) -> list[str]:
    """The names of the buffers that `reestimate` writes."""
    norms = set(map(id, thawed_norms(model)))
    return [
        f"{path}.{name}" if path else name
        for path, module in model.named_modules()
        if id(module) in norms
        for name, _ in module.named_buffers(recurse=False)
    ]


@contextmanager
def statistics_untouched(model: nn.Module) -> Iterator[None]:
    """On leaving, the statistics that passes in training mode update are as they were on entering."""
    modules = dict(model.named_modules())
    followed = [each for path in norms_in_training(model) for each in modules[path].buffers(recurse=False)]
    before = [each.clone() for each in followed]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, value in zip(followed, before, strict=True):
                buffer.copy_(value)


def reestimate(
    model: nn.Module, batches: Iterable[Batch], preprocessing: Preprocessing, compute: Compute
) -> int:
    """Replace the statistics of thawed BatchNorms by averages over the batches; returns how many layers there are.

    Everything else runs in eval mode, in which the model is left.
    """
    norms = thawed_norms(model)
    if not norms:
        return 0
    momenta = [norm.momentum for norm in norms]
    model.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a cumulative average instead of an exponential one
        norm.train()
    with torch.no_grad(), compute.autocast():
        for batch in batches:
            if len(batch.indexes) > 1:
                model(preprocessing.evaluation_input(compute.place(batch.images)))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.eval()
    return len(norms)
