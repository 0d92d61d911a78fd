"""Evaluating a split: predictions for every picture, and what is counted of them.

Predictions go to the run folder whole (logits, labels, names); a new evaluation replaces the old one only when it
is complete.
"""

import contextlib
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import starmap
from typing import cast

import msgspec
import torch
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy

from workbench.core.compute import Compute
from workbench.core.metrics import confusion_matrix, per_class
from workbench.core.network import Network
from workbench.core.pictures import Batch, Pictures
from workbench.core.preprocess import Preprocessing
from workbench.core.sources import Source
from workbench.protocol import ClassReport, Metrics, Prediction
from workbench.run import RunFolder


@dataclass(frozen=True)
class Outcome:
    """Predictions of a split: `logits` float32 (N, classes), `labels` int64 (N,), `indexes` into the source."""

    indexes: tuple[int, ...]
    logits: torch.Tensor
    labels: torch.Tensor
    seconds: float

    @property
    def loss(self) -> float:
        """The mean cross entropy."""
        return float(cross_entropy(self.logits, self.labels))

    @property
    def accuracy(self) -> float:
        """The fraction whose largest logit is the true class."""
        return float((self.logits.argmax(1) == self.labels).float().mean())


@dataclass(frozen=True)
class Evaluator:
    """What it takes to evaluate pictures of a source with a model."""

    source: Source
    pictures: Pictures
    preprocessing: Preprocessing
    compute: Compute
    classes: tuple[str, ...]
    batch_size: int

    def evaluate(self, network: Network, indexes: Sequence[int]) -> Outcome | None:
        """The outcome on these images with a network whose model is in eval mode; None where none can be read."""
        started = time.monotonic()
        class_index = {name: number for number, name in enumerate(self.classes)}
        seen: list[int] = []
        logits: list[torch.Tensor] = []
        batches = [
            indexes[first : first + self.batch_size] for first in range(0, len(indexes), self.batch_size)
        ]
        with torch.inference_mode(), self.compute.autocast():
            for batch in self.pictures.ahead(batches, network.missing):
                inputs = network.inputs(batch.indexes, partial(self._images, batch))
                if inputs.indexes:
                    logits.append(cast("torch.Tensor", network(inputs.tensors)))
                    seen += inputs.indexes
        if not seen:
            return None
        labels = torch.tensor([class_index[self.source.items[index].label] for index in seen])
        return Outcome(tuple(seen), torch.cat(logits).float().cpu(), labels, time.monotonic() - started)

    def _images(self, batch: Batch, wanted: list[int]) -> tuple[list[int], torch.Tensor]:
        readable, pictures = self.pictures.images(batch, wanted)
        return readable, self.preprocessing.evaluation_input(self.compute.place(pictures))


def metrics_of(outcome: Outcome, classes: tuple[str, ...], split: str, checkpoint: str, step: int) -> Metrics:
    """Accuracy, loss, the per-class report and the confusion matrix of an outcome."""
    truth, predicted = outcome.labels.numpy(), outcome.logits.argmax(1).numpy()
    confusion = confusion_matrix(truth, predicted, len(classes))
    figures = zip(classes, *(each.tolist() for each in per_class(confusion)), strict=True)
    return Metrics(
        split=split,  # type: ignore[arg-type]
        checkpoint=checkpoint,
        step=step,
        images=len(truth),
        loss=outcome.loss,
        accuracy=outcome.accuracy,
        per_class=tuple(starmap(ClassReport, figures)),
        confusion=tuple(map(tuple, confusion.tolist())),
    )


def predictions_of(outcome: Outcome, source: Source, classes: tuple[str, ...]) -> list[Prediction]:
    """One prediction an image, in the order of the outcome."""
    probabilities, predicted = outcome.logits.softmax(1).max(1)
    return [
        Prediction(
            source.items[index].name, source.items[index].label, classes[number], round(probability, 6)
        )
        for index, number, probability in zip(
            outcome.indexes, predicted.tolist(), probabilities.tolist(), strict=True
        )
    ]


def keep(
    run: RunFolder, outcome: Outcome, source: Source, metrics: Metrics, classes: tuple[str, ...]
) -> None:
    """Write predictions and metrics to the run folder; OSError leaves the previous ones in place.

    Whoever reads meanwhile finds none for the moment between two renames.
    """
    place = run.evaluation(metrics.split)
    beside, before = place.with_name(f".{place.name}.new"), place.with_name(f".{place.name}.old")
    for left in (beside, before):
        shutil.rmtree(left, ignore_errors=True)
    beside.mkdir(parents=True)
    save_file({"logits": outcome.logits, "labels": outcome.labels}, beside / "logits.safetensors")
    predictions = predictions_of(outcome, source, classes)
    (beside / "predictions.json").write_bytes(msgspec.json.encode(predictions))
    (beside / "metrics.json").write_bytes(msgspec.json.encode(metrics))
    with contextlib.suppress(FileNotFoundError):
        place.rename(before)
    beside.rename(place)
    shutil.rmtree(before, ignore_errors=True)
