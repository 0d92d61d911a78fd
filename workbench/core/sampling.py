"""The order of an epoch: which training images, in which batches.

natural: each image once, in an order drawn for the epoch; balanced: as many draws, every class equally often.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import torch

from workbench.core.draws import generator


def batches_of(
    images: Sequence[int],
    labels: torch.Tensor,
    sampling: str,
    batch_size: int,
    seed: int,
    epoch: int,
    steps: int = 0,
) -> list[list[int]]:
    """The images of an epoch in batches; `labels` holds the class index of every image of the source.

    A last batch of a single image is left out, since BatchNorm can't train on one. Where the epoch has another number
    of `steps` than so many images fill (0: it has not), it is as many batches of nearly equal size.
    """
    draws = generator(seed, "order", epoch)
    order = _balanced(images, labels, draws) if sampling == "balanced" else _shuffled(images, draws)
    if steps not in (0, steps_per_epoch(len(images), batch_size)):
        return _evenly(order, steps, least=min(2, batch_size))
    found = [order[first : first + batch_size] for first in range(0, len(order), batch_size)]
    return found[: steps_per_epoch(len(images), batch_size)]


def steps_per_epoch(images: int, batch_size: int) -> int:
    """How many batches an epoch has."""
    whole, rest = divmod(images, batch_size)
    return max(1, whole + (1 if rest > 1 else 0))


def _evenly(order: list[int], steps: int, least: int) -> list[list[int]]:
    """The order in so many batches whose sizes differ by one; it begins again where it has too few for all of them."""
    needed = max(len(order), least * steps)
    enough = (order * -(-needed // len(order)))[:needed]
    ends = [len(enough) * number // steps for number in range(steps + 1)]
    return [enough[first:last] for first, last in pairwise(ends)]


def _shuffled(images: Sequence[int], draws: torch.Generator) -> list[int]:
    return [images[place] for place in torch.randperm(len(images), generator=draws).tolist()]


def _balanced(images: Sequence[int], labels: torch.Tensor, draws: torch.Generator) -> list[int]:
    """Rounds through the classes; each class goes through its own images in a drawn order, again and again."""
    by_class: dict[int, list[int]] = defaultdict(list)
    for index, label in zip(images, labels[list(images)].tolist(), strict=True):
        by_class[label].append(index)
    rounds = -(-len(images) // len(by_class))
    queues = []
    for members in by_class.values():
        queue: list[int] = []
        while len(queue) < rounds:
            queue += _shuffled(members, draws)
        queues.append(queue[:rounds])
    together = [index for members in zip(*queues, strict=True) for index in members][: len(images)]
    return _shuffled(together, draws)
