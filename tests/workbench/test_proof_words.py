"""Verify, contradictions and rate searches in words, and the curve's smoothing."""

import math

import pytest

from workbench.plain_tables import verified_lines
from workbench.proof_words import (
    complaint,
    contradicted_line,
    moved,
    movers,
    searched_line,
    suggested,
    verified_line,
)
from workbench.protocol import Contradicted, RateSearched, Verified, decode_event, encode
from workbench.rate_curve import smoothed
from workbench.words import rate


def verified(**changes: object) -> Verified:
    values: dict[str, object] = {
        "step": 40,
        "since": 10,
        "still": 3,
        "expected": "ab" * 32,
        "found": "ab" * 32,
        "changed": {"fc.weight": 0.5, "fc.bias": None},
    }
    return Verified(**(values | changes))  # type: ignore[arg-type]


def test_an_intact_model_and_what_moved() -> None:
    assert verified_line(verified()) == (
        "step 40: ✓ 3 frozen tensors are bit-identical to when frozen (sha256 abababababab…)"
        " · 2 others moved since step 10, fc.bias most (not a number)"
    )


def test_a_broken_model_names_a_few_and_the_table_all() -> None:
    event = verified(broken=tuple(f"conv{index}.weight" for index in range(6)), found="cd" * 32)
    assert "conv3.weight, … (2 more)" in verified_line(event)
    assert sum(line.startswith("changed though frozen: ") for line in verified_lines(event)) == 6


def test_nothing_frozen_and_nothing_free() -> None:
    assert "nothing is frozen" in verified_line(verified(still=0, changed={}))
    assert "1 frozen tensor is bit-identical" in verified_line(verified(still=1, changed={}))
    assert "0 of 1 others moved since step 10" in verified_line(verified(changed={"fc.bias": 0.0}))


def test_the_table_shows_the_farthest_and_says_how_many_it_leaves_out() -> None:
    lines = verified_lines(verified(changed={f"layer{index}.weight": index / 100 for index in range(30)}))
    assert next(line.split() for line in lines if line.startswith("layer")) == ["layer29.weight", "29.0", "%"]
    assert lines[-1] == "(20 of 30, the farthest first; --json gives all)"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (0.0, "not at all"),
        (1e-5, "< 0.1 %"),
        (0.123, "12.3 %"),
        (5e9, "from zero"),
        (math.nan, "not a number"),
    ],
)
def test_how_far_something_moved(change: float, words: str) -> None:
    assert moved(change) == words


def test_names_from_outside_are_inert() -> None:
    assert movers(verified(changed={"a\x1b[2J": 0.1})) == [("a\\x1b[2J", "10.0 %")]


def test_a_weight_that_is_no_number_is_still_told() -> None:
    assert decode_event(encode(verified())) == verified()


def test_contradictions_by_reason() -> None:
    found = {"a": "unused", "b": "unused", "c": "its rate is 0"}
    event = Contradicted(step=20, epoch=2, found=found)
    assert contradicted_line(event) == "epoch 2: plan and fact differ: a, b: unused; c: its rate is 0"
    assert complaint(found) == "2 × unused; its rate is 0"
    assert complaint({}) == ""


def test_a_search_suggests_a_command() -> None:
    event = RateSearched(step=5, rates=(1e-6, 0.5), losses=(2.0, 9.0), suggestion=0.00123456)
    assert searched_line(event) == "step 5: rate search over 2 rates, 1e-6 to 0.5 suggests lr 0.0012"
    assert suggested(event).value == 0.0012
    none = RateSearched(step=5, rates=(), losses=(), suggestion=0.0)
    assert "took no step" in searched_line(none)


def test_rates_are_short_and_exact_to_two_digits() -> None:
    assert [rate(value) for value in (0.0, 0.1, 0.0012, 1e-3, 3e-4, 1.23e-4, 1e-10)] == [
        "0", "0.1", "0.0012", "0.001", "3e-4", "1.2e-4", "1e-10",
    ]  # fmt: skip


def test_smoothing_keeps_a_constant_and_follows_slowly() -> None:
    assert smoothed([]) == []
    assert smoothed([2.0, 2.0]) == [2.0, 2.0]
    assert smoothed([1.0, 2.0]) == pytest.approx([1.0, 1.2])
