"""Patterns, plans and strategies over parameter names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workbench.journals import STAGE_OF, STAGES
from workbench.errors import BadInput
from workbench.plan import (
    FreezePlan,
    check_patterns,
    cover,
    gradual_thaws,
    matches,
    matching,
    only,
    rate_scale,
    strategy_plan,
)

PARAMETER_SETS = st.sets(st.sampled_from(sorted(STAGE_OF)))
PATTERNS = st.sampled_from(
    ["*", "stem", "layer*", "layer1.*", "layer1.0", "*.weight", "*.bn", "fc.bias", "head"]
)


def trainable(plan: FreezePlan) -> set[str]:
    return plan.trainable(STAGE_OF)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("head", {"fc.weight", "fc.bias"}),
        ("layer1", {"layer1.0.conv.weight", "layer1.0.bn.weight", "layer1.1.conv.weight"}),
        ("layer1.*", {"layer1.0.conv.weight", "layer1.0.bn.weight", "layer1.1.conv.weight"}),
        ("layer1.0", {"layer1.0.conv.weight", "layer1.0.bn.weight"}),
        ("*.bn.weight", {"layer1.0.bn.weight"}),
        ("fc.bias", {"fc.bias"}),
        ("layer", set()),
    ],
)
def test_a_pattern_names_stages_modules_and_parameters(pattern: str, names: set[str]) -> None:
    assert {name for name, stage in STAGE_OF.items() if matches(pattern, name, stage)} == names
    assert set(matching(pattern, STAGE_OF)) == names


@given(PARAMETER_SETS)
def test_only_what_covers_a_set_trains_that_set(names: set[str]) -> None:
    assert trainable(only(cover(names, STAGE_OF))) == names


@given(PARAMETER_SETS)
def test_a_cover_tells_whole_stages_by_their_name(names: set[str]) -> None:
    found = cover(names, STAGE_OF)
    whole = [stage for stage in STAGES if {name for name in STAGE_OF if STAGE_OF[name] == stage} <= names]
    assert [pattern for pattern in found if pattern in STAGES] == whole


@given(st.lists(st.tuples(PATTERNS, st.booleans()), max_size=8))
def test_the_last_rule_that_matches_decides(rules: list[tuple[str, bool]]) -> None:
    plan = FreezePlan()
    for pattern, state in rules:
        plan = plan.with_rules([pattern], trainable=state)
    for name, stage in STAGE_OF.items():
        states = [state for pattern, state in rules if matches(pattern, name, stage)]
        assert (name in trainable(plan)) == (states[-1] if states else False)


@given(st.lists(st.tuples(PATTERNS, st.booleans()), max_size=30))
def test_a_plan_never_holds_a_pattern_twice(rules: list[tuple[str, bool]]) -> None:
    plan = FreezePlan()
    for pattern, state in rules:
        plan = plan.with_rules([pattern], trainable=state)
    patterns = [rule.pattern for rule in plan.rules]
    assert len(patterns) == len(set(patterns))


@pytest.mark.parametrize(
    ("strategy", "stages"),
    [
        ("feature-extraction", {"head"}),
        ("gradual", {"head"}),
        ("last-block", {"layer2", "head"}),
        ("full", set(STAGES)),
    ],
)
def test_a_strategy_trains_whole_stages_at_the_start(strategy: str, stages: set[str]) -> None:
    found = trainable(strategy_plan(strategy, STAGES))  # type: ignore[arg-type]
    assert found == {name for name, stage in STAGE_OF.items() if stage in stages}


def test_gradual_thaws_from_the_head_down_as_far_as_the_epochs_go() -> None:
    assert gradual_thaws(STAGES, 10) == [(2, "layer2"), (3, "layer1"), (4, "stem")]
    assert gradual_thaws(STAGES, 2) == [(2, "layer2")]


def test_a_pattern_that_matches_nothing_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(BadInput, match="'layre1' matches no module") as caught:
        check_patterns(["head", "layre1"], STAGE_OF)
    assert caught.value.hint == "did you mean 'layer1'?"


def test_a_pattern_that_resembles_nothing_is_answered_with_the_stages() -> None:
    with pytest.raises(BadInput) as caught:
        check_patterns(["zzz"], STAGE_OF)
    assert caught.value.hint == "its stages are stem, layer1, layer2, head"


def test_rates_fall_with_the_distance_from_the_head() -> None:
    def scale(parameter: str, **changes: object) -> float:
        settings: dict[str, object] = {"backbone_lr_scale": 0.1, "layer_lr_decay": 0.5} | changes
        return rate_scale(parameter, STAGES, STAGE_OF[parameter], **settings)  # type: ignore[arg-type]

    assert scale("fc.weight") == 1.0
    assert scale("layer2.0.conv.weight") == pytest.approx(0.1)
    assert scale("conv1.weight") == pytest.approx(0.025)
    assert scale("fc.weight", lr_scales=[("head", 3.0), ("fc.bias", 0.0)]) == 3.0
    assert scale("fc.bias", lr_scales=[("head", 3.0), ("fc.bias", 0.0)]) == 0.0
