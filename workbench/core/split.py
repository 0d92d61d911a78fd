"""Cutting a model in two: the prefix, whose output for a picture is a constant, and the suffix, which still trains.

The model is traced with torch.fx as its modules stand (training or eval mode). A value is constant when nothing that
it is computed from trains, updates statistics, draws at random or mixes the pictures of a batch. What this file finds
is kept in step by `workbench.core.front`, which makes a new split after every change.
"""

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import fx, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd
from torchvision.ops import StochasticDepth, stochastic_depth

from workbench import cache
from workbench.core.freezing import under_all_names
from workbench.core.recompute import is_recomputed
from workbench.core.remember import remember
from workbench.core.rows_per_picture import rows_per_picture
from workbench.core.stages import keeps_running_statistics

RANDOM_MODULES = (_DropoutNd, StochasticDepth, nn.RReLU)
RANDOM_FUNCTIONS = {
    torch.rand,
    torch.randn,
    torch.rand_like,
    torch.randn_like,
    torch.randint,
    torch.randperm,
    torch.bernoulli,
    torch.multinomial,
    torch.normal,
}
RANDOM_METHODS = {"bernoulli", "bernoulli_", "uniform_", "normal_", "random_", "exponential_", "multinomial"}
_RATES = ("p", "dropout", "attention_dropout", "dropout_p")
"""How functions of torch and torchvision name the probabilities of dropping something."""


@dataclass(frozen=True)
class Split:
    """A model cut in two: `prefix(images)` gives a tuple of tensors (N, …), `suffix(*tensors)` the model's output.

    Both share the model's own modules and parameters. `front` is the prefix's graph, `names` are the parameters and
    buffers that it reads, `structure` tells what it computes.
    """

    model: nn.Module
    front: fx.Graph
    suffix: fx.GraphModule
    names: tuple[str, ...]
    structure: str

    @cached_property
    def prefix(self) -> fx.GraphModule:
        """What computes the constant values; made when it is first run: a later run on the same data never does."""
        return fx.GraphModule(self.model, self.front)


class _Tracer(fx.Tracer):
    """Torch's own layers stay whole, and so does what draws by its mode, and what is recomputed as a whole."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        if isinstance(m, StochasticDepth) or is_recomputed(m):
            return True
        return super().is_leaf_module(m, module_qualified_name)


@dataclass(frozen=True)
class _Traced:
    """A model's graph in one set of modes, and each of its nodes in words by the node's name."""

    graph: fx.Graph
    words: dict[str, str]


class Cutter:
    """Cuts one model, for images (N, 3, image_size, image_size), again and again as what trains changes."""

    def __init__(self, model: nn.Module, image_size: int) -> None:
        self._model, self._image_size = model, image_size
        self._traced: dict[tuple[tuple[bool, bool], ...], _Traced] = {}
        self._per_picture: dict[tuple[str, ...], set[str]] = {}

    def split(self, moving: Collection[str]) -> Split | None:
        """The model cut as late as its constant values allow; None where it can't be traced or nothing is constant.

        `moving` names the parameters and buffers that change while it trains. Modes are taken as they are now.
        """
        model = self._model
        try:
            traced = self._trace()
            constants = _constants(traced.graph, model, under_all_names(moving, model))
            boundary = _boundary(traced.graph, constants & self._storable(traced), constants)
        except Exception:  # noqa: BLE001  (a model that fx can't trace fails in any way its own code does)
            return None
        if not boundary:
            return None
        front = _part(traced.graph, inputs=_placeholders(traced.graph), outputs=boundary)
        suffix = fx.GraphModule(model, _part(traced.graph, inputs=boundary, outputs=None))
        structure = [traced.words[node.name] for node in front.nodes if node.op != "output"]
        structure += [f"output {node.name}" for node in boundary]
        return Split(model, front, suffix, tuple(sorted(_tensors_read(model, front))), "\n".join(structure))

    def _trace(self) -> _Traced:
        """The model's graph as its modules stand."""
        modes = tuple((each.training, is_recomputed(each)) for each in self._model.modules())
        if modes not in self._traced:
            graph = _Tracer().trace(self._model)
            words = {node.name: _in_words(node, self._model) for node in graph.nodes}
            self._traced[modes] = _Traced(graph, words)
        return self._traced[modes]

    def _storable(self, traced: _Traced) -> set[fx.Node]:
        """The nodes that are tensors with one row a picture: those a store can keep."""
        # The shapes are those of every graph with the same nodes, whatever is frozen.
        names = tuple(traced.words)
        if names not in self._per_picture:
            place = cache.place("values per picture", names, "\n".join(traced.words.values()))
            known = cache.recall(place, list[str])
            if known is None:
                known = sorted(rows_per_picture(self._model, traced.graph, self._image_size))
                remember(place, known)
            self._per_picture[names] = set(known)
        return {node for node in traced.graph.nodes if node.name in self._per_picture[names]}


# ---- which values are constant ----


def _constants(graph: fx.Graph, model: nn.Module, moving: frozenset[str]) -> set[fx.Node]:
    found: set[fx.Node] = set()
    for node in graph.nodes:
        if node.op == "output" or not all(each in found for each in node.all_input_nodes):
            continue
        if not _varies(node, model, moving):
            found.add(node)
    return found


def _varies(node: fx.Node, model: nn.Module, moving: frozenset[str]) -> bool:
    """Whether the node itself, apart from its inputs, gives another value from step to step or batch to batch."""
    if node.op == "get_attr":
        return str(node.target) in moving
    if node.op == "call_module":
        return _module_varies(model.get_submodule(str(node.target)), str(node.target), moving)
    if node.op == "call_method":
        return node.target in RANDOM_METHODS
    if node.op == "call_function":
        return node.target in RANDOM_FUNCTIONS or _trains_or_drops(node)
    return False


def _module_varies(module: nn.Module, path: str, moving: frozenset[str]) -> bool:
    if any(name.startswith(f"{path}.") for name in moving):
        return True
    return any(_draws_or_mixes(each) for each in module.modules())


def _draws_or_mixes(module: nn.Module) -> bool:
    if keeps_running_statistics(module):
        if module.training:
            return True
    elif isinstance(module, _BatchNorm):
        return True  # it normalises by the batch in either mode
    if not module.training:
        return False
    if isinstance(module, nn.MultiheadAttention):
        return bool(module.dropout > 0)
    return isinstance(module, RANDOM_MODULES) and getattr(module, "p", 1.0) > 0


def _trains_or_drops(node: fx.Node) -> bool:
    """Whether a function was traced in training mode with something to drop, or updates statistics."""
    target: Callable[..., Any] = node.target  # type: ignore[assignment]
    if target is functional.batch_norm or target is torch.batch_norm:
        return True
    try:
        given = inspect.signature(target).bind(*node.args, **node.kwargs)
    except (TypeError, ValueError):
        return False
    given.apply_defaults()
    rates = [given.arguments[name] for name in _RATES if name in given.arguments]
    drops = any(not isinstance(rate, int | float) or rate > 0 for rate in rates)
    return bool(given.arguments.get("training", target is stochastic_depth)) and drops


# ---- where to cut ----


def _boundary(graph: fx.Graph, storable: set[fx.Node], constants: set[fx.Node]) -> list[fx.Node]:
    """The constant values that the rest needs, in order; empty where the rest needs the images themselves.

    A constant that no store can keep (a shape, a tensor that is the same for all pictures) is computed again in the
    suffix from what can be kept.
    """
    needed: set[fx.Node] = set()
    again = [node for node in graph.nodes if node not in constants]
    seen = set(again)
    while again:
        for source in again.pop().all_input_nodes:
            if source.op == "placeholder":
                return []
            if source in storable:
                needed.add(source)
            elif source not in seen:
                seen.add(source)
                again.append(source)
    return [node for node in graph.nodes if node in needed and not _follows_from(node, needed)]


def _follows_from(node: fx.Node, kept: set[fx.Node]) -> bool:
    """Whether a value is a mere rearrangement of values that are kept anyway (DenseNet's concatenations)."""
    return node.op in ("call_function", "call_method") and all(each in kept for each in node.all_input_nodes)


# ---- making the parts ----


def _placeholders(graph: fx.Graph) -> list[fx.Node]:
    return [node for node in graph.nodes if node.op == "placeholder"]


def _part(graph: fx.Graph, inputs: Iterable[fx.Node], outputs: list[fx.Node] | None) -> fx.Graph:
    """The piece of the graph from these values to those (None: to its output)."""
    part = fx.Graph()
    copied: dict[fx.Node, fx.Node] = {node: part.placeholder(node.name) for node in inputs}
    end = next(node for node in graph.nodes if node.op == "output")
    wanted = _needed_for(outputs if outputs is not None else end.all_input_nodes, set(copied))
    for node in graph.nodes:
        if node in wanted and node not in copied:
            copied[node] = part.node_copy(node, lambda each: copied[each])
    if outputs is not None:
        part.output(tuple(copied[node] for node in outputs))
    else:
        part.output(fx.node.map_arg(end.args[0], lambda each: copied[each]))
    return part


def _needed_for(outputs: Iterable[fx.Node], given: set[fx.Node]) -> set[fx.Node]:
    left, found = list(outputs), set(outputs)
    while left:
        node = left.pop()
        if node in given:
            continue
        new = [each for each in node.all_input_nodes if each not in found]
        found.update(new)
        left += new
    return found


# ---- what a prefix depends on ----


def _tensors_read(model: nn.Module, graph: fx.Graph) -> set[str]:
    """The parameters and buffers that the graph reads, by the model's names."""
    found: set[str] = set()
    for node in graph.nodes:
        if node.op == "get_attr":
            found.add(str(node.target))
        elif node.op == "call_module":
            module = model.get_submodule(str(node.target))
            found.update(name for name, _ in module.named_parameters(prefix=str(node.target)))
            found.update(name for name, _ in module.named_buffers(prefix=str(node.target)))
    return found


def _in_words(node: fx.Node, model: nn.Module) -> str:
    """What a node calls, with which settings, on which values."""
    target = node.target
    if node.op == "call_module":
        module = model.get_submodule(str(target))
        # Training mode is told by what was traced: what would differ by it is no constant.
        words = f"{target} {type(module).__qualname__}({module.extra_repr()}) {_settings(module)}"
    elif callable(target):
        words = f"{getattr(target, '__module__', '')}.{getattr(target, '__qualname__', target)}"
    else:
        words = str(target)
    return f"{node.op} {node.name} {words} {node.args} {node.kwargs}"


def _settings(module: nn.Module) -> Mapping[str, object]:
    """The plain values that a layer holds, which its representation may leave out."""
    return {
        name: value
        for name, value in sorted(vars(module).items())
        if isinstance(value, int | float | str | tuple) and name != "training"
    }
