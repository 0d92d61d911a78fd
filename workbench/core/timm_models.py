"""timm's models, an optional extra (``pip install 'thaw[timm]'``): names, construction, weights, preprocessing.

A session asks for one as ``timm:convnext_tiny``. timm itself knows where a model's head is, replaces it, and loads
and adapts its pretrained weights; here its words become Thaw's.
"""

from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torchvision.transforms import InterpolationMode

from workbench.core.preprocess import Preprocessing
from workbench.errors import BadInput, ThawError, did_you_mean

PREFIX = "timm:"
WEIGHTS_FILE = "model.safetensors"
"""The name of the weights in every repository of timm's on the Hugging Face hub."""


def is_timm(name: str) -> bool:
    """Whether a model's name asks for one of timm's."""
    return name.startswith(PREFIX)


def _timm() -> Any:
    try:
        import timm
    except ImportError:
        raise BadInput(
            "model.name: models named timm:… need the timm package, which is not installed",
            "pip install 'thaw[timm]'",
        ) from None
    return timm


def model_names() -> list[str]:
    """The names of all of timm's models, with the prefix."""
    return [PREFIX + name for name in _timm().list_models()]


def check_name(name: str) -> None:
    """Raise BadInput with the nearest name where timm has no such model."""
    known = _timm().list_models()
    bare = name.removeprefix(PREFIX)
    if bare not in known:
        tag = f"the part after the dot goes into model.weights = '{bare.partition('.')[2]}'"
        hint = did_you_mean(bare, known) or "thaw models timm:resnet lists some"
        raise BadInput(f"model.name: timm has no model {bare!r}", tag if "." in bare else hint)


def weights_names(name: str) -> list[str]:
    """The tags of a model's pretrained weights, its default first."""
    default = _timm().get_pretrained_cfg(name.removeprefix(PREFIX))
    first = default.tag if default is not None else ""
    return sorted(_tags().get(name.removeprefix(PREFIX), ()), key=lambda tag: tag != first)


@cache
def _tags() -> dict[str, list[str]]:
    """The tags of all weights by the bare name of their model."""
    found: dict[str, list[str]] = {}
    for full in _timm().list_pretrained():
        bare, _, tag = full.partition(".")
        found.setdefault(bare, []).append(tag)
    return found


def source_of(name: str, tag: str) -> tuple[str, int]:
    """The Hugging Face repository of weights (empty where they are elsewhere) and their image size."""
    config = _config(f"{name.removeprefix(PREFIX)}.{tag}")
    return config.hf_hub_id or "", int(config.input_size[-1])


def architecture(
    name: str, image_size: int, *, classes: int | None = None, dropout: float = 0.0
) -> nn.Module:
    """The model with freshly initialised weights, for its own number of classes unless given."""
    options: dict[str, Any] = {} if classes is None else {"num_classes": classes}
    return _create(name.removeprefix(PREFIX), image_size, drop_rate=dropout, **options)


def _create(bare: str, image_size: int, **options: Any) -> nn.Module:
    """Construct a model; those made for one image size (vision transformers) are made for this one."""
    if _config(bare).fixed_input_size:
        options["img_size"] = image_size
    try:
        module: nn.Module = _timm().create_model(bare, **options)
    except (TypeError, AssertionError) as error:
        reason = str(error).partition("\n")[0] or "its layers don't fit"
        raise BadInput(
            f"data.image_size: {bare} can't be built for {image_size} pixels ({reason})",
            f"its own is {_config(bare).input_size[-1]}",
        ) from None
    return module


def _config(bare: str) -> Any:
    found = _timm().get_pretrained_cfg(bare)
    return found if found is not None else _timm().models.PretrainedCfg()


def head_path(module: nn.Module) -> str:
    """The path of the last layer, as timm tells it."""
    told: Any = module.pretrained_cfg["classifier"]  # type: ignore[index]
    path: str = told if isinstance(told, str) else told[0]
    if isinstance(module.get_submodule(path), nn.Identity):
        raise BadInput(f"{type(module).__name__} has no classifier", "choose another of timm's models")
    return path


def replace_head(module: nn.Module, classes: int) -> str:
    """Let timm put new last layers in for that many classes; the path of the (first) one."""
    module.reset_classifier(classes)  # type: ignore[operator]
    return head_path(module)


def fill_tables(module: nn.Module) -> None:
    """Compute the tables (window masks, relative positions) that lie on the meta device and in no state dict."""
    for each in module.modules():
        empty = {name: buffer for name, buffer in each.named_buffers(recurse=False) if buffer.is_meta}
        if empty and hasattr(each, "init_non_persistent_buffers"):
            for name, buffer in empty.items():
                each.register_buffer(name, torch.empty_like(buffer, device="cpu"), persistent=False)
            each.init_non_persistent_buffers()  # type: ignore[operator]


def preprocessing(name: str, tag: str = "") -> Preprocessing:
    """What the weights of that tag (default: the model's default ones) were trained with."""
    bare = name.removeprefix(PREFIX)
    full = f"{bare}.{tag}" if tag in weights_names(name) else bare
    config = _timm().data.resolve_data_config(pretrained_cfg=_config(full).to_dict())
    size = int(config["input_size"][-1])
    return Preprocessing(
        resize_size=int(size / config["crop_pct"]),
        image_size=size,
        interpolation=InterpolationMode(config["interpolation"].replace("random", "bilinear")),
        mean=tuple(config["mean"]),
        std=tuple(config["std"]),
    )


def pretrained_state(name: str, tag: str, image_size: int, *, may_download: bool) -> dict[str, torch.Tensor]:
    """The tensors of pretrained weights, adapted to the image size, from this disk or the Hugging Face hub.

    BadInput for a tag that timm does not know, ThawError where they can't be had.
    """
    bare, tags = name.removeprefix(PREFIX), weights_names(name)
    if tag != "DEFAULT" and tag not in tags:
        known = ", ".join(["DEFAULT", *tags, "none"])
        raise BadInput(
            f"model.weights: {name} has no weights {tag!r}",
            did_you_mean(tag, tags) or f"known are {known}, or a file",
        )
    full = bare if tag == "DEFAULT" else f"{bare}.{tag}"
    file = file_on_disk(full)
    try:
        if file is None and not may_download:
            raise OSError("THAW_OFFLINE is set")
        overlay = {"file": str(file)} if file is not None else None
        return dict(_create(full, image_size, pretrained=True, pretrained_cfg_overlay=overlay).state_dict())
    except ThawError:
        raise
    except Exception as error:  # noqa: BLE001  (every release of the hub's client has errors of its own)
        reason = str(error).partition("\n")[0]
        raise ThawError(
            f"model.weights: {full} is not on this disk and can't be downloaded ({reason})",
            f"fetch {WEIGHTS_FILE} of {_config(full).hf_hub_id} on a machine with a network and copy it here; "
            "model.weights takes the file",
        ) from None


def file_on_disk(full: str) -> Path | None:
    """Where the weights of ``name.tag`` lie in the Hugging Face cache, or None."""
    from huggingface_hub import try_to_load_from_cache

    hub = _config(full).hf_hub_id
    found = try_to_load_from_cache(hub, WEIGHTS_FILE) if hub else None
    return Path(found) if isinstance(found, str) else None
