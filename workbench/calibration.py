"""How far a classifier's probabilities can be trusted: reliability by bins of confidence, and the error they sum to.

Computed from predictions alone, without torch, so that screens, files and reports say the same.
"""

from collections.abc import Sequence
from math import ceil

import msgspec

from workbench.protocol import Prediction

BINS = 15
"""As in Guo et al., On Calibration of Modern Neural Networks (2017), section 2."""


class Bin(msgspec.Struct, frozen=True):
    """The images whose confidence lies in (low, high]: how many, their mean confidence and their accuracy.

    Both means are fractions, and 0 where there is no image.
    """

    low: float
    high: float
    images: int
    confidence: float
    accuracy: float


class Calibration(msgspec.Struct, frozen=True):
    """The bins from low to high confidence, and what follows from them over all images.

    `expected_error` is the expected calibration error: the mean of |accuracy - confidence| of the bins, weighted by
    their images; `largest_error` the largest of them; `overconfidence` mean confidence minus accuracy.
    """

    bins: tuple[Bin, ...]
    expected_error: float
    largest_error: float
    overconfidence: float


def calibration(predictions: Sequence[Prediction], bins: int = BINS) -> Calibration:
    """The calibration over bins of equal width, by the probability of the predicted class."""
    members: list[list[Prediction]] = [[] for _ in range(bins)]
    for one in predictions:
        members[min(max(ceil(one.probability * bins), 1), bins) - 1].append(one)
    found = tuple(_bin(place / bins, (place + 1) / bins, group) for place, group in enumerate(members))
    total = max(1, len(predictions))
    gaps = [(abs(one.accuracy - one.confidence), one.images) for one in found if one.images]
    surplus = sum((one.confidence - one.accuracy) * one.images for one in found)
    return Calibration(
        bins=found,
        expected_error=sum(gap * images for gap, images in gaps) / total,
        largest_error=max((gap for gap, _ in gaps), default=0.0),
        overconfidence=surplus / total,
    )


def _bin(low: float, high: float, members: Sequence[Prediction]) -> Bin:
    if not members:
        return Bin(low, high, 0, 0.0, 0.0)
    confidence = sum(one.probability for one in members) / len(members)
    right = sum(one.label == one.predicted for one in members)
    return Bin(low, high, len(members), confidence, right / len(members))
