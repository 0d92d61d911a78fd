"""A task's pictures as torchvision's tutorials read them: a folder for each class, resized, cut, normalised."""

from pathlib import Path
from typing import Any

from torchvision import transforms
from torchvision.datasets import ImageFolder

from tests.benchmarks.peers.task import Task
from workbench.core.preprocess import Preprocessing

WORKERS = 2
"""Processes that decode for a loader: as many as the machine that the figures are for has cores."""


def cut(preprocessing: Preprocessing) -> list[Any]:
    """Resize and centre crop, from picture to picture."""
    return [
        transforms.Resize(preprocessing.resize_size, interpolation=preprocessing.interpolation),
        transforms.CenterCrop(preprocessing.image_size),
    ]


def usual_transform(preprocessing: Preprocessing) -> Any:
    """The validation's transform, which the training pictures get too."""
    return transforms.Compose(
        [
            *cut(preprocessing),
            transforms.ToTensor(),
            transforms.Normalize(preprocessing.mean, preprocessing.std),
        ]
    )


def image_folders(task: Task, transform: Any) -> dict[str, ImageFolder]:
    """The data sets train and val."""
    return {part: ImageFolder(str(Path(task.data) / part), transform) for part in ("train", "val")}
