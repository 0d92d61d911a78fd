"""The update rules of `torch.optim` by name, with their options checked against their signatures."""

import inspect
from typing import Any

import torch
from torch import nn

from workbench.errors import BadInput, did_you_mean
from workbench.session import Optimizer as OptimizerSection

CLASSES = {
    "adamw": "AdamW",
    "adam": "Adam",
    "nadam": "NAdam",
    "radam": "RAdam",
    "sgd": "SGD",
    "rmsprop": "RMSprop",
    "adagrad": "Adagrad",
    "adafactor": "Adafactor",
    "muon": "Muon",
}
FUSED = frozenset({"adamw", "adam"})
"""Rules that run as one kernel, on the CPU and on GPUs: 3 to 6 times as fast on two cores as torch's loop.

Not sgd: its kernel hardly gains, and fails where a parameter that was thawed later has no momentum yet.
"""
_SET_ELSEWHERE = {
    "self",
    "params",
    "lr",
    "weight_decay",
    "foreach",
    "fused",
    "capturable",
    "differentiable",
    "maximize",
}


def optimizer_class(name: str) -> type[torch.optim.Optimizer]:
    """The class of that name; BadInput where this PyTorch does not have it."""
    found = getattr(torch.optim, CLASSES[name], None)
    if found is None:
        raise BadInput(
            f"optimizer.name: this PyTorch ({torch.__version__}) has no {CLASSES[name]}", "choose adamw"
        )
    return found  # type: ignore[no-any-return]


def options_of(section: OptimizerSection) -> dict[str, Any]:
    """The keyword arguments of the session's optimizer beside rate and decay; BadInput for one it does not take."""
    accepted = set(inspect.signature(optimizer_class(section.name).__init__).parameters) - _SET_ELSEWHERE
    for key in section.options:
        if key not in accepted:
            hint = did_you_mean(key, sorted(accepted)) or f"it takes {', '.join(sorted(accepted))}"
            raise BadInput(f"optimizer.options.{key}: {CLASSES[section.name]} takes no such argument", hint)
    options: dict[str, Any] = {}
    if section.name in ("sgd", "rmsprop"):
        options["momentum"] = section.momentum
    if section.name == "sgd":
        options["nesterov"] = section.nesterov and section.momentum > 0
    if section.name in FUSED:
        options["fused"] = True
    return options | dict(section.options)


def construct(section: OptimizerSection, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    """The session's optimizer over the parameters; BadInput where an option's value does not fit."""
    kind: Any = optimizer_class(section.name)
    options = options_of(section)
    try:
        optimizer: torch.optim.Optimizer = kind(parameters, lr=section.lr, **options)
    except (TypeError, ValueError) as error:
        raise BadInput(f"optimizer.options: {CLASSES[section.name]}: {error}", "correct the value") from None
    return optimizer
