"""What training takes beside weights and activations: gradients, and the numbers that the optimizer keeps.

An estimate from the session alone, without torch, for what is shown before and while a run trains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.session import Optimizer

BYTES = 4
"""Weights, gradients and optimizer state are kept in single precision, whatever the step computes in."""

KEPT = {
    "adamw": 2,
    "adam": 2,
    "nadam": 2,
    "radam": 2,
    "sgd": 0,
    "rmsprop": 1,
    "adagrad": 1,
    "adafactor": 0,
    "muon": 1,
}
"""Numbers that an optimizer keeps for every number that trains; Adafactor's rows and columns are next to nothing."""


def kept_per_number(optimizer: Optimizer) -> int:
    """How many numbers the session's optimizer keeps for every number that it has trained."""
    kept = KEPT.get(optimizer.name, 2)
    if optimizer.name in ("sgd", "rmsprop"):
        kept += optimizer.momentum > 0
    return kept + bool(optimizer.options.get("amsgrad")) + bool(optimizer.options.get("centered"))


def gradient_bytes(numbers: int) -> int:
    """Bytes of the gradients of so many trainable numbers."""
    return BYTES * numbers


def state_bytes(numbers: int, kept: int) -> int:
    """Bytes that an optimizer keeps for so many numbers, at `kept` numbers for each."""
    return BYTES * numbers * kept
