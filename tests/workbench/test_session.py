"""What a session means: its defaults, its freeze plan, its settings and its schedule."""

import pytest
from hypothesis import given

from tests.workbench.journals import STAGE_OF, STAGES
from tests.workbench.test_settings import EDITS
from workbench.actions import Edit, Freeze, Only, ScaleRate, SetBatchNorm, SetRate, Thaw, Undo
from workbench.session import FreezeRules, Model, ScheduledEdits, Session, Train


def trainable(session: Session) -> set[str]:
    plan = session.plan(STAGES)
    return {STAGE_OF[name] for name in plan.trainable(STAGE_OF)}


def test_a_session_that_says_nothing_trains_the_head() -> None:
    assert trainable(Session()) == {"head"}


def test_rules_override_the_strategy() -> None:
    rules = FreezeRules(thaw=("head", "layer*"), freeze=("layer1",))
    assert trainable(Session(strategy="full", freeze=rules)) == {"head", "layer2"}


def test_freezing_alone_takes_away_from_the_strategy() -> None:
    assert trainable(Session(strategy="full", freeze=FreezeRules(freeze=("stem",)))) == set(STAGES) - {"stem"}


@pytest.mark.parametrize(
    ("weights", "mode"), [("none", "follow"), ("DEFAULT", "frozen"), ("bundled", "frozen")]
)
def test_batchnorm_follows_only_where_nothing_was_pretrained(weights: str, mode: str) -> None:
    assert Session(model=Model(weights=weights)).settings(STAGES).batchnorm == mode


def test_a_chosen_batchnorm_mode_is_kept() -> None:
    session = Session(model=Model(weights="none"), freeze=FreezeRules(batchnorm="frozen"))
    assert session.settings(STAGES).batchnorm == "frozen"


def test_gradual_thaws_one_stage_at_the_start_of_each_epoch() -> None:
    session = Session(strategy="gradual", train=Train(epochs=3))
    assert session.scheduled(STAGES, 10) == {10: (Thaw(("layer2",)),), 20: (Thaw(("layer1",)),)}


def test_rules_of_its_own_switch_the_gradual_schedule_off() -> None:
    session = Session(strategy="gradual", freeze=FreezeRules(thaw=("head",)))
    assert session.scheduled(STAGES, 10) == {}


def test_entries_of_one_step_apply_in_the_order_of_the_session() -> None:
    entries = (
        ScheduledEdits(epoch=3, lr=0.1),
        ScheduledEdits(step=20, thaw=("stem",)),
        ScheduledEdits(step=3, lr=1.0),
    )
    session = Session(schedule=entries)
    assert session.scheduled(STAGES, 10) == {20: (SetRate(0.1), Thaw(("stem",))), 3: (SetRate(1.0),)}


def test_an_entry_applies_its_edits_in_a_fixed_order() -> None:
    entry = ScheduledEdits(
        step=0, batchnorm="follow", lr=0.1, freeze=("a",), thaw=("b",), only=("c",), lr_scales={"d": 2.0}
    )
    expected = (
        Only(("c",)),
        Thaw(("b",)),
        Freeze(("a",)),
        SetRate(0.1),
        ScaleRate("d", 2.0),
        SetBatchNorm("follow"),
    )
    assert entry.edits() == expected


@given(EDITS)
def test_every_edit_can_be_scheduled(edit: Edit) -> None:
    assert ScheduledEdits.of(7, edit).edits() == (edit,)


def test_undo_needs_a_history_and_can_not_be_scheduled() -> None:
    with pytest.raises(TypeError):
        ScheduledEdits.of(7, Undo())


def test_values_are_found_by_dotted_key() -> None:
    assert Session().get("optimizer.lr") == 1e-3
    assert Session().get("data.split.val") == 0.15
