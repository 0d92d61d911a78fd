"""A network as ``.pt2``: what `torch.export.load` reads, without Thaw and without the model's source.

The batch size is free. Preprocessing and classes are the extra file ``metadata.json`` inside.
"""

import json
from collections.abc import Callable
from pathlib import Path

import torch

from workbench.core.export.subject import Subject
from workbench.errors import ThawError

METADATA = "metadata.json"
EXAMPLE_BATCH = 2
"""An example of one picture would fix the batch size at one."""


def example(subject: Subject) -> torch.Tensor:
    """An input of the model's size."""
    side = subject.preprocessing.image_size
    return torch.zeros(EXAMPLE_BATCH, 3, side, side)


def traced(subject: Subject) -> torch.export.ExportedProgram:
    """The network with a free batch size; ThawError where torch.export can't follow the model."""
    batch = torch.export.Dim("batch", min=1, max=65536)
    try:
        with torch.no_grad():
            return torch.export.export(subject.model, (example(subject),), dynamic_shapes=({0: batch},))
    except (RuntimeError, ValueError, torch._dynamo.exc.TorchDynamoException) as error:  # noqa: SLF001
        raise ThawError(
            f"{subject.session.model.name}: torch.export can't follow it ({str(error).splitlines()[0]})",
            "export to .safetensors instead",
        ) from None


def write(subject: Subject, path: Path) -> None:
    """Write the network with its metadata."""
    metadata = json.dumps(subject.metadata(), ensure_ascii=False, indent=2)
    program = traced(subject)
    try:
        torch.export.save(program, path, extra_files={METADATA: metadata})
    except RuntimeError as error:  # what torch's writer makes of a full disk
        raise OSError(str(error)) from None


def read(subject: Subject, path: Path) -> Callable[[torch.Tensor], torch.Tensor]:
    """The network of the file; ThawError where it lost its metadata."""
    extra = {METADATA: ""}
    loaded = torch.export.load(path, extra_files=extra)
    if json.loads(extra[METADATA]) != subject.metadata():
        raise ThawError(f"{path}: the metadata was not kept", "report it")
    module: torch.nn.Module = loaded.module()
    return module
