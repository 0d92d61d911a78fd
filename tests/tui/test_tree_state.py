"""Edits of a draft through the tree, and the state of a live run with what is pending."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.made_models import SESSION, model
from tests.tui.test_proofs import frozenness
from tui.state import RunView
from tui.tree_state import (
    changed_names,
    draft_state,
    edited,
    live_state,
    stage_fractions,
    trainable_under,
    with_trainable,
)
from workbench import protocol
from workbench.actions import Freeze, Only, ScaleRate, SetBatchNorm, Thaw, Undo
from workbench.errors import BadInput, ThawError
from workbench.protocol import Command
from workbench.session_file import parse

DESCRIPTION = model()
LETTERS = parse(SESSION)


def test_a_draft_shows_what_its_strategy_trains() -> None:
    state = draft_state(LETTERS, DESCRIPTION)
    assert stage_fractions(DESCRIPTION, state.trainable) == {"stem": 0, "layer1": 0, "layer2": 1, "head": 1}
    assert state.thaw_line == 2
    assert state.rate_scales["layer2.0.conv.weight"] == pytest.approx(0.1)
    assert "fc.weight" not in state.rate_scales


def test_an_edit_becomes_the_fewest_patterns() -> None:
    session = edited(LETTERS, DESCRIPTION, Only(("layer1", "layer2", "head")))
    assert session.freeze.thaw == ("layer1", "layer2", "head")
    session = edited(session, DESCRIPTION, Freeze(("layer1.0.bn",)))
    assert session.freeze.thaw == ("layer1.0.conv", "layer1.1", "layer2", "head")


def test_what_the_strategy_says_anyway_is_left_to_it() -> None:
    session = edited(LETTERS, DESCRIPTION, Thaw(("layer1",)))
    assert edited(session, DESCRIPTION, Freeze(("layer1",))) == LETTERS


@given(st.sets(st.sampled_from(list(DESCRIPTION.stage_of)), min_size=1))
def test_any_choice_of_parameters_is_said_exactly(chosen: set[str]) -> None:
    session = with_trainable(LETTERS, DESCRIPTION, frozenset(chosen))
    assert trainable_under(session.plan(DESCRIPTION.stages), DESCRIPTION) == chosen


def test_what_differs_between_two_states_is_named() -> None:
    before, session = draft_state(LETTERS, DESCRIPTION), edited(LETTERS, DESCRIPTION, Thaw(("layer1.0.bn",)))
    after = draft_state(session, DESCRIPTION)
    assert changed_names(before, before) == set()
    assert changed_names(before, after) == {"layer1.0.bn.weight", "layer1.0.bn.bias"}
    follows = draft_state(edited(session, DESCRIPTION, SetBatchNorm("follow")), DESCRIPTION)
    assert changed_names(after, follows) == {"layer1.0.bn", "layer2.0.bn", "layer2.1.bn"}
    scaled = draft_state(edited(LETTERS, DESCRIPTION, ScaleRate("fc", 2.0)), DESCRIPTION)
    assert changed_names(before, scaled) == {"fc.weight", "fc.bias"}
    assert changed_names(before, replace(before, base_rate=0.5)) is None


def test_rates_and_batchnorm_are_written_where_they_belong() -> None:
    session = edited(LETTERS, DESCRIPTION, ScaleRate("layer2", 2.0))
    assert session.optimizer.lr_scales == {"layer2": 2.0}
    assert edited(session, DESCRIPTION, ScaleRate("layer2", 1.0)) == LETTERS
    assert edited(LETTERS, DESCRIPTION, SetBatchNorm("follow")).freeze.batchnorm == "follow"


def test_a_pattern_that_names_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="layer9"):
        edited(LETTERS, DESCRIPTION, Thaw(("layer9",)))


def test_nothing_left_to_train_is_refused() -> None:
    with pytest.raises(ThawError, match="nothing would train"):
        edited(LETTERS, DESCRIPTION, Freeze(("*",)))


def live_view() -> RunView:
    view = RunView()
    view.feed(
        protocol.Frozenness(
            step=0,
            trainable=("fc.weight", "fc.bias"),
            trainable_parameters=90,
            rate_scales={},
            training_norms=(),
            batchnorm="frozen",
        )
    )
    return view


def test_a_live_run_shows_the_workers_report() -> None:
    assert live_state(LETTERS, DESCRIPTION, RunView()) is None
    state = live_state(LETTERS, DESCRIPTION, live_view())
    assert state is not None
    assert state.trainable == {"fc.weight", "fc.bias"}
    assert state.expected == state.trainable


def test_what_was_applied_is_expected_until_the_worker_tells_the_fact() -> None:
    view = live_view()
    view.feed(protocol.Applied(id="a", step=4, action=Thaw(("layer1",)), changed=3))
    state = live_state(LETTERS, DESCRIPTION, view)
    assert state is not None
    assert "layer1.0.conv.weight" in state.expected
    assert "layer1.0.conv.weight" not in state.trainable
    view.feed(frozenness("fc.weight", "fc.bias", step=4))
    told = live_state(LETTERS, DESCRIPTION, view)
    assert told is not None
    assert told.expected == told.trainable == {"fc.weight", "fc.bias"}


def test_pending_commands_are_expected_and_not_yet_fact() -> None:
    view = live_view()
    view.told(Command("a", 0.0, Thaw(("layer1",))))
    state = live_state(LETTERS, DESCRIPTION, view)
    assert state is not None
    assert state.pending == 1
    assert "layer1.0.conv.weight" in state.expected
    assert "layer1.0.conv.weight" not in state.trainable
    view.told(Command("b", 0.0, Undo()))
    undone = live_state(LETTERS, DESCRIPTION, view)
    assert undone is not None
    assert "layer1.0.conv.weight" not in undone.expected
