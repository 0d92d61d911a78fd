"""A run's network as a file: written beside its place, loaded again, compared on pictures, and only then renamed.

What is compared is the file with the run's own checkpoint, both in fp32 on the CPU, on the pictures of the
validation split (or the next one that has any).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from workbench.core.compute import choose
from workbench.core.corrections import images_of
from workbench.core.export import onnx_file, program, weights_file
from workbench.core.export.subject import Subject, subject_of
from workbench.core.partition import Partition
from workbench.core.pictures import Pictures
from workbench.core.sources import Source
from workbench.errors import BadInput, ThawError
from workbench.exports import Exported, written_beside
from workbench.run import RunFolder
from workbench.session import Train

Network = Callable[[torch.Tensor], torch.Tensor]
"""From the model's input, float (N, 3, side, side), to logits (N, classes)."""

COMPARED = 256
"""At most this many pictures are compared."""
BATCH = 32
TOLERANCE = 1e-3
"""The largest difference of a logit that rounding in another order may make."""

WRITERS: dict[str, Callable[[Subject, Path], None]] = {
    ".safetensors": weights_file.write,
    ".onnx": onnx_file.write,
    ".pt2": program.write,
}
READERS: dict[str, Callable[[Subject, Path], Network]] = {
    ".safetensors": weights_file.read,
    ".onnx": onnx_file.read,
    ".pt2": program.read,
}


@dataclass(frozen=True)
class Comparison:
    """How two networks differ on pictures: the largest difference of a logit, and the share of equal labels."""

    split: str
    images: int
    max_difference: float
    agreement: float


def export_network(run: RunFolder, path: Path, checkpoint: str) -> Exported:
    """Write weights or network to the path; ThawError where the file, loaded again, differs from the run."""
    subject = subject_of(run, checkpoint)
    split, images = _pictures(subject)
    kind = path.suffix.lower()
    with written_beside(path) as beside:
        WRITERS[kind](subject, beside)
        found = compare(subject.model, READERS[kind](subject, beside), split, images)
        if found.max_difference > TOLERANCE or found.agreement < 1:
            raise ThawError(
                f"{path}: does not agree with the run: logits differ by up to {found.max_difference:.1e}, "
                f"{found.agreement:.1%} of {found.images} labels are the same; it was removed",
                "export to another kind of file, and report it",
            )
    return Exported(
        run=run.name,
        kind=kind,
        files=(str(path),),
        checkpoint=subject.checkpoint,
        split=split,
        images=found.images,
        max_difference=found.max_difference,
        agreement=found.agreement,
    )


def compare(one: Network, other: Network, split: str, images: torch.Tensor) -> Comparison:
    """Run both networks on the same inputs, in batches of which the last is a shorter one."""
    with torch.inference_mode():
        pairs = [(one(batch), other(batch)) for batch in images.split(BATCH)]
    first, second = (torch.cat(list(logits)).float() for logits in zip(*pairs, strict=True))
    difference = (first - second).abs().max()
    same = (first.argmax(1) == second.argmax(1)).float().mean()
    # A network that gives no numbers must not pass as one that differs by nothing.
    return Comparison(split, len(images), float(difference.nan_to_num(float("inf"))), float(same))


def _pictures(subject: Subject) -> tuple[str, torch.Tensor]:
    """The split to compare on and its pictures as the model's input, spread evenly over the split."""
    source, partition = images_of(subject.session)
    if source.classes != subject.classes:
        gone = sorted({*subject.classes} ^ {*source.classes})
        raise BadInput(
            f"{source.name}: its classes are not those of the run: {', '.join(gone)}", "restore the folder"
        )
    split = next(name for name in ("val", "test", "train") if partition.split(name))
    stored = _read(subject, source, _spread(partition, split))
    return split, subject.preprocessing.evaluation_input(stored.contiguous())


def _spread(partition: Partition, split: str) -> Sequence[int]:
    indexes = partition.split(split)
    count = min(COMPARED, len(indexes))
    return [indexes[place * len(indexes) // count] for place in range(count)]


def _read(subject: Subject, source: Source, indexes: Sequence[int]) -> torch.Tensor:
    pictures = Pictures(source, subject.preprocessing, choose(Train(device="cpu")), lambda _message: None)
    batch = pictures.batch(indexes)
    if not batch.indexes:
        raise ThawError(f"{source.name}: not one of {len(indexes)} images can be read", "check the folder")
    return batch.images
