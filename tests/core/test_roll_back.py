"""Going back to the best epoch: which weights, what else follows, and that a replay and a resume do the same."""

import shutil
from collections.abc import Callable

import pytest

from tests.core.conftest import TINY, events_of, stopping_at
from workbench import replay
from workbench.actions import Redo, RollBack, SetRate, Undo, Verify
from workbench.core.checkpoint import load_model
from workbench.core.worker import work
from workbench.protocol import Applied, Contradicted, Evaluated, Finished, Notice, Rejected, Steps, Verified
from workbench.run import RunFolder

Train = Callable[..., RunFolder]

PLAIN = TINY.replace("epochs = 2", 'epochs = 3\nprecision = "fp32"')
WORSE_THEN_BACK = """
[[schedule]]
epoch = 2
lr = 3.0
[[schedule]]
epoch = 3
roll_back = true
freeze = ["conv5"]
lr = 0.0
"""
"""The second epoch spoils what the first one learned; the third goes back and leaves it as it is."""
WORSE = WORSE_THEN_BACK.partition("[[schedule]]\nepoch = 3")[0]


def validations(run: RunFolder) -> list[float]:
    return [event.loss for event in events_of(run, Evaluated) if event.epoch_end]  # type: ignore[attr-defined]


def losses(run: RunFolder) -> list[float]:
    return [loss for event in events_of(run, Steps) for loss in event.loss]  # type: ignore[attr-defined]


def same(one: RunFolder, other: RunFolder, kind: str = "last") -> bool:
    first, second = load_model(one, "last")[0], load_model(other, kind)[0]
    return all(first[name].equal(second[name]) for name in first)


@pytest.mark.parametrize("ema", ["", "ema = 0.5\n"])
@pytest.mark.parametrize("batchnorm", ["frozen", "follow"])
def test_the_weights_of_the_best_epoch_are_back(train: Train, ema: str, batchnorm: str) -> None:
    text = PLAIN.replace("[train]\n", f"[train]\n{ema}").replace('"frozen"', f'"{batchnorm}"')
    run = train(text + WORSE_THEN_BACK)
    first, second, third = validations(run)
    assert second > first
    if batchnorm == "frozen" or not ema:
        assert third == pytest.approx(first, rel=0 if batchnorm == "frozen" else 0.5)
    assert load_model(run, "best")[1].step == 3
    if batchnorm == "frozen":
        assert same(run, run, "best")
    told = [event.message for event in events_of(run, Notice)]  # type: ignore[attr-defined]
    assert any(
        message.startswith("rolled back to the weights of epoch 1 (validation loss") for message in told
    )
    assert not events_of(run, Contradicted)


def test_what_is_frozen_in_front_is_computed_anew_and_still_proved(train: Train, make_run: Train) -> None:
    text = PLAIN.replace('source = "digits"', 'source = "digits"\naugment = "none"') + WORSE_THEN_BACK
    run = make_run(text.replace("lr = 0.0", "lr = 1e-3").replace("roll_back = true\n", ""), "kept")
    with stopping_at(run, 6):
        assert work(run) == 0
    run.tell(RollBack())
    run.tell(Verify())
    assert work(run) == 0
    whole = train(
        text.replace("lr = 0.0", "lr = 1e-3").replace("[train]", "[train]\nreuse_prefix = false"), "w"
    )
    assert [proof.broken for proof in events_of(run, Verified)] == [()]  # type: ignore[attr-defined]
    assert losses(run)[-3:] == losses(whole)[-3:]
    assert same(run, whole)


def test_a_run_killed_before_it_finds_the_same_weights_again(train: Train, make_run: Train) -> None:
    """The last checkpoint lies before the roll-back, the best one is of an epoch after it."""
    text = PLAIN + WORSE_THEN_BACK.replace("lr = 0.0", "lr = 3e-3").replace('freeze = ["conv5"]\n', "")
    whole, run = train(text, "whole"), make_run(text, "killed")
    with stopping_at(run, 5):
        assert work(run) == 0
    last = run.checkpoint("last")
    shutil.copytree(last, run.path / "before")
    assert work(run) == 0
    assert load_model(run, "best")[1].step == 9
    shutil.rmtree(last)
    (run.path / "before").rename(last)
    assert work(run) == 0
    assert same(run, whole)
    assert losses(run)[-4:] == losses(whole)[-4:]


def test_a_live_roll_back_is_repeated_by_a_replay_and_no_setting_for_undo(make_run: Train) -> None:
    run = make_run(PLAIN + WORSE)
    with stopping_at(run, 7):
        assert work(run) == 0
    asked = [SetRate(1e-3), RollBack(), Undo(), Redo()]
    for action in asked:
        run.tell(action)
    assert work(run) == 0
    assert [event.action for event in events_of(run, Applied) if event.step == 7][-4:] == asked  # type: ignore[attr-defined]
    assert not events_of(run, Rejected)
    again = make_run(PLAIN + WORSE, "again")
    replay.prepare(again, run)
    assert work(again) == 0
    assert same(run, again)


@pytest.mark.parametrize("resumed", [False, True])
def test_early_stopping_counts_from_the_roll_back(make_run: Train, resumed: bool) -> None:
    text = PLAIN.replace("epochs = 3", "epochs = 6\nearly_stopping = 2") + WORSE_THEN_BACK
    run = make_run(text)
    if resumed:
        with stopping_at(run, 8):
            assert work(run) == 0
    assert work(run) == 0
    finished = events_of(run, Finished)[-1]
    assert (finished.reason, finished.step) == ("early-stopping", 4 * 3)  # type: ignore[attr-defined]


def test_without_a_best_epoch_it_is_refused(make_run: Train) -> None:
    run = make_run(TINY.replace("epochs = 2", "epochs = 1"))
    run.tell(RollBack())
    assert work(run) == 0
    rejected = events_of(run, Rejected)[0]
    assert rejected.message == (  # type: ignore[attr-defined]
        "roll-back: no epoch is the best one yet; wait for the first validation, at the end of an epoch"
    )
    assert not events_of(run, Applied)
