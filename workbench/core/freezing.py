"""Making a model do what a freeze plan says, and reading back what it does.

A frozen parameter has ``requires_grad=False`` and no gradient, so that neither the optimizer nor clipping sees it.
A subtree without any trainable parameter runs in eval mode as a whole: its running statistics stay as they are and
its dropout is off (Thaw calls this after every ``train()``). A trainable BatchNorm updates its statistics only under
``batchnorm = "follow"``.
"""

from collections.abc import Collection, Mapping

from torch import nn

from workbench.actions import BatchNormMode
from workbench.core.stages import keeps_running_statistics
from workbench.errors import BadInput
from workbench.plan import FreezePlan, rate_scale
from workbench.protocol import Frozenness
from workbench.settings import Settings


def trainable_names(plan: FreezePlan, stage_of: Mapping[str, str]) -> set[str]:
    """The parameters that train under a plan; BadInput where there are none."""
    names = plan.trainable(stage_of)
    if not names:
        raise BadInput("this leaves nothing trainable", "thaw the head or another module first: thaw head")
    return names


def set_trainable(model: nn.Module, names: set[str]) -> None:
    """Make just these parameters trainable; a gradient that a frozen one still holds is dropped."""
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in names)
        if name not in names:
            parameter.grad = None


def set_training_mode(model: nn.Module, batchnorm: str) -> None:
    """Training mode for what trains, eval mode for every frozen subtree and for statistics that must not move."""
    model.train()
    _freeze_modes(model)
    if batchnorm == "frozen":
        for module in model.modules():
            if keeps_running_statistics(module):
                module.eval()


def _freeze_modes(module: nn.Module) -> None:
    """Eval mode for the largest subtrees that hold parameters, none of which trains."""
    for child in module.children():
        parameters = list(child.parameters())
        holds_something = bool(parameters) or keeps_running_statistics(child)
        if holds_something and not any(parameter.requires_grad for parameter in parameters):
            child.eval()
        else:
            _freeze_modes(child)


def trainable_in_fact(model: nn.Module) -> tuple[str, ...]:
    """The parameters that require a gradient, in order of registration."""
    return tuple(name for name, parameter in model.named_parameters() if parameter.requires_grad)


def under_all_names(names: Collection[str], model: nn.Module) -> frozenset[str]:
    """These parameters and buffers by every name that the model has for them: modules may share one."""
    named = [
        *model.named_parameters(remove_duplicate=False),
        *model.named_buffers(remove_duplicate=False),
    ]
    meant = {id(tensor) for name, tensor in named if name in names}
    return frozenset(name for name, tensor in named if id(tensor) in meant)


def norms_in_training(model: nn.Module) -> tuple[str, ...]:
    """The normalisation layers that update running statistics as the model stands."""
    return tuple(
        path for path, module in model.named_modules() if module.training and keeps_running_statistics(module)
    )


def frozenness(
    model: nn.Module, step: int, scales: Mapping[str, float], batchnorm: BatchNormMode
) -> Frozenness:
    """The event that tells what the model does in fact; `scales` holds every parameter's rate multiplier."""
    trainable = trainable_in_fact(model)
    return Frozenness(
        step=step,
        trainable=trainable,
        trainable_parameters=sum(each.numel() for each in model.parameters() if each.requires_grad),
        rate_scales={name: scales[name] for name in trainable if scales[name] != 1.0},
        training_norms=norms_in_training(model),
        batchnorm=batchnorm,
    )


def rate_scales(
    stage_of: Mapping[str, str], settings: Settings, *, backbone_lr_scale: float, layer_lr_decay: float
) -> dict[str, float]:
    """The learning-rate multiplier of every parameter."""
    stages = list(dict.fromkeys(stage_of.values()))
    return {
        name: rate_scale(
            name,
            stages,
            stage,
            backbone_lr_scale=backbone_lr_scale,
            layer_lr_decay=layer_lr_decay,
            lr_scales=settings.lr_scales,
        )
        for name, stage in stage_of.items()
    }
