"""Edits of settings, undo and redo."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.actions import (
    Edit,
    Freeze,
    Only,
    Redo,
    ScaleRate,
    SetAugment,
    SetBatchNorm,
    SetClip,
    SetEpochs,
    SetFlip,
    SetRate,
    SetWeightDecay,
    Thaw,
    Undo,
)
from workbench.errors import BadInput
from workbench.session import Session
from workbench.settings import History, Settings

START = Session().settings(("stem", "layer1", "head"))
PATTERNS = st.lists(st.sampled_from(["stem", "layer1", "head", "*", "fc.bias"]), min_size=1, max_size=3).map(
    tuple
)
EDITS: st.SearchStrategy[Edit] = st.one_of(
    PATTERNS.map(Thaw),
    PATTERNS.map(Freeze),
    PATTERNS.map(Only),
    st.builds(ScaleRate, st.sampled_from(["stem", "head"]), st.floats(0, 10)),
    st.floats(0, 1).map(SetRate),
    st.floats(0, 1).map(SetWeightDecay),
    st.floats(0, 10).map(SetClip),
    st.sampled_from(["frozen", "follow"]).map(SetBatchNorm),
    st.integers(1, 50).map(SetEpochs),
    st.sampled_from(["none", "light", "strong"]).map(SetAugment),
    st.sampled_from(["default", "on", "off"]).map(SetFlip),
)


def folded(edits: list[Edit]) -> History:
    history = History(START)
    for edit in edits:
        history = history.after(edit)
    return history


@given(st.lists(EDITS, max_size=10), st.integers(0, 10))
def test_undoing_gives_the_settings_of_fewer_edits(edits: list[Edit], times: int) -> None:
    times = min(times, len(edits))
    undone = folded([*edits, *[Undo()] * times])
    assert undone.now == folded(edits[: len(edits) - times]).now


@given(st.lists(EDITS, max_size=10), st.integers(0, 10))
def test_redo_takes_every_undo_back(edits: list[Edit], times: int) -> None:
    times = min(times, len(edits))
    assert folded([*edits, *[Undo()] * times, *[Redo()] * times]) == folded(edits)


def test_a_new_edit_forgets_what_was_undone() -> None:
    history = folded([SetRate(0.1), Undo(), SetRate(0.2)])
    with pytest.raises(BadInput, match="nothing to redo"):
        history.after(Redo())


@pytest.mark.parametrize(("edit", "message"), [(Undo(), "nothing to undo"), (Redo(), "nothing to redo")])
def test_there_is_nothing_to_take_back_at_the_start(edit: Edit, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        History(START).after(edit)


@given(EDITS)
def test_an_edit_changes_one_setting_at_most(edit: Edit) -> None:
    after = START.after(edit)
    names = [name for name in Settings.__dataclass_fields__ if getattr(START, name) != getattr(after, name)]
    assert len(names) <= 1


def test_a_multiplier_given_again_replaces_the_first() -> None:
    after = START.after(ScaleRate("stem", 2.0)).after(ScaleRate("head", 1.5)).after(ScaleRate("stem", 0.5))
    assert after.lr_scales == (("head", 1.5), ("stem", 0.5))
