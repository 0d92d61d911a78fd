"""RunView: what the events of a journal say about a run, whatever happened to the worker in between."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.made_runs import EDITS, STEPS_PER_EPOCH, evaluated, life, started, steps, view_of
from tui.state import Mark, RunView
from workbench import protocol
from workbench.actions import Evaluate, Pause, Redo, SetEpochs, Thaw, Undo
from workbench.protocol import Command, Event


def facts(view: RunView) -> dict[str, object]:
    """All that a resumed run must agree on with one that was never disturbed."""
    return {
        "state": view.state,
        "series": [list(series) for series in (view.loss, view.accuracy, view.lr, view.grad_norm)],
        "epochs": (view.epoch, view.epochs, view.total_steps, view.epochs_ended),
        "evaluations": view.evaluations,
        "best": view.best,
        "marks": view.marks,
        "trainable": (view.trainable, view.trainable_parameters, view.total_parameters),
        "pending": view.pending,
    }


def test_a_whole_run_is_told_in_full() -> None:
    view = view_of(life())
    assert (view.state, view.step, view.total_steps) == ("finished", 100, 100)
    assert (view.epoch, view.epochs, view.steps_per_epoch) == (5, 5, STEPS_PER_EPOCH)
    assert view.marks == [
        Mark(23, "thaw stage4.*", scheduled=False),
        Mark(60, "lr 0.0003", scheduled=True),
        Mark(71, "thaw stage3", scheduled=False),
    ]
    assert view.best == view.last_evaluation("val")
    assert view.last_evaluation("test") is not None
    assert view.trainable == ("head.weight", "stage4.weight", "stage3.weight")
    assert (view.trainable_parameters, view.total_parameters) == (95_000, 352_042)
    assert view.seconds_left == 0


@given(cut=st.integers(0, 60), data=st.data())
def test_cut_anywhere_and_resumed_it_is_the_undisturbed_run(cut: int, data: st.DataObject) -> None:
    edits = {**EDITS, 33: ("c3", SetEpochs(4))}
    whole = list(life(edits=edits))
    before = whole[:cut]
    saved = [0] + [event.step for event in before if isinstance(event, protocol.Saved)]
    resumed_at = data.draw(st.sampled_from(saved))
    view = view_of(before)
    view.worker_lost()
    for event in life(start=resumed_at, edits=edits):
        view.feed(event)
    assert facts(view) == facts(view_of(whole))


@given(st.lists(st.integers(1, 30), max_size=20))
def test_how_steps_are_batched_makes_no_difference(sizes: list[int]) -> None:
    events: list[Event] = [started()]
    for size in sizes:
        events.append(steps(sum(sizes[: len(events) - 1]), size))
    view = view_of(events)
    once = view_of([started(), steps(0, sum(sizes))])
    assert facts(view)["series"] == facts(once)["series"]


@given(st.integers(0, 60), st.lists(st.integers(0, 80), max_size=6), st.integers(0, 30))
def test_how_events_are_fed_makes_no_difference(cut: int, ends: list[int], hole: int) -> None:
    events = [*list(life())[:cut], *life(start=20), steps(100 + hole, 3), steps(103 + hole, 1)]
    slices = [0, *sorted(ends), len(events)]
    at_once = RunView()
    for start, end in pairwise(slices):
        at_once.feed(*events[start:end])
    one_by_one = view_of(events)
    for name in ("loss", "accuracy", "lr", "grad_norm", "throughput"):
        assert getattr(at_once, name).tobytes() == getattr(one_by_one, name).tobytes(), name
    assert at_once.images_per_second == one_by_one.images_per_second
    assert at_once.cuts == one_by_one.cuts
    assert [line.text for line in at_once.log] == [line.text for line in one_by_one.log]


def test_a_resume_forgets_what_is_taken_again() -> None:
    view = view_of(life(stop=75))
    view.feed(started(60))
    assert view.step == 60
    assert [mark.step for mark in view.marks] == [23, 60]
    assert [event.step for event in view.evaluations] == [20, 40, 60]
    assert view.state == "running"
    assert view.cuts == 1


def test_an_evaluation_done_again_stands_once() -> None:
    view = view_of([started(), steps(0, 20), evaluated("val", 20, 1), started(20), evaluated("val", 20, 1)])
    assert len(view.evaluations) == 1


def test_a_hole_in_the_journal_is_no_number() -> None:
    view = view_of([started(), steps(0, 3), steps(5, 2)])
    assert view.step == 7
    assert [math.isnan(value) for value in view.loss] == [False] * 3 + [True] * 2 + [False] * 2


def test_the_length_follows_edits_undone_and_done_again() -> None:
    def applied(id_: str, action: object) -> protocol.Applied:
        return protocol.Applied(id=id_, step=4, action=action)

    view = view_of([started(), applied("a", SetEpochs(8))])
    assert view.total_steps == 160
    view.feed(applied("b", Undo()))
    assert view.total_steps == 100
    view.feed(applied("c", Redo()))
    assert view.total_steps == 160
    view.feed(applied("d", Redo()))
    assert view.total_steps == 160


@pytest.mark.parametrize("told_first", [True, False])
def test_what_was_asked_is_pending_until_the_journal_tells(told_first: bool) -> None:
    command = Command("c9", 1.0, Thaw(("stage4",)))
    answer = protocol.Applied(id="c9", step=3, action=command.action)
    view = view_of([started()])
    if told_first:
        view.told(command)
        assert list(view.pending) == ["c9"]
        view.feed(answer)
    else:
        view.feed(answer)
        view.told(command)
    assert not view.pending


def test_controls_are_done_when_their_effect_is_journalled() -> None:
    view = view_of([started()])
    view.told(Command("p", 1.0, Pause()))
    view.told(Command("e", 1.0, Evaluate("val")))
    view.feed(protocol.Paused(step=3))
    assert list(view.pending) == ["e"]
    view.feed(evaluated("val", 3, 1))
    assert not view.pending
    assert view.state == "paused"


def test_states_from_start_to_end() -> None:
    view = RunView()
    assert view.state == "starting"
    view.feed(protocol.Progress(message="importing torch"))
    assert (view.state, view.progress_message) == ("starting", "importing torch")
    view.feed(started())
    assert (view.state, view.progress_message) == ("running", "")
    view.feed(protocol.Paused(step=0))
    assert view.state == "paused"
    view.feed(protocol.Continued(step=0))
    assert view.state == "running"
    view.worker_lost()
    assert view.state == "crashed"
    view.feed(started())
    view.feed(protocol.Failed(message="out of memory", hint="halve the batch"))
    assert (view.state, view.failed.message) == ("failed", "out of memory")
    view.worker_lost()
    assert view.state == "failed"
    view.feed(protocol.Progress(message="importing torch"))
    assert view.state == "starting"


def test_the_log_is_bounded_and_speaks_plainly() -> None:
    view = view_of(life())
    texts = [line.text for line in view.log]
    assert "step 23: thaw stage4.* → 70.2 K of 352.0 K trainable" in texts
    assert "step 60: lr 0.0003 (scheduled) → 70.2 K of 352.0 K trainable" in texts
    assert any(text.startswith("epoch 1/5 · loss 0.5000 · accuracy 80.0 %") for text in texts)
    for number in range(3000):
        view.feed(protocol.Notice(message=f"notice {number}"))
    assert len(view.log) == 2000
    assert view.log[-1].text == "notice 2999"
    assert view.log_count == len(texts) + 3000
