"""The stages of a model: coarse slices in forward order that a practitioner would freeze and thaw as one.

Decided here: which modules make a stage and what it is called. The model's children are divided until there are
blocks (ResNet's layer1 … layer4, the encoder layers of a transformer); what is no block joins its neighbour. What a
stage is good for, freezing and rates, is decided in `workbench.plan`.
"""

from collections.abc import Iterable
from itertools import pairwise

from torch import nn

from workbench.plan import HEAD, JOINED

STEM = "stem"
_ENOUGH = 3
"""Blocks a model is divided into at least, where it can be: ShuffleNet has three."""
_NORMS = (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.LocalResponseNorm)  # noqa: SLF001
_POOLS = (nn.MaxPool2d, nn.AvgPool2d)
_ENDS_ITS_BLOCK = ("_Transition",)
"""Downsampling opens the next stage (ConvNeXt, Swin), but DenseNet's paper counts a transition to the block before."""
AUXILIARY = ("AuxLogits", "aux1", "aux2", "head_dist")
"""Heads beside the last one: those that Inception v3 and GoogLeNet train with, and timm's distilled DeiT's second."""

Unit = tuple[str, ...]
"""Paths of modules that belong to one stage, in forward order."""


def is_normalisation(module: nn.Module) -> bool:
    """Whether the module normalises activations (batch, layer, group or instance norm)."""
    return isinstance(module, _NORMS)


def keeps_running_statistics(module: nn.Module) -> bool:
    """Whether the module updates running statistics when it runs in training mode."""
    return isinstance(module, nn.modules.batchnorm._NormBase) and module.running_mean is not None  # noqa: SLF001


def is_auxiliary(name: str) -> bool:
    """Whether a parameter or module path lies in an auxiliary head."""
    return name.partition(".")[0] in AUXILIARY


def stage_of_parameters(model: nn.Module, head: str) -> dict[str, str]:
    """The stage of every parameter by name, stages in forward order; `head` is the path of the replaced layer.

    The first stage is ``stem``, the last ``head``, to which auxiliary heads belong. A stage of one module bears its
    path; one of several bears their paths joined (``features.2+3``), so that no name means two things.
    """
    names = _named(model, _Division(model, head).units())
    found = {
        name: HEAD
        if _inside(name, head) or _inside(name, HEAD) or is_auxiliary(name)
        else next((stage for path, stage in names.items() if _inside(name, path)), STEM)
        for name, _ in model.named_parameters()
    }
    order = [STEM, *names.values(), HEAD]
    return dict(sorted(found.items(), key=lambda pair: order.index(pair[1])))


class _Division:
    """Divides the modules below the head into units, and joins the units that are no blocks to their neighbours."""

    def __init__(self, model: nn.Module, head: str) -> None:
        self._model, self._head = model, head
        self._apart: set[Unit] = set()
        self._sizes = {name: each.numel() for name, each in model.named_parameters()}
        self._matrices = [name for name, each in model.named_parameters() if each.ndim >= 2]

    def units(self) -> list[Unit]:
        """The units, at most one of which (the first, the stem) is no block unless the model has too few."""
        units = self._divided()
        first = next((place for place, unit in enumerate(units) if not self._is_lonely(unit)), 1)
        return self._joined(_chain(units[: max(1, first)]), units[max(1, first) :])

    def _divided(self) -> list[Unit]:
        units = [self._below_head(path) for path in self._children("")]
        while sum(self._count(unit) >= 2 for unit in units) < _ENOUGH:
            divisible = [
                unit
                for unit in units
                if len(unit) == 1 and len(self._children(unit[0])) > 1 and not _inside(self._head, unit[0])
            ]
            if not divisible:
                break
            largest = max(divisible, key=lambda unit: self._size(unit[0]))
            place = units.index(largest)
            units[place : place + 1] = self._by_resolution(largest[0])
        return units

    def _below_head(self, path: str) -> Unit:
        """A module that holds the head, as those of its modules that the head is not in."""
        if not _inside(self._head, path):
            return (path,)
        return _chain(self._below_head(child) for child in self._children(path))

    def _by_resolution(self, path: str) -> list[Unit]:
        """A container's children; where pooling divides them (VGG, SqueezeNet), those of one resolution together."""
        children = dict(self._model.get_submodule(path).named_children())
        with_parameters = set(self._children(path))
        if sum(isinstance(child, _POOLS) for child in children.values()) < 2:
            return [(child,) for child in self._children(path)]
        groups: list[list[str]] = [[]]
        for name, child in children.items():
            if isinstance(child, _POOLS):
                groups.append([])
            elif f"{path}.{name}" in with_parameters:
                groups[-1].append(f"{path}.{name}")
        units = [tuple(group) for group in groups if group]
        self._apart.update(units)
        return units

    def _joined(self, stem: Unit, rest: Iterable[Unit]) -> list[Unit]:
        joined, opening = [stem], Unit()
        for unit in rest:
            if not self._is_lonely(unit):
                joined.append(opening + unit)
                opening = Unit()
            elif (
                self._count(unit) == 0 or type(self._model.get_submodule(unit[0])).__name__ in _ENDS_ITS_BLOCK
            ):
                joined[-1] += opening + unit
                opening = Unit()
            else:
                opening += unit
        joined[-1] += opening
        return joined

    def _is_lonely(self, unit: Unit) -> bool:
        """Whether the unit is a single layer with its norm, and not all there is at its resolution."""
        return self._count(unit) < 2 and unit not in self._apart

    def _count(self, unit: Unit) -> int:
        """The kernels and matrices in a unit."""
        return sum(any(_inside(name, path) for path in unit) for name in self._matrices)

    def _size(self, path: str) -> int:
        return sum(size for name, size in self._sizes.items() if _inside(name, path))

    def _children(self, path: str) -> list[str]:
        """The paths of a module's children that hold parameters of neither the head nor an auxiliary one."""
        prefix = f"{path}." if path else ""
        names = {
            prefix + name.removeprefix(prefix).partition(".")[0]
            for name in self._sizes
            if name.startswith(prefix) and not _inside(name, self._head) and not is_auxiliary(name)
        }
        module = self._model.get_submodule(path)
        return [prefix + name for name, _ in module.named_children() if prefix + name in names]


def _named(model: nn.Module, units: list[Unit]) -> dict[str, str]:
    """The stage's name by the path of each of its modules; norms are left out of the names."""
    names = dict.fromkeys(units[0], STEM) if units else {}
    for unit in units[1:]:
        told = [path for path in unit if not is_normalisation(model.get_submodule(path))]
        names |= dict.fromkeys(unit, _joined_name(told or list(unit)))
    return names


def _joined_name(paths: list[str]) -> str:
    """Paths joined, a parent that two of them share told once: ``features.2+3``."""
    told = paths[0]
    for before, path in pairwise(paths):
        parent, _, name = path.rpartition(".")
        told += JOINED + (name if before.rpartition(".")[0] == parent else path)
    return told


def _chain(units: Iterable[Unit]) -> Unit:
    return tuple(path for unit in units for path in unit)


def _inside(name: str, path: str) -> bool:
    return name == path or name.startswith(f"{path}.")
