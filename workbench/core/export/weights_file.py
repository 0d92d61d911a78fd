"""Weights as safetensors: what torchvision's own model of that name and number of classes loads.

Classes and preprocessing lie in the file's metadata, so that a session which says ``weights = "FILE"`` sees its
pictures as the run did.
"""

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from workbench.core import weights
from workbench.core.export.subject import Subject
from workbench.core.models import build_empty, fill
from workbench.core.weights import State
from workbench.errors import ThawError
from workbench.session import Session


def write(subject: Subject, path: Path) -> None:
    """Write the model's tensors and the metadata."""
    try:
        save_file(_torchvision_state(subject), path, metadata=subject.metadata())
    except SafetensorError as error:
        raise OSError(str(error)) from None


def read(subject: Subject, path: Path) -> Callable[[torch.Tensor], torch.Tensor]:
    """The file's weights, read as a session's would be, in a fresh model."""
    pretrained = weights.load(subject.session.model.name, str(path))
    if pretrained.preprocessing != subject.preprocessing:
        raise ThawError(f"{path}: the preprocessing was not kept", "report it")
    built = build_empty(_without_dropout(subject), len(subject.classes))
    fill(built, pretrained.state or {})
    model: torch.nn.Module = built.module.eval()
    return model


def _without_dropout(subject: Subject) -> Session:
    model = subject.session.model.model_copy(update={"dropout": 0.0, "weights": "none"})
    data = subject.session.data.model_copy(update={"image_size": subject.preprocessing.image_size})
    return subject.session.model_copy(update={"model": model, "data": data})


def _torchvision_state(subject: Subject) -> State:
    """The model's state under torchvision's names: a head with a dropout before it bears the name it had without."""
    plain = build_empty(_without_dropout(subject), len(subject.classes)).module.state_dict()
    state = subject.model.state_dict()
    if len(plain) != len(state):
        raise ThawError(f"{subject.session.model.name}: its weights have no names outside Thaw", "report it")
    # Both are in the order of registration, and only the head's path can differ.
    pairs = zip(plain, state.values(), strict=True)
    return {name: tensor.detach().contiguous().clone() for name, tensor in pairs}
