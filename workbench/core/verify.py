"""The proof that frozen is frozen: digests of everything that must not move, then and now.

What must not move is every frozen parameter and every buffer of a layer that does not update statistics. Its digest
is taken when it is frozen; for what was frozen from the start, from the weights as the session builds them.
"""

import math
from collections.abc import Callable, Container, Iterable, Mapping
from hashlib import sha256

import torch
from torch import nn

from workbench.actions import ReestimateBatchNorm
from workbench.core.freezing import norms_in_training
from workbench.protocol import Applied, Event, Frozenness, Verified

State = Mapping[str, torch.Tensor]


def digest(tensor: torch.Tensor) -> str:
    """The SHA-256 of a tensor's bytes, as hexadecimal text."""
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    return sha256(flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b"").hexdigest()


def must_not_move(model: nn.Module) -> set[str]:
    """The names of frozen parameters and of buffers whose layer updates no statistics."""
    moving = set(norms_in_training(model))
    buffers = {name for name, _ in model.named_buffers() if name.rpartition(".")[0] not in moving}
    return {name for name, each in model.named_parameters() if not each.requires_grad} | buffers


class Verifier:
    """Remembers what stood where when it was frozen.

    `start` gives the weights as the session builds them; `moved` tells which names have ever been free to move.
    """

    def __init__(self, model: nn.Module, start: Callable[[], State], moved: Container[str]) -> None:
        self._model = model
        self._start = start
        self._since = 0
        self._still: dict[str, str | None] = {name: None for name in model.state_dict() if name not in moved}
        self._then: dict[str, torch.Tensor] = {}

    def follow(self) -> None:
        """Take the digests of what was frozen by a change, and the values of what was thawed."""
        state, still = self._model.state_dict(), must_not_move(self._model)
        for name, value in state.items():
            if name in still and name not in self._still:
                self._still[name] = digest(value)
            elif name not in still and self._still.pop(name, None) is not None:
                self._then[name] = value.detach().cpu().clone()

    def retake(self, names: Iterable[str]) -> None:
        """Take the digests anew of what was written on purpose."""
        state = self._model.state_dict()
        self._still |= {name: digest(state[name]) for name in names if name in self._still}

    def verify(self, step: int) -> Verified:
        """Compare, and begin a new stretch for what moves."""
        state = self._model.state_dict()
        then = {**self._start(), **self._then}
        expected = {name: value or digest(then[name]) for name, value in self._still.items()}
        found = {name: digest(state[name]) for name in expected}
        event = Verified(
            step=step,
            since=self._since,
            still=len(expected),
            expected=_together(expected),
            found=_together(found),
            broken=tuple(name for name in state if expected.get(name) != found.get(name)),
            changed={name: _moved(state[name], then[name]) for name in state if name not in expected},
        )
        self._still, self._since = dict(expected), step
        self._then = {
            name: value.detach().cpu().clone() for name, value in state.items() if name not in expected
        }
        return event


def ever_free(earlier: Iterable[Event], model: nn.Module) -> set[str]:
    """The parameters and buffers that the journal's earlier lives have had free to move, or estimated afresh."""
    free: set[str] = set()
    norms: set[str] = set()
    trainable: tuple[str, ...] = ()
    for event in earlier:
        match event:
            case Frozenness():
                trainable = event.trainable
                free.update(trainable)
                norms.update(event.training_norms)
            case Applied(action=ReestimateBatchNorm()):
                norms.update(name.rpartition(".")[0] for name in trainable)
    return free | {name for name, _ in model.named_buffers() if name.rpartition(".")[0] in norms}


def _together(digests: Mapping[str, str]) -> str:
    return sha256("".join(f"{name}={digests[name]};" for name in sorted(digests)).encode()).hexdigest()


def _moved(now: torch.Tensor, then: torch.Tensor) -> float | None:
    before = then.detach().double().cpu()
    change = float((now.detach().double().cpu() - before).norm() / before.norm().clamp_min(1e-12))
    return change if math.isfinite(change) else None  # JSON has no other word for it
