"""Confusion matrix, precision, recall and F1: scikit-learn's figures, whatever was predicted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from workbench.core.metrics import confusion_matrix, per_class


@pytest.mark.filterwarnings("ignore:A single label was found")
@given(
    st.integers(1, 6).flatmap(
        lambda classes: st.tuples(
            st.just(classes),
            st.lists(
                st.tuples(st.integers(0, classes - 1), st.integers(0, classes - 1)), min_size=1, max_size=40
            ),
        )
    )
)
def test_figures_are_those_of_scikit_learn(drawn: tuple[int, list[tuple[int, int]]]) -> None:
    classes, pairs = drawn
    truth, predicted = np.array(pairs, dtype=np.int64).T
    numbers = list(range(classes))
    ours = confusion_matrix(truth, predicted, classes)
    assert (ours == metrics.confusion_matrix(truth, predicted, labels=numbers)).all()
    theirs = metrics.precision_recall_fscore_support(truth, predicted, labels=numbers, zero_division=0.0)
    for mine, other in zip(per_class(ours), theirs, strict=True):
        assert mine == pytest.approx(other, rel=1e-15)
