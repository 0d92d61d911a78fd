"""How hot each parameter is: the norm of its gradient, and how far a step moved it.

Decides which steps are looked at and what is taken from them, without making the step wait for the device; the
figures go to the journal with the metrics of the steps around them.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from math import sqrt

import torch
from torch import nn

from workbench.core.gradients import GradientWatch
from workbench.core.journal import Journal
from workbench.half_floats import packed
from workbench.protocol import Heat

SECONDS = 0.45
"""A step is looked at this often at most."""

SAMPLE = 1024
"""So many numbers of each parameter, evenly spread, stand for all of it: copies of large weights would be felt."""

FREE_NUMBERS = 3_000_000
"""So many figures may be journalled in any case (about 8 MB);"""

NUMBERS_A_STEP = 24
"""beyond them so many for every step taken, so that heat never outgrows the metrics of a long run."""


class HeatProbe:
    """Looks at some of a run's updates, from outside of them."""

    def __init__(
        self,
        model: nn.Module,
        watch: GradientWatch,
        journal: Journal,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model, self._watch, self._journal, self._clock = model, watch, journal, clock
        self._next = clock()
        self._allowed = float(FREE_NUMBERS)

    @contextmanager
    def around(self, step: int) -> Iterator[None]:
        """Look at the update that is made inside, where it is time for it."""
        self._allowed += NUMBERS_A_STEP
        if self._clock() < self._next:
            yield
            return
        # The update drops the gradients, so what holds one has to be known before it.
        held = {name: each for name, each in self._model.named_parameters() if each.grad is not None}
        trainable = [name for name, each in self._model.named_parameters() if each.requires_grad]
        if not held or 3 * len(trainable) > self._allowed:
            yield
            return
        gradients, before = self._watch.norms, _samples(held.values())
        yield
        self._next = self._clock() + SECONDS
        self._allowed -= 3 * len(trainable)
        scales = [sqrt(each.numel() / len(part)) for each, part in zip(held.values(), before, strict=True)]
        figures = _norms(gradients, before, _samples(held.values()))
        names = list(held)
        self._journal.later(lambda: _event(step, trainable, names, scales, figures))


def _samples(parameters: Iterable[torch.Tensor]) -> list[torch.Tensor]:
    """Copies of up to `SAMPLE` numbers of each parameter, as pieces of one vector."""
    spread = [_spread(each.detach()) for each in parameters]
    return list(torch.split(torch.cat(spread), [len(each) for each in spread]))


def _spread(values: torch.Tensor) -> torch.Tensor:
    """Numbers evenly spread through a tensor, where possible as a view in the order of its memory."""
    dense = values.is_contiguous() or (
        values.ndim == 4 and values.is_contiguous(memory_format=torch.channels_last)
    )
    count = min(SAMPLE, values.numel())
    stride = max(1, values.numel() // max(1, count))
    if not dense:
        return values.flatten()[::stride][:count]
    return values.as_strided((count,), (stride,))


def _norms(gradients: torch.Tensor, before: list[torch.Tensor], after: list[torch.Tensor]) -> torch.Tensor:
    """On the device: a row each of the norms of gradients, of changes and of weights."""
    changes = list(torch._foreach_sub(after, before))  # noqa: SLF001
    rows = [torch.stack(torch._foreach_norm(each, 2.0)).float() for each in (changes, before)]  # noqa: SLF001
    return torch.stack([gradients.float(), *rows])


def _event(
    step: int, trainable: list[str], names: list[str], scales: list[float], figures: torch.Tensor
) -> Heat:
    gradient, update, weight = figures.tolist()

    def in_order(values: list[float]) -> bytes:
        found = dict(zip(names, values, strict=True))
        return packed(found.get(name) for name in trainable)

    return Heat(
        step=step,
        gradient=in_order(gradient),
        update=in_order([value * scale for value, scale in zip(update, scales, strict=True)]),
        weight=in_order([value * scale for value, scale in zip(weight, scales, strict=True)]),
    )
