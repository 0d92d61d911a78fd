"""A network as ONNX, checked with ONNX Runtime on the CPU.

The input ``images`` is the normalised picture and the batch size is free; preprocessing and classes are in the file's
``metadata_props``, so that what is done to a picture before the network is said and not hidden in it.
"""

import logging
from collections.abc import Callable
from pathlib import Path

import torch

from workbench.core.export.program import traced
from workbench.core.export.subject import INPUT, OUTPUT, Subject
from workbench.errors import BadInput, ThawError

LARGEST_BYTES = 2_000_000_000
"""A protobuf file holds less than 2 GiB."""


def write(subject: Subject, path: Path) -> None:
    """Write the network with its metadata; BadInput where it is too large for one file."""
    size = sum(tensor.numel() * tensor.element_size() for tensor in subject.model.state_dict().values())
    if size > LARGEST_BYTES:
        raise BadInput(f"{path}: {size / 1e9:.1f} GB are too large for one .onnx file", "export to .pt2")
    # The exporter tells of every operator set that it looks for.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    program = torch.onnx.export(
        traced(subject), input_names=[INPUT], output_names=[OUTPUT], external_data=False, verbose=False
    )
    if program is None:
        raise ThawError(f"{subject.session.model.name}: can't be written as ONNX", "export to .pt2")
    program.model.metadata_props.update(subject.metadata())
    program.save(path, external_data=False)


def read(subject: Subject, path: Path) -> Callable[[torch.Tensor], torch.Tensor]:
    """The network of the file in ONNX Runtime; ThawError where it lost its metadata."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    if session.get_modelmeta().custom_metadata_map.items() < subject.metadata().items():
        raise ThawError(f"{path}: the metadata was not kept", "report it")

    def run(images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = torch.from_numpy(session.run([OUTPUT], {INPUT: images.numpy()})[0])
        return logits

    return run
