"""Gradient checkpointing: blocks that train keep only their input, and compute the rest again in the backward pass.

Decided here: what is a block, and which blocks may be recomputed. The values are the same to the bit, dropout
included (Chen et al. 2016, arXiv:1604.06174; the work is `torch.utils.checkpoint`'s).
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from workbench.core.freezing import norms_in_training
from workbench.plan import HEAD


class Recomputation:
    """Keeps the blocks of one model recomputed in step with what trains; `tell` takes a sentence for the user."""

    def __init__(self, model: nn.Module, stage_of: Mapping[str, str], tell: Callable[[str], None]) -> None:
        self._blocks = blocks_of(model, stage_of)
        self._tell = tell
        self._told: set[str] = set()

    def follow(self) -> None:
        """Recompute just the blocks that train and update no statistics, as the model stands in training mode."""
        training = [each for each in self._blocks if any(one.requires_grad for one in each.parameters())]
        following = [each for each in training if norms_in_training(each)]
        for block in self._blocks:
            _set_recomputed(block, wanted=block in training and block not in following)
        if not self._blocks:
            self._say("gradient checkpointing: this model has no blocks that could be recomputed")
        if following:
            self._say(
                f"gradient checkpointing: {len(following)} blocks are not recomputed, since their BatchNorms would "
                "take in each batch twice (freeze.batchnorm = 'follow')"
            )

    def _say(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._tell(text)


def blocks_of(model: nn.Module, stage_of: Mapping[str, str]) -> list[nn.Module]:
    """The largest modules below the head that lie in one stage, are no mere chain of others, and have parts."""
    stages: dict[str, set[str]] = {}
    for name, stage in stage_of.items():
        parts = name.split(".")
        for end in range(1, len(parts)):
            stages.setdefault(".".join(parts[:end]), set()).add(stage)
    found: dict[str, nn.Module] = {}
    for path, module in model.named_modules():
        lies_in_one = len(stages.get(path, ())) == 1 and HEAD not in stages[path]
        inside_another = any(path.startswith(f"{outer}.") for outer in found)
        if lies_in_one and not inside_another and _is_block(module):
            found[path] = module
    return list(found.values())


def _is_block(module: nn.Module) -> bool:
    """Whether recomputing the module saves memory: a single layer's input is what is kept anyway."""
    return any(True for _ in module.children()) and not isinstance(module, nn.Sequential | nn.ModuleList)


def is_recomputed(module: nn.Module) -> bool:
    """Whether the module is called as a whole, its inside out of sight."""
    return "forward" in vars(module)


def _set_recomputed(block: nn.Module, *, wanted: bool) -> None:
    if wanted and not is_recomputed(block):
        # On the instance, so that every name of a module and a parameter stays what it is.
        block.forward = partial(_recomputed, block.forward)
    elif is_recomputed(block) and not wanted:
        del block.forward


def _recomputed(forward: Callable[..., Any], *inputs: Any, **options: Any) -> Any:
    if not torch.is_grad_enabled():
        return forward(*inputs, **options)
    return checkpoint(forward, *inputs, use_reentrant=False, **options)
