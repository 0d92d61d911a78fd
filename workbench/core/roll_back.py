"""Going back to the best epoch while a run trains: which weights these are, kept for repeating it, and put back.

A later epoch may become the best one and take the best checkpoint's place. So that a run which is taken up again
before the roll-back finds the same weights, a roll-back keeps them under its own step, as a second name of the file.
"""

import torch
from torch import nn

from workbench.core import checkpoint
from workbench.core.keeper import Keeper
from workbench.errors import BadInput
from workbench.protocol import Evaluated
from workbench.run import RunFolder

State = dict[str, torch.Tensor]


def weights_to_put_back(
    run: RunFolder, keeper: Keeper, step: int, best: Evaluated | None, *, again: bool
) -> State:
    """The weights that a roll-back at a step puts back; they lie on the disk when this returns.

    `again`: an earlier life of the run did it at this step. BadInput where no epoch was validated yet, or where its
    weights can't be had any more.
    """
    kind = f"rolled-back-{step}"
    if again and checkpoint.folder_of(run, kind) is not None:
        return checkpoint.load_model(run, kind)[0]
    if best is None:
        raise BadInput(
            "no epoch is the best one yet", "wait for the first validation, at the end of an epoch"
        )
    keeper.write_best()
    weights, state = checkpoint.load_model(run, "best")
    if state.step != best.step:
        # The disk is full, or a life that was killed before its last checkpoint had found a later best one.
        raise BadInput(
            f"the weights of epoch {best.epoch} are not on the disk",
            "free space, or wait for the next best epoch",
        )
    try:
        checkpoint.save(run, kind, run.checkpoint("best") / "model.safetensors", state, {})
    except OSError as error:
        raise BadInput(f"the weights can't be kept ({error})", "free space, then try again") from None
    return weights


def put_back(model: nn.Module, weights: State) -> set[str]:
    """Give the model these weights and buffers; returns the names of those that were others."""
    state = model.state_dict()
    changed = {name for name, value in weights.items() if not _same_bits(state[name], value)}
    with torch.no_grad():
        for name in changed:
            state[name].copy_(weights[name])
    return changed


def _same_bits(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether nothing would change: what is not a number is not equal to itself, and is written anew."""
    return torch.equal(one, other.to(one.device))
