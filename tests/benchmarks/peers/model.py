"""The model that all contenders start from, number for number, and what of it trains.

Thaw builds it, so that a stage or a head means the same to each of them; what they then do with it is their own.
"""

import tomllib
from collections.abc import Iterator

from torch import nn

from tests.benchmarks.peers.task import Task
from workbench.core.freezing import set_trainable, trainable_names
from workbench.core.models import build
from workbench.core.preprocess import Preprocessing
from workbench.session import Session


def model_for(task: Task) -> tuple[nn.Module, Preprocessing]:
    """The model with a new head, ``requires_grad`` set on what trains and on nothing else, and its preprocessing."""
    session = Session.model_validate(tomllib.loads(task.session))
    built = build(session, len(task.classes))
    stages = tuple(dict.fromkeys(built.stage_of.values()))
    set_trainable(built.module, trainable_names(session.plan(stages), built.stage_of))
    return built.module, built.preprocessing


def trainable(model: nn.Module) -> list[nn.Parameter]:
    """The parameters that train."""
    return [each for each in model.parameters() if each.requires_grad]


def keep_statistics(model: nn.Module) -> None:
    """Training mode, but the statistics of BatchNorms stay as they are."""
    model.train()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


def frozen_modules(model: nn.Module, path: str = "") -> Iterator[tuple[str, nn.Module]]:
    """The largest modules that hold parameters, none of which trains, by their paths."""
    for name, child in model.named_children():
        parameters = list(child.parameters())
        if parameters and not any(each.requires_grad for each in parameters):
            yield path + name, child
        else:
            yield from frozen_modules(child, f"{path}{name}.")
