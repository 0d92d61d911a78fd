"""Pretrained weights: from torchvision by name, from a file, or the ones bundled with Thaw.

Foreign files are read with ``weights_only=True`` or as safetensors, so that no code in them ever runs. What
preprocessing the weights were trained with comes along.
"""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlparse

import torch
import torchvision
from safetensors import SafetensorError, safe_open
from torchvision.transforms import InterpolationMode

from workbench.core import timm_models
from workbench.core.preprocess import Preprocessing
from workbench.core.timm_models import is_timm
from workbench.errors import BadInput, ThawError, did_you_mean

State = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Pretrained:
    """A state dict, how its pictures were preprocessed, and what to call it; `state` is None for random weights."""

    name: str
    state: State | None
    preprocessing: Preprocessing


def bundled_files() -> dict[str, Path]:
    """The checkpoints that come with Thaw, by the model they are of."""
    folder = Path(__file__).parent.parent / "bundled"
    return {_metadata(path)["model"]: path for path in sorted(folder.glob("*.safetensors"))}


def load(model: str, weights: str, image_size: int | None = None) -> Pretrained:
    """The weights that a session names for a model; BadInput or ThawError says what is wrong and what to do.

    `image_size` (pixels; None: the weights' own) is what timm adapts the weights of vision transformers to.
    """
    if weights == "none":
        return Pretrained("none", None, usual_preprocessing(model))
    if weights == "bundled":
        return _bundled(model)
    if Path(weights).suffix in (".safetensors", ".pth", ".pt", ".bin"):
        return _from_file(model, Path(weights).expanduser())
    return _from_timm(model, weights, image_size) if is_timm(model) else _from_torchvision(model, weights)


def usual_preprocessing(model: str) -> Preprocessing:
    """What the model's default weights were trained with; no weights are loaded."""
    if is_timm(model):
        return timm_models.preprocessing(model)
    found = _enum(model)
    return _preprocessing(found.DEFAULT) if found is not None and len(found) else Preprocessing(256, 224)


def preprocessing_of(model: str, weights: str) -> Preprocessing:
    """The preprocessing of a session's weights, without reading them."""
    if weights == "bundled":
        return _preprocessing_of_metadata(_metadata(_bundled_file(model)))
    if Path(weights).suffix == ".safetensors" and Path(weights).expanduser().is_file():
        metadata = _metadata(Path(weights).expanduser())
        return (
            _preprocessing_of_metadata(metadata) if "image_size" in metadata else usual_preprocessing(model)
        )
    if is_timm(model):
        return timm_models.preprocessing(model, weights)
    found = _enum(model)
    if found is not None and weights in found.__members__:
        return _preprocessing(found[weights])
    return usual_preprocessing(model)


def torchvision_file(model: str, weights: str) -> Path | None:
    """Where a torchvision weights file lies, or would lie, on this disk; None where there is no such name."""
    found = _enum(model)
    if found is None or weights not in found.__members__:
        return None
    return Path(torch.hub.get_dir()) / "checkpoints" / Path(urlparse(found[weights].url).path).name


def is_offline() -> bool:
    """Whether ``THAW_OFFLINE`` says that nothing is to be downloaded."""
    return os.environ.get("THAW_OFFLINE", "") not in ("", "0")


def torchvision_host(model: str) -> str:
    """The host that the model's default weights are downloaded from; empty where it has none."""
    found = _enum(model)
    return urlparse(found.DEFAULT.url).hostname or "" if found is not None and len(found) else ""


def _enum(model: str):  # type: ignore[no-untyped-def]
    try:
        return torchvision.models.get_model_weights(model)
    except ValueError:
        return None


def _preprocessing(weights: object) -> Preprocessing:
    preset = weights.transforms()  # type: ignore[attr-defined]
    return Preprocessing(
        preset.resize_size[0],
        preset.crop_size[0],
        preset.interpolation,
        tuple(preset.mean),
        tuple(preset.std),
    )


def _from_torchvision(model: str, weights: str) -> Pretrained:
    found = _enum(model)
    names = list(found.__members__) if found is not None else []
    if weights not in names:
        raise BadInput(
            f"model.weights: {model} has no weights {weights!r}",
            did_you_mean(weights, names) or f"known are {', '.join([*names, 'none', 'bundled'])}, or a file",
        )
    chosen, place = found[weights], torchvision_file(model, weights)
    try:
        _check_may_download(place)
        state = chosen.get_state_dict(progress=False, check_hash=True)
    except (URLError, OSError, RuntimeError) as error:
        file = place.name if place else weights
        raise ThawError(
            f"model.weights: {file} ({model}, {chosen.name}) is not on this disk and can't be downloaded ({error})",
            f"copy {file} to {place}, or use weights = 'bundled', a file, or 'none'",
        ) from None
    return Pretrained(str(chosen), state, _preprocessing(chosen))


def _check_may_download(place: Path | None) -> None:
    if is_offline() and place is not None and not place.is_file():
        raise URLError("THAW_OFFLINE is set")


def _from_timm(model: str, weights: str, image_size: int | None) -> Pretrained:
    preprocessing = timm_models.preprocessing(model, weights)
    size = preprocessing.at(image_size).image_size
    state = timm_models.pretrained_state(model, weights, size, may_download=not is_offline())
    return Pretrained(f"{model} ({weights})", state, preprocessing)


def _bundled_file(model: str) -> Path:
    files = bundled_files()
    if model not in files:
        raise BadInput(
            f"model.weights: Thaw brings no weights for {model}",
            f"'bundled' goes with model.name = {', '.join(files)}",
        )
    return files[model]


def _bundled(model: str) -> Pretrained:
    path = _bundled_file(model)
    return Pretrained(
        f"bundled ({path.stem})", _read_safetensors(path), _preprocessing_of_metadata(_metadata(path))
    )


def _from_file(model: str, path: Path) -> Pretrained:
    if not path.is_file():
        raise BadInput(
            f"model.weights: {path}: no such file", "give a .safetensors or .pth file, or a weights name"
        )
    if path.suffix == ".safetensors":
        state, metadata = _read_safetensors(path), _metadata(path)
        preprocessing = (
            _preprocessing_of_metadata(metadata) if "image_size" in metadata else usual_preprocessing(model)
        )
        return Pretrained(str(path), state, preprocessing)
    return Pretrained(str(path), _read_pickle(path), usual_preprocessing(model))


def _read_safetensors(path: Path) -> State:
    try:
        with safe_open(path, framework="pt") as file:
            return {name: _full_precision(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise BadInput(
            f"{path}: not a complete safetensors file ({error})", "copy or download it again"
        ) from None


def _full_precision(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor


def _read_pickle(path: Path) -> State:
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # noqa: BLE001  (a foreign file may break a reader in any way)
        raise BadInput(
            f"model.weights: {path}: refused: {_why_unreadable(error)}",
            "save it as a plain state dict, torch.save(model.state_dict(), file), or as safetensors",
        ) from None
    for key in ("state_dict", "model", "model_state_dict"):
        if isinstance(loaded, dict) and isinstance(loaded.get(key), dict):
            loaded = loaded[key]
    if not isinstance(loaded, dict) or not all(isinstance(value, torch.Tensor) for value in loaded.values()):
        raise BadInput(
            f"model.weights: {path}: holds no state dict", "save it with torch.save(model.state_dict(), file)"
        )
    return {name.removeprefix("module."): _full_precision(value) for name, value in loaded.items()}


def _why_unreadable(error: Exception) -> str:
    """What a reader of PyTorch files stumbled over; its advice to run foreign code is left out."""
    code = re.search(r"GLOBAL (\S+)", str(error))
    return f"it holds code ({code[1]}), not only tensors" if code else "it is damaged, or no PyTorch file"


def _metadata(path: Path) -> dict[str, str]:
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise BadInput(
            f"{path}: not a complete safetensors file ({error})", "copy or download it again"
        ) from None


def _preprocessing_of_metadata(metadata: dict[str, str]) -> Preprocessing:
    def three(key: str) -> tuple[float, float, float]:
        first, second, third = (float(number) for number in metadata[key].strip("[]()").split(","))
        return first, second, third

    return Preprocessing(
        int(metadata["resize_size"]),
        int(metadata["image_size"]),
        InterpolationMode(metadata.get("interpolation", InterpolationMode.BILINEAR.value)),
        three("mean"),
        three("std"),
    )


def classes_of(metadata: dict[str, str]) -> list[str]:
    """The class names in a checkpoint's metadata, or an empty list."""
    return list(json.loads(metadata.get("classes", "[]")))
