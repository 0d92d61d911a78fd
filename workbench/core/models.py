"""Building a model for a session: the architecture, its weights, and a new head for the number of classes."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torchvision.models.vision_transformer import interpolate_embeddings
from torchvision.ops import StochasticDepth

from workbench.core import timm_models, torchvision_models
from workbench.core import weights as pretrained_weights
from workbench.core.auxiliary import has_auxiliary, replace_auxiliary
from workbench.core.draws import draw
from workbench.core.heads import head_path, replace_head
from workbench.core.preprocess import Preprocessing
from workbench.core.stages import is_auxiliary, stage_of_parameters
from workbench.core.torchvision_models import is_vision_transformer, model_names, patch_size
from workbench.core.weights import Pretrained, State
from workbench.errors import BadInput, did_you_mean
from workbench.session import Session


@dataclass(frozen=True)
class BuiltModel:
    """A model ready to train: its module, the path of its head, its preprocessing and where its weights are from."""

    module: nn.Module
    head: str
    preprocessing: Preprocessing
    weights: str

    @cached_property
    def stage_of(self) -> Mapping[str, str]:
        """The stage of every parameter by name."""
        return stage_of_parameters(self.module, self.head)


def check_model_name(name: str) -> None:
    """Raise BadInput with the nearest name where neither torchvision nor, if asked, timm has such a classifier."""
    if timm_models.is_timm(name):
        timm_models.check_name(name)
        return
    known = model_names()
    if name not in known:
        hint = did_you_mean(name, known) or "for example resnet18, efficientnet_b0, vit_b_16, convnext_tiny"
        raise BadInput(f"model.name: torchvision has no classifier {name!r}", hint)


class _Unfilled(TorchFunctionMode):
    """Parameters are made on the meta device, while what a constructor computes (RegNet's widths) is real."""

    def __torch_function__(
        self,
        function: Any,
        _types: Any,
        arguments: tuple[Any, ...] = (),
        options: dict[str, Any] | None = None,
    ) -> Any:
        options = dict(options or {})
        if function is torch.empty and options.get("device") is None:
            options["device"] = "meta"
        return function(*arguments, **options)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Torch's global CPU generator seeded inside, and as it was outside."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def build(session: Session, classes: int) -> BuiltModel:
    """The session's model on the CPU, with its weights and a new head; initialised by the session's seed."""
    check_model_name(session.model.name)
    pretrained = pretrained_weights.load(session.model.name, session.model.weights, session.data.image_size)
    preprocessing = pretrained.preprocessing.at(session.data.image_size)
    with seeded(draw(session.seed, "initialise")):
        if pretrained.state is None:
            module = _architecture(session, preprocessing.image_size)
        else:
            module = _with_weights(session, pretrained, pretrained.state, preprocessing.image_size)
        head = _new_head(session, module, classes)
    if session.model.stochastic_depth is not None:
        set_stochastic_depth(module, session.model.stochastic_depth)
    return BuiltModel(module, head, preprocessing, pretrained.name)


def build_empty(session: Session, classes: int) -> BuiltModel:
    """The session's architecture without any numbers: what is large lies on the meta device."""
    check_model_name(session.model.name)
    usual = pretrained_weights.preprocessing_of(session.model.name, session.model.weights)
    preprocessing = usual.at(session.data.image_size)
    with _Unfilled():
        module = _architecture(session, preprocessing.image_size)
        head = _new_head(session, module, classes)
    return BuiltModel(module, head, preprocessing, session.model.weights)


def fill(built: BuiltModel, state: State) -> None:
    """Give an empty model the tensors of a checkpoint that Thaw wrote; BadInput where they don't fit."""
    check_fits(built.module, state, "the checkpoint")
    built.module.load_state_dict(state, assign=True)
    timm_models.fill_tables(built.module)
    # Loading by assignment keeps the checkpoint's flag, not the parameter's.
    built.module.requires_grad_(requires_grad=False)


def _architecture(session: Session, image_size: int) -> nn.Module:
    """The model as its library makes it, for its own number of classes."""
    name = session.model.name
    auxiliary = has_auxiliary(session, image_size)
    if timm_models.is_timm(name):
        return timm_models.architecture(name, image_size, dropout=session.model.dropout)
    return torchvision_models.architecture(
        name, image_size, auxiliary=auxiliary, pretrained=session.model.weights != "none"
    )


def _new_head(session: Session, module: nn.Module, classes: int) -> str:
    """Replace the head, and auxiliary ones, for that many classes; the path of the head."""
    if timm_models.is_timm(session.model.name):
        return timm_models.replace_head(module, classes)
    replace_auxiliary(module, classes)
    return replace_head(module, head_path(module), classes, session.model.dropout)


def _with_weights(session: Session, pretrained: Pretrained, weights: State, image_size: int) -> nn.Module:
    """The architecture filled with a state dict, whose head may have another number of classes.

    It is first made on the meta device, so that nothing is initialised twice.
    """
    name, auxiliary = session.model.name, has_auxiliary(session, image_size)
    state = {key: value for key, value in weights.items() if auxiliary or not is_auxiliary(key)}
    with _Unfilled():
        module = _architecture(session, image_size)
    if is_vision_transformer(name) and pretrained.preprocessing.image_size != image_size:
        state = dict(interpolate_embeddings(image_size, patch_size(name), OrderedDict(state)))
    _fit_head(session, module, state)
    check_fits(module, state, pretrained.name)
    module.load_state_dict(state, assign=True, strict=False)
    if any(tensor.is_meta for tensor in (*module.parameters(), *module.buffers())):
        module = _architecture(session, image_size)
        _fit_head(session, module, state)
        module.load_state_dict(state, strict=False)
    return module.requires_grad_()


def set_stochastic_depth(module: nn.Module, rate: float) -> None:
    """Scale the rates at which blocks are left out so that the largest is `rate` (Huang et al. 2016).

    BadInput where the model has no stochastic depth.
    """
    layers = [each for each in module.modules() if isinstance(each, StochasticDepth)]
    largest = max((each.p for each in layers), default=0.0)
    if not largest:
        raise BadInput(
            f"model.stochastic_depth: {type(module).__name__} leaves out no blocks",
            "remove it, or choose an EfficientNet, ConvNeXt or Swin",
        )
    for each in layers:
        each.p *= rate / largest


def _fit_head(session: Session, module: nn.Module, state: State) -> None:
    """Give the head, and auxiliary ones, as many classes as the state dict has; keep it where that can't be told."""
    path = timm_models.head_path(module) if timm_models.is_timm(session.model.name) else head_path(module)
    weight, old = state.get(f"{path}.weight"), module.get_submodule(path)
    if weight is None or not isinstance(old, nn.Linear | nn.Conv2d) or weight.shape[0] == old.weight.shape[0]:
        return
    plain = session.model_copy(update={"model": session.model.model_copy(update={"dropout": 0.0})})
    _new_head(plain, module, weight.shape[0])


def check_fits(module: nn.Module, state: State, source: str) -> None:
    """Raise BadInput that names the keys which are missing, unknown or of another shape."""
    wanted = module.state_dict()
    missing = [key for key in wanted if key not in state and not _may_be_missing(key)]
    unknown = [key for key in state if key not in wanted]
    shapes = [
        f"{key} is {tuple(state[key].shape)}, not {tuple(wanted[key].shape)}"
        for key in wanted
        if key in state and state[key].shape != wanted[key].shape
    ]
    problems = [
        f"{title}: {', '.join(keys[:5])}{f' and {len(keys) - 5} more' if len(keys) > 5 else ''}"
        for title, keys in (("missing", missing), ("unknown", unknown), ("other shape", shapes))
        if keys
    ]
    if problems:
        raise BadInput(
            f"model.weights: {source} does not fit {type(module).__name__}: {'; '.join(problems)}",
            "check that model.name is the model the weights are of",
        )


def _may_be_missing(key: str) -> bool:
    """Counters of old files, and auxiliary heads, which files of weights often leave out: those start afresh."""
    return key.endswith("num_batches_tracked") or is_auxiliary(key)
