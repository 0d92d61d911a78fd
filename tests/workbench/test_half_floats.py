"""Floats in two bytes: how near they come back, and what is no number."""

from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.half_floats import packed, unpacked


@given(st.lists(st.floats(1e-30, 1e30), max_size=20))
def test_numbers_come_back_within_a_hundredth(values: list[float]) -> None:
    assert len(packed(values)) == 2 * len(values)
    assert list(unpacked(packed(values))) == pytest.approx(values, rel=0.01)


def test_nothing_comes_back_as_no_number_and_signs_and_zero_as_they_are() -> None:
    found = unpacked(packed([None, 0.0, -1.5]))
    assert isnan(found[0])
    assert list(found[1:]) == [0.0, -1.5]
    assert list(unpacked(b"\x00")) == []
