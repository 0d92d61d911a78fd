import math

import pytest

from workbench.calibration import calibration
from workbench.protocol import Prediction


def made(probability: float, *, right: bool) -> Prediction:
    return Prediction("x.png", "ant", "ant" if right else "bee", probability)


def test_a_model_that_is_as_often_right_as_it_says_has_no_error() -> None:
    found = calibration([made(0.75, right=place < 3) for place in range(4)])
    assert found.expected_error == 0
    assert found.overconfidence == 0


def test_the_errors_of_the_bins_weigh_by_their_images() -> None:
    sure = [made(0.95, right=place < 5) for place in range(10)]
    unsure = [made(0.55, right=True) for _ in range(30)]
    found = calibration(sure + unsure)
    assert found.expected_error == pytest.approx((10 * 0.45 + 30 * 0.45) / 40)
    assert found.largest_error == pytest.approx(0.45)
    assert found.overconfidence == pytest.approx((4.5 - 13.5) / 40)


def test_every_image_lies_in_one_bin_and_its_confidence_inside_the_bounds() -> None:
    predictions = [made(number / 100, right=number % 3 == 0) for number in range(101)]
    found = calibration(predictions)
    assert sum(one.images for one in found.bins) == 101
    assert [one.high for one in found.bins][-1] == 1
    assert all(one.low < one.confidence <= one.high for one in found.bins[1:] if one.images)


def test_without_predictions_nothing_is_claimed() -> None:
    found = calibration([])
    assert (found.expected_error, found.largest_error, found.overconfidence) == (0, 0, 0)
    assert not any(math.isnan(one.accuracy) for one in found.bins)
