"""How hot each parameter is: the norm of its gradient, and how far a step moved it.

Decides which steps are looked at and what is taken from them, without making the step wait for the device; the
figures go to the journal with the metrics of the steps around them.
"""

import time
from collections.abc import Callable, Iterator, Sequence
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

SHARE = 0.005
"""The most of a run's time that looking takes: where it takes long, it is done less often."""

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
        self._parameters, self._sample = dict(model.named_parameters()), Sample([])
        self._watch, self._journal, self._clock = watch, journal, clock
        self._next = clock()
        self._allowed = float(FREE_NUMBERS)

    @contextmanager
    def around(self, step: int) -> Iterator[None]:
        """Look at the update that is made inside, where it is time for it."""
        self._allowed += NUMBERS_A_STEP
        began = self._clock()
        if began < self._next:
            yield
            return
        # The update drops the gradients, so what holds one has to be known before it.
        held = {name: each for name, each in self._parameters.items() if each.grad is not None}
        trainable = [name for name, each in self._parameters.items() if each.requires_grad]
        if not held or 3 * len(trainable) > self._allowed:
            yield
            return
        sample = self._sample = self._sample.of(list(held.values()))
        gradients, before = self._watch.norms, sample.copied()
        looked = self._clock() - began
        yield
        began = self._clock()
        self._allowed -= 3 * len(trainable)
        figures = sample.norms(gradients, before)
        names = list(held)
        self._journal.later(lambda: _event(step, trainable, names, sample.scales, figures))
        now = self._clock()
        self._next = now + max(SECONDS, (looked + now - began) / SHARE)


class Sample:
    """Up to `SAMPLE` numbers of each parameter, evenly spread, as the parameters are whenever it is asked."""

    def __init__(self, parameters: Sequence[torch.Tensor]) -> None:
        self._places = [each.data_ptr() for each in parameters]
        self._spread = [_spread(each.detach()) for each in parameters]
        self._is_view = self._places == [each.data_ptr() for each in self._spread]
        counts = [len(each) for each in self._spread]
        self.scales = [
            sqrt(each.numel() / max(1, count)) for each, count in zip(parameters, counts, strict=True)
        ]
        self._counts = torch.tensor(counts, device=parameters[0].device if parameters else None)

    def of(self, parameters: Sequence[torch.Tensor]) -> "Sample":
        """The sample of these: this one, as long as they lie where they lay."""
        if self._is_view and self._places == [each.data_ptr() for each in parameters]:
            return self
        return Sample(parameters)

    def copied(self) -> torch.Tensor:
        """The numbers as they are now, in one vector."""
        return torch.cat(self._spread)

    def norms(self, gradients: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
        """On the device: a row each of the norms of gradients, of the changes since `before`, and of the weights."""
        rows = [self._norms(self.copied() - before), self._norms(before)]
        return torch.stack([gradients.float(), *rows])

    def _norms(self, numbers: torch.Tensor) -> torch.Tensor:
        squares = numbers.float().square()
        return torch.segment_reduce(squares, "sum", lengths=self._counts).sqrt()


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
