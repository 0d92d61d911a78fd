"""Mistakes by what they cost in trust, and mix-ups by how often they happen: orders that every view shares."""

from collections.abc import Iterable, Sequence

import msgspec

from workbench.protocol import Metrics, Prediction


class MixUp(msgspec.Struct, frozen=True):
    """Images of one class that were taken for another: class numbers, how many, and their share of the true class."""

    true: int
    predicted: int
    images: int
    share: float


def ordered(predictions: Iterable[Prediction]) -> list[Prediction]:
    """Mistakes first, the most confident ones before; then what is right, the least confident first."""
    return sorted(
        predictions,
        key=lambda one: (
            one.label == one.predicted,
            one.probability * (1 if one.label == one.predicted else -1),
        ),
    )


def mix_ups(confusion: Sequence[Sequence[int]]) -> list[MixUp]:
    """Every pair of classes that was mixed up, the most images first, then in the order of the classes."""
    found = []
    for true, row in enumerate(confusion):
        total = sum(row)
        found += [
            MixUp(true, predicted, number, number / total)
            for predicted, number in enumerate(row)
            if number and true != predicted
        ]
    return sorted(found, key=lambda pair: (-pair.images, pair.true, pair.predicted))


def most_confused(metrics: Metrics) -> list[int]:
    """The numbers of the classes, those first that are part of most mix-ups, as true or as predicted class."""
    part = [0] * len(metrics.confusion)
    for pair in mix_ups(metrics.confusion):
        part[pair.true] += pair.images
        part[pair.predicted] += pair.images
    return sorted(range(len(part)), key=lambda number: (-part[number], number))
