"""Gathering what torchvision and timm tell about their models and weights, and keeping it in the cache."""

from pathlib import Path
from urllib.parse import urlparse

import torchvision
from safetensors import safe_open

from workbench import cache
from workbench.catalogue import BUNDLED, ModelEntry, WeightsEntry
from workbench.core import timm_models
from workbench.core.remember import remember
from workbench.core.torchvision_models import model_names
from workbench.core.weights import bundled_files


def gather(library: str) -> list[ModelEntry]:
    """All models of ``torchvision`` or ``timm``; BadInput where timm is not installed."""
    found = _of_timm() if library == "timm" else _of_torchvision()
    remember(cache.place("catalogue", library), found)
    return found


def _of_torchvision() -> list[ModelEntry]:
    bundled = bundled_files()
    entries = []
    for name in model_names():
        known = list(torchvision.models.get_model_weights(name))
        weights = tuple(_weights_of_torchvision(each) for each in known)
        if name in bundled:
            weights = (_bundled(bundled[name]), *weights)
        parameters = known[0].meta["num_params"] if known else None
        entries.append(ModelEntry(name, parameters, weights))
    return entries


def _weights_of_torchvision(weights) -> WeightsEntry:  # type: ignore[no-untyped-def]
    return WeightsEntry(
        name=weights.name,
        image_size=weights.transforms().crop_size[0],
        file=Path(urlparse(weights.url).path).name,
        top1=round(weights.meta["_metrics"]["ImageNet-1K"]["acc@1"] / 100, 5),
        gigaflops=weights.meta["_ops"],
        megabytes=weights.meta["_file_size"],
    )


def _bundled(path: Path) -> WeightsEntry:
    with safe_open(path, framework="pt") as file:
        size = int(file.metadata()["image_size"])
    return WeightsEntry(BUNDLED, size, path.name, megabytes=round(path.stat().st_size / 2**20, 1))


def _of_timm() -> list[ModelEntry]:
    return [
        ModelEntry(name, None, tuple(_weights_of_timm(name, tag) for tag in timm_models.weights_names(name)))
        for name in timm_models.model_names()
    ]


def _weights_of_timm(name: str, tag: str) -> WeightsEntry:
    hub, size = timm_models.source_of(name, tag)
    return WeightsEntry(tag, size, timm_models.WEIGHTS_FILE if hub else "", hub=hub)
