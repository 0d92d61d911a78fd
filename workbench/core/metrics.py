"""What is counted of an evaluation: the confusion matrix, and precision, recall and F1 of each class.

The figures are those of scikit-learn's functions of the same names, with 0 where nothing was predicted or there is
nothing to find (`zero_division=0`). They are counted here because every run's first validation would wait a second or
two for scikit-learn to be loaded.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Fractions = NDArray[np.float64]


class PerClass(NamedTuple):
    """Figures of each class, float64 (classes,), and the number of its images, int64 (classes,)."""

    precision: Fractions
    recall: Fractions
    f1: Fractions
    images: Counts


def confusion_matrix(truth: NDArray[np.int64], predicted: NDArray[np.int64], classes: int) -> Counts:
    """How many images of each true class (rows) were taken for each class (columns)."""
    pairs = np.bincount(truth * classes + predicted, minlength=classes * classes)
    return pairs.reshape(classes, classes)


def per_class(confusion: Counts) -> PerClass:
    """Precision, recall and F1 of each class of a confusion matrix."""
    correct, images, predictions = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    return PerClass(
        precision=_share(correct, predictions),
        recall=_share(correct, images),
        f1=_share(2 * correct, images + predictions),
        images=images,
    )


def _share(part: Counts, whole: Counts) -> Fractions:
    """Each part of its whole, 0 where there is none."""
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
