"""torchvision's classifiers: their names, and how each is constructed.

What its constructors want beside the number of classes stands here: the auxiliary heads of Inception v3 and GoogLeNet,
the patches of vision transformers, the input that the Inceptions expect. Weights and heads are others' business.
"""

import torchvision
from torch import nn

from workbench.errors import BadInput

IMAGENET_CLASSES = 1000
_INCEPTIONS = ("inception_v3", "googlenet")


def model_names() -> list[str]:
    """All classifiers of torchvision."""
    names: list[str] = torchvision.models.list_models(module=torchvision.models)
    return names


def architecture(
    name: str,
    image_size: int,
    *,
    classes: int = IMAGENET_CLASSES,
    auxiliary: bool = False,
    pretrained: bool = False,
) -> nn.Module:
    """The model with freshly initialised weights; BadInput where it can't take the image size (pixels a side).

    The Inceptions' pretrained weights want pictures scaled to [-1, 1], which these models do themselves to pictures
    that were normalised as for all other models (torchvision's ``transform_input``).
    """
    options: dict[str, object] = {"num_classes": classes}
    if name in _INCEPTIONS:
        options |= {"aux_logits": auxiliary, "transform_input": pretrained, "init_weights": True}
    if is_vision_transformer(name):
        options["image_size"] = _whole_patches(name, image_size)
    if name == "maxvit_t":
        options["input_size"] = (_whole_windows(image_size),) * 2
    module: nn.Module = torchvision.models.get_model(name, weights=None, **options)
    return module


def is_vision_transformer(name: str) -> bool:
    """Whether the model's position embeddings are made for one image size."""
    return name.startswith("vit_")


def patch_size(name: str) -> int:
    """The side in pixels of a vision transformer's patches (``vit_b_16``: 16)."""
    return int(name.rsplit("_", 1)[1])


def _whole_patches(name: str, image_size: int) -> int:
    patch = patch_size(name)
    if image_size % patch:
        near = max(patch, round(image_size / patch) * patch)
        raise BadInput(
            f"data.image_size: {image_size} is no multiple of {name}'s patches of {patch}", f"try {near}"
        )
    return image_size


def _whole_windows(image_size: int) -> int:
    """The image size of MaxViT, whose windows of 7 must fill the maps of all its stages, the last 32 times smaller."""
    if image_size % 224:
        near = max(224, round(image_size / 224) * 224)
        raise BadInput(
            f"data.image_size: {image_size} is no multiple of 224, as maxvit_t needs", f"try {near}"
        )
    return image_size
