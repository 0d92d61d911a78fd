"""Mixup (Zhang et al. 2018, arXiv:1710.09412) and CutMix (Yun et al. 2019, arXiv:1905.04899) of a batch.

Torchvision's transforms do the mixing; the draws follow from the seed and the step.
"""

import torch
from torchvision.transforms import v2

from workbench.core.draws import draw, generator
from workbench.session import Data


def mixed(
    inputs: tuple[torch.Tensor, ...], labels: torch.Tensor, data: Data, classes: int, seed: int, step: int
) -> tuple[tuple[torch.Tensor, ...], torch.Tensor]:
    """The batch mixed as the session says: labels become probabilities (N, classes), or stay class indexes.

    Where it says so, the inputs are the images alone: mixed ones come only once, so nothing is kept of them.

    Where both are asked for, each step takes one of them.
    """
    kinds = [(v2.MixUp, data.mixup), (v2.CutMix, data.cutmix)]
    wanted = [(kind, alpha) for kind, alpha in kinds if alpha > 0]
    if not wanted:
        return inputs, labels
    choice = int(torch.randint(len(wanted), (), generator=generator(seed, "mixing", step)))
    kind, alpha = wanted[choice]
    torch.manual_seed(draw(seed, "mix", step))
    images, targets = kind(alpha=alpha, num_classes=classes)(inputs[0], labels)
    return (images,), targets
