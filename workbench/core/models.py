"""Building a model for a session: the architecture, its weights, and a new head for the number of classes."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torchvision
from torch import nn
from torch.overrides import TorchFunctionMode
from torchvision.models.vision_transformer import interpolate_embeddings

from workbench.core import weights as pretrained_weights
from workbench.core.draws import draw
from workbench.core.heads import head_path, replace_head
from workbench.core.preprocess import Preprocessing
from workbench.core.stages import stage_of_parameters
from workbench.core.weights import Pretrained, State
from workbench.errors import BadInput, did_you_mean
from workbench.session import Session

IMAGENET_CLASSES = 1000


@dataclass(frozen=True)
class BuiltModel:
    """A model ready to train: its module, the path of its head, its preprocessing and where its weights are from."""

    module: nn.Module
    head: str
    preprocessing: Preprocessing
    weights: str

    @property
    def stage_of(self) -> dict[str, str]:
        """The stage of every parameter by name."""
        return stage_of_parameters(self.module, self.head)


def model_names() -> list[str]:
    """All classifiers of torchvision."""
    names: list[str] = torchvision.models.list_models(module=torchvision.models)
    return names


def check_model_name(name: str) -> None:
    """Raise BadInput with the nearest name where torchvision has no such classifier."""
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
    pretrained = pretrained_weights.load(session.model.name, session.model.weights)
    preprocessing = pretrained.preprocessing.at(session.data.image_size)
    with seeded(draw(session.seed, "initialise")):
        if pretrained.state is None:
            module = _architecture(session.model.name, IMAGENET_CLASSES, preprocessing.image_size)
            old_head = head_path(module, IMAGENET_CLASSES)
        else:
            module, old_head = _with_weights(session.model.name, pretrained, preprocessing.image_size)
        head = replace_head(module, old_head, classes, session.model.dropout)
    return BuiltModel(module, head, preprocessing, pretrained.name)


def build_empty(session: Session, classes: int) -> BuiltModel:
    """The session's architecture on the meta device: shapes and names without any numbers."""
    check_model_name(session.model.name)
    usual = pretrained_weights.preprocessing_of(session.model.name, session.model.weights)
    preprocessing = usual.at(session.data.image_size)
    with _Unfilled():
        module = _architecture(session.model.name, IMAGENET_CLASSES, preprocessing.image_size)
        head = replace_head(module, head_path(module, IMAGENET_CLASSES), classes, session.model.dropout)
    return BuiltModel(module.to("meta"), head, preprocessing, session.model.weights)


def fill(built: BuiltModel, state: State) -> None:
    """Give an empty model the tensors of a checkpoint that Thaw wrote; BadInput where they don't fit."""
    check_fits(built.module, state, "the checkpoint")
    built.module.load_state_dict(state, assign=True)
    # Loading by assignment keeps the checkpoint's flag, not the parameter's.
    built.module.requires_grad_(requires_grad=False)


def _architecture(name: str, classes: int, image_size: int) -> nn.Module:
    options: dict[str, object] = {"num_classes": classes}
    if name in ("inception_v3", "googlenet"):
        options |= {"aux_logits": False, "init_weights": True}
    if name.startswith("vit_"):
        options["image_size"] = _whole_patches(name, image_size)
    module: nn.Module = torchvision.models.get_model(name, weights=None, **options)
    return module


def _whole_patches(name: str, image_size: int) -> int:
    """The image size of a vision transformer, whose patches (``vit_b_16``: 16 pixels) must fill the image."""
    patch = int(name.rsplit("_", 1)[1])
    if image_size % patch:
        near = max(patch, round(image_size / patch) * patch)
        raise BadInput(
            f"data.image_size: {image_size} is no multiple of {name}'s patches of {patch}", f"try {near}"
        )
    return image_size


def _with_weights(name: str, pretrained: Pretrained, image_size: int) -> tuple[nn.Module, str]:
    """The architecture filled with the state dict, and the path of its head.

    It is first made on the meta device, so that nothing is initialised twice.
    """
    state = {key: value for key, value in (pretrained.state or {}).items() if not _is_auxiliary(key)}
    with _Unfilled():
        module = _architecture(name, IMAGENET_CLASSES, image_size)
    if name.startswith("vit_") and pretrained.preprocessing.image_size != image_size:
        state = dict(interpolate_embeddings(image_size, int(name.rsplit("_", 1)[1]), OrderedDict(state)))
    head = head_path(module, IMAGENET_CLASSES)
    weight = state.get(f"{head}.weight")
    if weight is not None and weight.shape[0] != IMAGENET_CLASSES:
        head = replace_head(module, head, weight.shape[0], 0.0)
    check_fits(module, state, pretrained.name)
    module.load_state_dict(state, assign=True, strict=False)
    left = [key for key, tensor in (*module.named_parameters(), *module.named_buffers()) if tensor.is_meta]
    if left:
        module = _architecture(name, weight.shape[0] if weight is not None else IMAGENET_CLASSES, image_size)
        module.load_state_dict(state, strict=False)
    return module.requires_grad_(), head


def _is_auxiliary(key: str) -> bool:
    return key.startswith(("AuxLogits.", "aux1.", "aux2."))


def check_fits(module: nn.Module, state: State, source: str) -> None:
    """Raise BadInput that names the keys which are missing, unknown or of another shape."""
    wanted = module.state_dict()
    missing = [key for key in wanted if key not in state and not key.endswith("num_batches_tracked")]
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
