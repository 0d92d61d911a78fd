"""The stages of a model: coarse slices in forward order that a practitioner would freeze and thaw as one.

The model's top-level children are its stages where there are enough of them (ResNet's layer1 … layer4); where one
container holds nearly everything (``features``, ``encoder.layers``) its children are. The first stage is called
``stem``, the replaced last layer ``head``; the others bear their module path.
"""

from torch import nn

from workbench.plan import HEAD

STEM = "stem"
_ENOUGH = 4
_NORMS = (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.LocalResponseNorm)  # noqa: SLF001


def is_normalisation(module: nn.Module) -> bool:
    """Whether the module normalises activations (batch, layer, group or instance norm)."""
    return isinstance(module, _NORMS)


def keeps_running_statistics(module: nn.Module) -> bool:
    """Whether the module updates running statistics when it runs in training mode."""
    return isinstance(module, nn.modules.batchnorm._NormBase) and module.running_mean is not None  # noqa: SLF001


def stage_of_parameters(model: nn.Module, head: str) -> dict[str, str]:
    """The stage of every parameter by name, in order of registration; `head` is the path of the replaced layer."""
    units = _units(model, head)
    found: dict[str, str] = {}
    for name, _ in model.named_parameters():
        found[name] = HEAD if _inside(name, head) else _stage_of(name, units)
    return found


def _units(model: nn.Module, head: str) -> dict[str, str]:
    """Stage name by the module path of each unit, in forward order."""
    paths = _children(model, "", head)
    while len(paths) < _ENOUGH:
        divisible = [path for path in paths if not _inside(head, path)]
        largest = max(divisible, key=lambda path: _count(model.get_submodule(path)), default="")
        inner = _children(model.get_submodule(largest), largest, head) if largest else []
        if len(inner) < 2:
            break
        place = paths.index(largest)
        paths[place : place + 1] = inner
    names: dict[str, str] = {}
    for path in paths:
        if not names:
            names[path] = STEM
        elif is_normalisation(model.get_submodule(path)):
            names[path] = list(names.values())[-1]
        else:
            names[path] = path
    return names


def _children(module: nn.Module, path: str, head: str) -> list[str]:
    prefix = f"{path}." if path else ""
    return [
        prefix + name
        for name, child in module.named_children()
        if any(not _inside(f"{prefix}{name}.{inner}", head) for inner, _ in child.named_parameters())
    ]


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _stage_of(name: str, units: dict[str, str]) -> str:
    return next((stage for path, stage in units.items() if _inside(name, path)), STEM)


def _inside(name: str, path: str) -> bool:
    return name == path or name.startswith(f"{path}.")
