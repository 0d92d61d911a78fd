"""What a learning-rate search suggests from its curve."""

import math

import pytest

from workbench.core.rate_search import HIGHEST, LOWEST, STEPS, suggestion

RATES = [LOWEST * (HIGHEST / LOWEST) ** (number / (STEPS - 1)) for number in range(STEPS)]


def test_the_rate_amid_the_steepest_stretch() -> None:
    losses = [2.3 - 1.8 / (1 + math.exp(-3 * (math.log10(rate) + 2.5))) for rate in RATES]
    assert 1e-3 < suggestion(RATES, losses) < 2e-2


def test_batches_that_differ_do_not_decide() -> None:
    smooth = [2.3 - 1.8 / (1 + math.exp(-3 * (math.log10(rate) + 2.5))) for rate in RATES]
    noisy = [loss + (0.4, -0.1, 0.2, -0.4, -0.1)[number % 5] for number, loss in enumerate(smooth)]
    assert 1e-3 < suggestion(RATES, noisy) < 2e-2


@pytest.mark.parametrize(
    "losses", [[], [2.0], [2.0, 1.0, 0.5], [1.0] * STEPS, [1 + n / 9 for n in range(STEPS)]]
)
def test_no_suggestion_where_nothing_falls_or_the_search_was_short(losses: list[float]) -> None:
    assert suggestion(RATES[: len(losses)], losses) == 0
