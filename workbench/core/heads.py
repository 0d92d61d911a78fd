"""Finding and replacing a classifier's head: the last layer, whose outputs are the classes."""

from torch import nn

from workbench.core.stages import is_auxiliary
from workbench.errors import BadInput


def head_path(model: nn.Module) -> str:
    """The path of the layer that gives the class scores: the last Linear or Conv2d that is in no auxiliary head.

    It lies alone (``fc``), in a Sequential (``classifier.3``, ``heads.head``) or is a 1×1 convolution (SqueezeNet).
    """
    layers: list[str] = [
        path for path, module in model.named_modules() if isinstance(module, nn.Linear | nn.Conv2d)
    ]
    found = [path for path in layers if not is_auxiliary(path)]
    if not found:
        raise BadInput(f"{type(model).__name__} has no last layer to replace", "choose another model")
    return found[-1]


def replace_head(model: nn.Module, path: str, classes: int, dropout: float) -> str:
    """Put a new layer for that many classes in the head's place and set the dropout before it; returns its path.

    The new layer has PyTorch's own initialisation. A dropout layer that the model has beside its head takes the
    rate; where it has none, one is put before the new layer.
    """
    parent = model.get_submodule(path.rpartition(".")[0])
    name = path.rpartition(".")[2]
    old = model.get_submodule(path)
    new: nn.Module
    if isinstance(old, nn.Conv2d):
        new = nn.Conv2d(old.in_channels, classes, old.kernel_size, old.stride, bias=old.bias is not None)  # type: ignore[arg-type]
    elif isinstance(old, nn.Linear):
        new = nn.Linear(old.in_features, classes, bias=old.bias is not None)
    else:
        raise TypeError(f"{path} is a {type(old).__name__}, no head")
    dropouts = (
        [module for module in parent.children() if isinstance(module, nn.Dropout)]
        if parent is not model
        else []
    )
    for module in dropouts:
        module.p = dropout
    if dropout and not dropouts:
        setattr(parent, name, nn.Sequential(nn.Dropout(dropout), new))
        return f"{path}.1"
    setattr(parent, name, new)
    return path
