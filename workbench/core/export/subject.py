"""What a network's export is of: a checkpoint's model in fp32 on the CPU, and what must go with it.

The preprocessing and the classes are facts of the run; each kind of file states them in its own place, in the words
of `metadata`.
"""

import json
from dataclasses import dataclass

import torch
from torch import nn

from workbench.core.checkpoint import folder_of
from workbench.core.preprocess import Preprocessing
from workbench.core.saved_run import open_run
from workbench.run import RunFolder
from workbench.session import Session

INPUT, OUTPUT = "images", "logits"
"""The names of a network's input, float (batch, 3, side, side), and of its output, (batch, classes)."""


@dataclass(frozen=True)
class Subject:
    """A run's model at a checkpoint, in eval mode, fp32, on the CPU."""

    session: Session
    checkpoint: str
    model: nn.Module
    preprocessing: Preprocessing
    classes: tuple[str, ...]

    def metadata(self) -> dict[str, str]:
        """What a user of the file has to know, as text by key.

        The input is a picture whose short side was resized to `resize_size` (`interpolation`, antialiased) and whose
        centre `image_size` × `image_size` was cut, RGB in [0, 1], minus `mean`, divided by `std`; `classes` is in
        the order of the outputs.
        """
        preprocessing = self.preprocessing
        return {
            "model": self.session.model.name,
            "image_size": str(preprocessing.image_size),
            "resize_size": str(preprocessing.resize_size),
            "interpolation": preprocessing.interpolation.value,
            "mean": json.dumps(preprocessing.mean),
            "std": json.dumps(preprocessing.std),
            "classes": json.dumps(self.classes, ensure_ascii=False),
        }


def subject_of(run: RunFolder, checkpoint: str) -> Subject:
    """The run's model at its ``best`` or ``last`` checkpoint; a run without a best one has its last."""
    saved = open_run(run, checkpoint)
    kind = checkpoint if folder_of(run, checkpoint) is not None else "last"
    model = saved.model.cpu().float().to(memory_format=torch.contiguous_format)
    model.eval().requires_grad_(requires_grad=False)
    return Subject(saved.session, kind, model, saved.preprocessing, saved.classes)
