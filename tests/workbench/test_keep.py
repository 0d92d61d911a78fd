"""Live edits kept as a schedule: the kept session leads through the same settings at the same steps."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workbench.journals import STAGE_OF, STAGES, applied, started, write_run
from tests.workbench.test_settings import EDITS
from workbench import keep, session_file
from workbench.actions import Edit, Evaluate, Pause, Redo, ScaleRate, SetEpochs, SetRate, Stop, Thaw, Undo
from workbench.errors import BadInput
from workbench.plan import rate_scale
from workbench.protocol import Applied
from workbench.session import ScheduledEdits, Session
from workbench.session_file import dumps, parse
from workbench.settings import History, Settings

SESSION = """\
# The reasons.
name = "kept"   # its name

[optimizer]
lr = 0.01

[[schedule]]
# the session's own
step = 5
thaw = ["layer2"]
"""
LIVE = st.tuples(st.integers(0, 12), st.one_of(EDITS, st.just(Undo()), st.just(Redo())))


def effect(settings: Settings) -> dict[str, object]:
    """What settings mean for every parameter, however they are worded."""
    return {
        "trainable": settings.plan.trainable(STAGE_OF),
        "scales": {
            name: rate_scale(
                name, STAGES, stage, backbone_lr_scale=0.1, layer_lr_decay=0.5, lr_scales=settings.lr_scales
            )
            for name, stage in STAGE_OF.items()
        },
        "others": (
            settings.lr,
            settings.weight_decay,
            settings.clip_grad_norm,
            settings.batchnorm,
            settings.epochs,
            settings.augment,
            settings.flip,
        ),
    }


def journal(
    session: Session, live: list[tuple[int, Edit]]
) -> tuple[list[Applied], dict[int, dict[str, object]]]:
    """What a worker journals of a session and live edits, and what is in force after each step's boundary."""
    history, events, effects = History(session.settings(STAGES)), list[Applied](), {}
    scheduled = session.scheduled(STAGES, 10)
    for step in range(14):
        due = [(f"schedule:{step}.{place}", edit) for place, edit in enumerate(scheduled.get(step, ()))]
        due += [(f"live{place}", edit) for place, (at, edit) in enumerate(live) if at == step]
        for id_, edit in due:
            try:
                history = history.after(edit)
            except BadInput:
                continue
            events.append(applied(step, edit, id_))
        effects[step] = effect(history.now)
    return events, effects


@given(
    st.lists(st.builds(ScheduledEdits.of, st.integers(0, 12), EDITS), max_size=4),
    st.lists(LIVE, min_size=1, max_size=8),
)
def test_a_kept_session_leads_through_the_same_settings(
    tmp_path_factory: pytest.TempPathFactory, schedule: list[ScheduledEdits], live: list[tuple[int, Edit]]
) -> None:
    session = Session(name="kept", schedule=tuple(schedule))
    events, effects = journal(session, live)
    run = write_run(tmp_path_factory.mktemp("runs"), [started(), *events], dumps(session))
    kept = parse(keep.kept(run))
    assert journal(kept, [])[1] == effects


def test_every_comment_of_the_session_stays_and_every_edit_gets_one(tmp_path: Path) -> None:
    events = [applied(3, Thaw(("layer1.*",))), applied(9, SetRate(0.001)), applied(9, ScaleRate("stem", 0.5))]
    text = keep.kept(write_run(tmp_path, [started(), *events], SESSION))
    assert text.startswith(SESSION)
    assert text.removeprefix(SESSION) == (
        '\n[[schedule]]\n# by hand: thaw layer1.*\nstep = 3\nthaw = ["layer1.*"]\n'
        "\n[[schedule]]\n# by hand: lr 0.001, lr-scale stem 0.5\nstep = 9\nlr = 0.001\nlr_scales = {stem = 0.5}\n"
    )
    assert parse(text).schedule[-1].lr_scales == {"stem": 0.5}


def test_what_was_undone_at_once_leaves_no_entry(tmp_path: Path) -> None:
    events = [applied(3, Thaw(("stem",))), applied(3, Undo())]
    assert keep.kept(write_run(tmp_path, [started(), *events], SESSION)) == SESSION


def test_what_was_undone_later_is_frozen_again_by_its_shortest_name(tmp_path: Path) -> None:
    events = [applied(3, Thaw(("*",))), applied(7, Undo())]
    run = write_run(tmp_path, [started(), *events], 'name = "kept"\n')
    assert parse(keep.kept(run)).schedule == (
        ScheduledEdits(step=3, thaw=("*",)),
        ScheduledEdits(step=7, freeze=("stem", "layer1", "layer2")),
    )


def test_controls_are_not_kept(tmp_path: Path) -> None:
    events = [applied(1, Pause()), applied(2, Evaluate("val")), applied(3, Stop())]
    assert keep.kept(write_run(tmp_path, [started(), *events], SESSION)) == SESSION


def test_a_resumed_run_keeps_each_edit_once(tmp_path: Path) -> None:
    thaw, longer = applied(3, Thaw(("stem",)), "a"), applied(8, SetEpochs(4), "b")
    run = write_run(tmp_path, [started(), thaw, longer, started(2), thaw, longer], 'name = "kept"\n')
    assert parse(keep.kept(run)).schedule == (
        ScheduledEdits(step=3, thaw=("stem",)),
        ScheduledEdits(step=8, epochs=4),
    )


def test_a_run_without_live_edits_keeps_its_session_byte_for_byte(tmp_path: Path) -> None:
    run = write_run(tmp_path, [started(), applied(5, Thaw(("layer2",)), "schedule:5.0")], SESSION)
    assert keep.keep(run, tmp_path / "kept.toml") == 0
    assert (tmp_path / "kept.toml").read_text() == SESSION


def test_a_file_is_replaced_only_when_asked(tmp_path: Path) -> None:
    run = write_run(tmp_path, [started(), applied(3, SetRate(0.5))], SESSION)
    path = tmp_path / "mine.toml"
    path.write_text("precious")
    with pytest.raises(BadInput, match="exists already"):
        keep.keep(run, path)
    assert path.read_text() == "precious"
    assert keep.keep(run, path, overwrite=True) == 1
    assert session_file.load(path).schedule[-1] == ScheduledEdits(step=3, lr=0.5)
