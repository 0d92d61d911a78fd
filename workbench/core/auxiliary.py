"""Auxiliary heads: classifiers halfway up Inception v3 and GoogLeNet that only training sees.

Decided here: when a session has them, how they are replaced for its classes, and what their losses weigh. In eval
mode torchvision's models leave them out of the output by themselves.
"""

from collections.abc import Callable

import torch
from torch import nn

from workbench.errors import BadInput
from workbench.session import Session

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

LAST_LAYERS = {"AuxLogits.fc": 0.4, "aux1.fc2": 0.3, "aux2.fc2": 0.3}
"""The weight of each auxiliary head's loss by the path of its last layer.

GoogLeNet: 0.3 (Szegedy et al. 2014, arXiv:1409.4842, section 5). Inception v3: 0.4, as in PyTorch's tutorial on
fine-tuning torchvision models; its paper (arXiv:1512.00567) gives no figure.
"""
SMALLEST_IMAGE = {"inception_v3": 299, "googlenet": 32}
"""Pixels a side below which the auxiliary head's kernels don't fit: Inception v3's needs a map of 17×17."""


def has_auxiliary(session: Session, image_size: int) -> bool:
    """Whether the session's model is built with its auxiliary heads, for images of that size.

    Unless `model.auxiliary` says so: where everything trains from the first step, since they exist to bring
    gradients to the lower layers, and the images are large enough. BadInput where they are asked for in vain.
    """
    name, asked = session.model.name, session.model.auxiliary
    smallest = SMALLEST_IMAGE.get(name)
    if asked and smallest is None:
        raise BadInput(
            f"model.auxiliary: {name} has no auxiliary heads", f"only {' and '.join(SMALLEST_IMAGE)} have"
        )
    if asked and smallest is not None and image_size < smallest:
        raise BadInput(
            f"data.image_size: {image_size} is too small for {name}'s auxiliary head, which needs {smallest}",
            "raise it, or set model.auxiliary = false",
        )
    everything = session.model.weights == "none" or (
        session.strategy == "full" and session.freeze.thaw is None
    )
    wanted = everything if asked is None else asked
    return wanted and smallest is not None and image_size >= smallest


def replace_auxiliary(model: nn.Module, classes: int) -> None:
    """Give every auxiliary head that the model has a new last layer, with PyTorch's own initialisation."""
    for path in LAST_LAYERS:
        parent, _, name = path.rpartition(".")
        holder = getattr(model, parent, None)
        if holder is not None:
            setattr(holder, name, nn.Linear(getattr(holder, name).in_features, classes))


def logits_and_loss(output: object, targets: torch.Tensor, loss: Loss) -> tuple[torch.Tensor, torch.Tensor]:
    """The last head's logits and the loss, to which auxiliary heads add theirs by weight.

    `output` is what a model in training mode gives: a tensor, or torchvision's named tuple with auxiliary logits.
    """
    if isinstance(output, torch.Tensor):
        return output, loss(output.float(), targets)
    last: torch.Tensor = output.logits  # type: ignore[attr-defined]
    total = loss(last.float(), targets)
    for field, path in _FIELDS.items():
        logits = getattr(output, field, None)
        if logits is not None:
            total = total + LAST_LAYERS[path] * loss(logits.float(), targets)
    return last, total


_FIELDS = {"aux_logits": "AuxLogits.fc", "aux_logits1": "aux1.fc2", "aux_logits2": "aux2.fc2"}
