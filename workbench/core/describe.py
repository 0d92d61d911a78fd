"""The module tree of a model as data: paths, types, output shapes, parameters, stages.

Works on the meta device, so that a model of any size is described without its numbers.
"""

from collections.abc import Callable, Mapping

import torch
from torch import nn

from workbench import cache
from workbench.core.models import BuiltModel, build_empty
from workbench.core.remember import remember
from workbench.core.sources import open_source
from workbench.core.stages import is_normalisation
from workbench.protocol import ModelDescription, ModuleRow
from workbench.session import Session


def describe(session: Session, classes: int | None = None) -> ModelDescription:
    """The session's model as it would be built, for its data's number of classes unless given.

    What was described before comes from the cache, and what is described now goes there.
    """
    if classes is None:
        classes = len(open_source(session.data.source).classes)
        remember(cache.class_count_place(session.data.source), classes)
    known = cache.recall_description(session, classes)
    if known is not None:
        return known
    found = describe_built(build_empty(session, classes), session.model.name)
    remember(cache.description_place(session, classes), found)
    return found


def describe_built(built: BuiltModel, name: str) -> ModelDescription:
    """The module tree of an empty model, which is moved to the meta device."""
    stage_of = built.stage_of
    first_names = {id(parameter): first for first, parameter in built.module.named_parameters()}
    owns = {
        path: {first_names[id(each)]: each.numel() for each in module.parameters(recurse=False)}
        for path, module in built.module.named_modules()
    }
    shapes = _output_shapes(built.module.to("meta"), built.preprocessing.image_size)
    stages_in = _stages_by_module(stage_of)
    rows = [
        _row(path, module, shapes.get(path, ()), stages_in.get(path, set()), owns[path], stage_of)
        for path, module in built.module.named_modules()
        if path or owns[path]
    ]
    return ModelDescription(
        name=name,
        weights=built.weights,
        image_size=built.preprocessing.image_size,
        stages=tuple(dict.fromkeys(stage_of.values())),
        modules=tuple(rows),
    )


def _stages_by_module(stage_of: Mapping[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, stage in stage_of.items():
        parts = name.split(".")
        for end in range(len(parts)):
            found.setdefault(".".join(parts[:end]), set()).add(stage)
    return found


def _row(
    path: str,
    module: nn.Module,
    shape: tuple[int, ...],
    stages: set[str],
    own: dict[str, int],
    stage_of: Mapping[str, str],
) -> ModuleRow:
    """The row of a module; a parameter that several modules share bears its first name in each of their rows."""
    return ModuleRow(
        path=path,
        type=type(module).__name__,
        shape=shape,
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        stage=next(iter(stages)) if len(stages) == 1 else "",
        own=own,
        buffers=sum(buffer.numel() for buffer in module.buffers(recurse=False)),
        normalisation=is_normalisation(module),
        own_stage=stage_of[next(iter(own))] if own else "",
    )


def _output_shapes(module: nn.Module, image_size: int) -> dict[str, tuple[int, ...]]:
    """The output shape, without the batch, of every module that forward calls, from one pass on the meta device."""
    shapes: dict[str, tuple[int, ...]] = {}
    hooks = [
        each.register_forward_hook(_recorder(path, shapes)) for path, each in module.named_modules() if path
    ]
    try:
        with torch.no_grad():
            # Auxiliary heads run in training mode alone.
            module.train()(torch.empty(2, 3, image_size, image_size, device="meta"))
    except (RuntimeError, NotImplementedError, ValueError):
        # Shapes are for the eye: a model that can't run at this size is refused when it is built, with a reason.
        shapes.clear()
    finally:
        for hook in hooks:
            hook.remove()
    return shapes


def _recorder(
    path: str, shapes: dict[str, tuple[int, ...]]
) -> Callable[[nn.Module, tuple[object, ...], object], None]:
    def record(_module: nn.Module, _inputs: tuple[object, ...], output: object) -> None:
        first = output[0] if isinstance(output, tuple | list) else output
        if isinstance(first, torch.Tensor):
            shapes[path] = tuple(first.shape[1:])

    return record
