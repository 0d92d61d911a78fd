"""What training takes beside the weights, by optimizer."""

import pytest

from workbench.memory import gradient_bytes, kept_per_number, state_bytes
from workbench.session import Optimizer


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"name": "adamw"}, 2),
        ({"name": "adamw", "options": {"amsgrad": True}}, 3),
        ({"name": "sgd", "momentum": 0.9}, 1),
        ({"name": "sgd", "momentum": 0.0}, 0),
        ({"name": "rmsprop", "momentum": 0.0}, 1),
    ],
)
def test_what_an_optimizer_keeps(fields: dict[str, object], kept: int) -> None:
    assert kept_per_number(Optimizer.model_validate(fields)) == kept


def test_bytes_are_those_of_single_precision() -> None:
    assert (gradient_bytes(10), state_bytes(10, 2)) == (40, 80)
