"""Findings on labels: pictures whose label a classifier that never saw them contradicts with confidence.

A logistic regression on frozen features predicts each picture from the others (out of fold), as in confident learning
(Northcutt, Jiang and Chuang 2021). Where the features tell the classes apart too badly, nothing is said of any label.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.core.doctor.features import features
from workbench.core.sources import Source
from workbench.findings import Finding
from workbench.words import percent

FOLDS = 5
REPEATS = 2
"""Each with other folds: all must contradict the label."""
DIRECTIONS = 128
"""Principal directions of the features that the classifier looks at."""
LEAST_ACCURACY = 0.8
"""Features that recognise fewer pictures out of fold are no judge of labels."""
CONFIDENT = 0.95
"""The least probability of the other class."""


def label_findings(
    source: Source, indexes: Sequence[int], say: Callable[[str], None]
) -> tuple[list[Finding], str]:
    """Findings on these images of a source, and a note on how their labels were judged or why they were not."""
    counts = Counter(source.items[index].label for index in indexes)
    judged = [index for index in indexes if counts[source.items[index].label] >= FOLDS]
    if len({source.items[index].label for index in judged}) < 2:
        return [], f"labels were not judged: that takes two classes of at least {FOLDS} readable pictures"
    say(f"judging the labels of {len(judged):,} pictures")
    found = features(source, judged)
    labels = np.array([source.items[index].label for index in found.indexes])
    classes, numbers = np.unique(labels, return_inverse=True)
    probabilities = _out_of_fold(found.vectors, numbers)
    accuracy = float(np.mean([p.argmax(1) == numbers for p in probabilities]))
    how = f"the features of {found.weights}, which tell {percent(accuracy)} of the pictures right"
    if accuracy < LEAST_ACCURACY:
        better = f"it takes {percent(LEAST_ACCURACY)}, which ImageNet weights on this disk may reach"
        return [], f"labels were not judged: the best at hand are {how}; {better}"
    return _contradicted(
        source, found.indexes, classes, numbers, probabilities
    ), f"labels were judged by {how}"


def _out_of_fold(vectors: NDArray[np.float32], numbers: NDArray[np.intp]) -> list[NDArray[np.float64]]:
    """Class probabilities (N, classes) of each picture by a classifier that never saw it, one array a repeat."""
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    # Fewer directions fit many times faster and tell the classes apart as well; labels play no part in them.
    standard = StandardScaler().fit_transform(vectors)
    reduced = PCA(min(DIRECTIONS, *standard.shape), random_state=0).fit_transform(standard)
    classifier = LogisticRegression(C=0.1, class_weight="balanced", max_iter=200)
    # Products of matrices this small wait longer for threads than they compute.
    with threadpool_limits(1):
        return [
            cross_val_predict(
                classifier,
                reduced,
                numbers,
                cv=StratifiedKFold(FOLDS, shuffle=True, random_state=repeat),
                method="predict_proba",
            )
            for repeat in range(REPEATS)
        ]


def _contradicted(
    source: Source,
    indexes: Sequence[int],
    classes: NDArray[np.str_],
    numbers: NDArray[np.intp],
    probabilities: Sequence[NDArray[np.float64]],
) -> list[Finding]:
    lowest = np.min(probabilities, axis=0)
    other = lowest.argmax(1)
    sure = (other != numbers) & (lowest.max(1) >= CONFIDENT)
    return [
        Finding(
            "suspicious-label",
            f"is labelled {classes[numbers[place]]}, looks like {classes[other[place]]} "
            f"({percent(float(lowest[place, other[place]]))} sure)",
            (source.items[indexes[place]].name,),
            "nothing: look at it, and move it if the label is wrong",
        )
        for place in np.flatnonzero(sure).tolist()
    ]
