"""What a pretrained network sees in pictures: the input of its head, with the best weights at hand.

ImageNet weights that lie on this disk are best; else the weights that come with Thaw, which know letters, are used.
Nothing is downloaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torchvision
from numpy.typing import NDArray

from workbench.core.compute import choose
from workbench.core.models import BuiltModel, build
from workbench.core.pictures import Pictures
from workbench.core.sources import Source
from workbench.core.weights import bundled_files, torchvision_file
from workbench.errors import ThawError
from workbench.session import Data, Model, Session, Train

PREFERRED = ("resnet50", "resnet34", "resnet18", "efficientnet_b0", "mobilenet_v3_large")
"""Whose ImageNet weights to look for first: good features at little cost."""
BUNDLED_SIZE = 96
"""Side at which photos are shown to the bundled network."""
BATCH = 32


@dataclass(frozen=True)
class Features:
    """Vectors float32 (N, width) of the images at `indexes`, and the name of the weights that gave them."""

    indexes: list[int]
    vectors: NDArray[np.float32]
    weights: str


def features(source: Source, indexes: Sequence[int]) -> Features:
    """The features of these images of a source; what can't be read is left out."""
    built, name = _network()
    compute = choose(Train())
    model = compute.place_model(built.module).eval()
    pictures = Pictures(source, built.preprocessing, compute, lambda _message: None)
    seen: list[int] = []
    vectors: list[torch.Tensor] = []
    model.get_submodule(built.head).register_forward_pre_hook(
        lambda _module, inputs: vectors.append(_flat(inputs[0]))
    )
    batches = [indexes[first : first + BATCH] for first in range(0, len(indexes), BATCH)]
    with torch.inference_mode():
        for batch in pictures.ahead(batches):
            if batch.indexes:
                model(built.preprocessing.evaluation_input(compute.place(batch.images)))
                seen += batch.indexes
    return Features(seen, torch.cat(vectors).numpy() if vectors else np.empty((0, 0), np.float32), name)


def _flat(inputs: torch.Tensor) -> torch.Tensor:
    pooled = inputs.mean(dim=(2, 3)) if inputs.ndim == 4 else inputs.flatten(1)
    return pooled.float().cpu()


def _network() -> tuple[BuiltModel, str]:
    for model, weights in _on_disk():
        try:
            return build(_session(model, weights, None), 2), f"{model} ({weights})"
        except ThawError:
            continue  # a damaged download: the next best will do
    model = next(iter(bundled_files()))
    name = f"the bundled {model}, which was trained on letters"
    return build(_session(model, "bundled", BUNDLED_SIZE), 2), name


def _session(model: str, weights: str, image_size: int | None) -> Session:
    return Session(model=Model(name=model, weights=weights), data=Data(image_size=image_size))


def _on_disk() -> list[tuple[str, str]]:
    """Models with ImageNet weights on this disk, the preferred ones first."""
    known = torchvision.models.list_models(module=torchvision.models)
    names = [*PREFERRED, *(name for name in known if name not in PREFERRED)]
    found = []
    for name in names:
        for weights in ("IMAGENET1K_V2", "IMAGENET1K_V1"):
            file = torchvision_file(name, weights)
            if file is not None and file.is_file():
                found.append((name, weights))
    return found
