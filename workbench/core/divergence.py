"""Training that diverged ends: once the loss is no number the weights are none either, and no later step heals them.

The same holds for the running statistics of norms. Nothing is saved of it, so that the last checkpoint is one from
before. In fp16 a step with an overflow is skipped by its scaler: the weights stay what they were, and training goes on.
"""

import math
from collections.abc import Iterator

import torch
from torch import nn

from workbench.core.journal import Journal, warn
from workbench.core.stages import keeps_running_statistics
from workbench.errors import ThawError


class Divergence:
    """Looks at weights and statistics once the journal has seen a loss that is no number."""

    def __init__(self, model: nn.Module, journal: Journal) -> None:
        self._model, self._journal = model, journal

    def look(self, step: int, validation_loss: float = 0.0) -> None:
        """Raise ThawError where training has diverged before `step`, as far as the journal has the steps."""
        broken = self._journal.take_broken()
        if broken is None and math.isfinite(validation_loss):
            return
        where = f"from step {broken.step:,} on" if broken else f"at step {step:,} on the validation images"
        if all(bool(torch.isfinite(each).all()) for each in self._held()):
            warn(
                self._journal, f"the loss was no number {where}, but the weights are: training goes on", step
            )
            return
        rate = f" (learning rate {broken.rate:.1e})" if broken else ""
        raise ThawError(
            f"training diverged: the loss is no number {where}{rate}",
            "lower optimizer.lr or set optimizer.clip_grad_norm, and start again; "
            "thaw resume goes on from the last checkpoint from before, where there is one",
        )

    def _held(self) -> Iterator[torch.Tensor]:
        """What training changes; other buffers may hold an infinity on purpose, as masks do."""
        yield from self._model.parameters()
        for module in self._model.modules():
            if keeps_running_statistics(module):
                yield from module.buffers(recurse=False)
