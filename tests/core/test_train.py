"""Whole runs in this process: what they journal, what they repeat, what they leave on disk."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.core.conftest import TINY, events_of, picture, stopping_at
from workbench.actions import Evaluate, SetEpochs, Thaw
from workbench.core.evaluate_run import evaluate_run
from workbench.core.predict import predict
from workbench.core.sampling import steps_per_epoch
from workbench.core.worker import work
from workbench.protocol import (
    Applied,
    EpochEnded,
    Evaluated,
    Failed,
    Finished,
    Frozenness,
    Notice,
    Rejected,
    Started,
    Steps,
)
from workbench.run import RunFolder, read_events

Train = Callable[..., RunFolder]


def weights(run: RunFolder) -> dict[str, torch.Tensor]:
    return load_file(run.checkpoint("last") / "model.safetensors")


def losses(run: RunFolder) -> list[float]:
    return [loss for event in events_of(run, Steps) for loss in event.loss]


def same(one: RunFolder, other: RunFolder) -> bool:
    return all(torch.equal(value, weights(other)[name]) for name, value in weights(one).items())


def test_a_run_says_what_it_did_and_leaves_everything_on_disk(train: Train) -> None:
    run = train()
    started = events_of(run, Started)[0]
    assert started.images == {"train": 40, "val": 269, "test": 269}
    assert started.steps_per_epoch == 3
    assert [event.epoch for event in events_of(run, EpochEnded)] == [1, 2]
    assert len(losses(run)) == 6
    assert [event.split for event in events_of(run, Evaluated)][:2] == ["val", "val"]
    assert events_of(run, Evaluated)[-1].split == "test"
    assert isinstance(list(read_events(run.events))[-1], Finished)
    for name in (
        "session.toml",
        "environment.json",
        "model.json",
        "worker.json",
        "checkpoints/best/model.safetensors",
    ):
        assert (run.path / name).is_file(), name
    metrics = run.metrics("test")
    assert metrics is not None
    assert metrics.images == 269 == sum(map(sum, metrics.confusion)) == len(run.predictions("test"))
    assert (
        abs(metrics.accuracy - sum(each.label == each.predicted for each in run.predictions("test")) / 269)
        < 1e-6
    )


def test_the_same_session_gives_the_same_weights_and_another_seed_others(train: Train) -> None:
    first, second = train(name="a"), train(name="b")
    assert same(first, second)
    assert losses(first) == losses(second)
    assert not same(first, train(TINY.replace("seed = 3", "seed = 4"), "c"))


def test_only_what_is_thawed_changes(train: Train) -> None:
    run = train()
    from workbench.core.models import build
    from workbench.session_file import load

    start = build(load(run.session), 10).module.state_dict()
    changed = {name for name, value in weights(run).items() if not torch.equal(value, start[name])}
    trainable = set(events_of(run, Frozenness)[-1].trainable)
    assert changed == trainable
    assert all(name.startswith(("conv5.", "fc.")) for name in changed)


def test_a_stopped_run_that_is_resumed_ends_like_an_undisturbed_one(train: Train, make_run: Train) -> None:
    whole = train(name="whole")
    run = make_run(TINY, "stopped")
    with stopping_at(run, 4):
        assert work(run) == 0
    assert events_of(run, Finished)[-1].reason == "stopped"
    assert work(run) == 0
    assert events_of(run, Started)[-1].step == events_of(run, Finished)[0].step == 4
    assert same(whole, run)


def test_commands_are_in_force_at_the_step_that_the_journal_names(make_run: Train) -> None:
    run = make_run()
    run.tell(Thaw(("stage4.3",)))
    run.tell(Evaluate("train"))
    run.tell(Thaw(("layer9",)))
    run.tell(SetEpochs(1))
    assert work(run) == 0
    first = events_of(run, Applied)[0]
    assert first.step == 0
    assert first.changed == sum(
        name.startswith("stage4.3.") for name in events_of(run, Frozenness)[1].trainable
    )
    assert "matches no module" in events_of(run, Rejected)[0].message
    assert events_of(run, Evaluated)[0].split == "train"
    assert events_of(run, Finished)[0].step == 3


def test_a_complete_run_goes_on_when_told_to_train_for_more_epochs(train: Train) -> None:
    run = train()
    run.tell(SetEpochs(3))
    assert work(run) == 0
    assert events_of(run, Finished)[-1].step == 9
    assert len(events_of(run, EpochEnded)) == 3


def test_a_schedule_comes_into_force_at_its_epoch(train: Train) -> None:
    run = train(TINY + '[[schedule]]\nepoch = 2\nfreeze = ["conv5"]\nlr = 1e-4\n')
    assert [(event.step, event.id) for event in events_of(run, Applied)] == [
        (3, "schedule:3.0"),
        (3, "schedule:3.1"),
    ]
    assert all(name.startswith("fc.") for name in events_of(run, Frozenness)[-1].trainable)


def test_early_stopping_ends_a_run_that_no_longer_improves(train: Train) -> None:
    run = train(
        TINY.replace("epochs = 2", "epochs = 9\nearly_stopping = 1").replace("lr = 3e-3", "lr = 1e-12")
    )
    assert events_of(run, Finished)[0].reason in ("early-stopping", "completed")
    assert events_of(run, Finished)[0].step < 27


@pytest.mark.parametrize(
    "options",
    ['name = "sgd"\nschedule = "one-cycle"', 'name = "rmsprop"\nwarmup_steps = 2\nclip_grad_norm = 0'],
)
def test_other_optimizers_and_schedules_train(train: Train, options: str) -> None:
    run = train(TINY.replace("[optimizer]", f"[optimizer]\n{options}").replace("epochs = 2", "epochs = 1"))
    assert events_of(run, Finished)


def test_unreadable_pictures_are_skipped_and_told(train: Train, photos: Path) -> None:
    (photos / "red" / "zero.png").touch()
    (photos / "blue" / "torn.png").write_bytes(picture(photos.parent / "x.png").read_bytes()[:90])
    text = TINY.replace('"digits"\ntrain_per_class = 4', f'"{photos}"').replace(
        "batch_size = 16", "batch_size = 4"
    )
    run = train(text + '[loss]\nclass_weights = "balanced"\nlabel_smoothing = 0.1\n')
    told = [event.message for event in events_of(run, Notice)]
    assert sum("zero.png" in message for message in told) == 1
    assert sum("torn.png" in message for message in told) == 1
    results = predict(
        run, [photos / "red" / "1.png", photos / "red" / "zero.png", photos / "gone.png"], "best"
    )
    assert results[0].label in ("red", "blue")
    assert abs(sum((results[0].probabilities or {}).values()) - 1) < 1e-5
    assert "can't be read" in results[1].error
    assert results[2].error == "no such file"


def test_evaluating_from_outside_gives_the_runs_own_figures(train: Train) -> None:
    run = train()
    inside = events_of(run, Evaluated)[-1]
    outside = evaluate_run(run, "test", "best")
    assert outside.accuracy == pytest.approx(inside.accuracy)
    assert outside.loss == pytest.approx(inside.loss, rel=1e-6)


def test_classes_that_changed_since_the_checkpoint_are_refused(train: Train, photos: Path) -> None:
    text = TINY.replace('"digits"\ntrain_per_class = 4', f'"{photos}"').replace("epochs = 2", "epochs = 1")
    run = train(text)
    for number in range(4):
        picture(photos / "green" / f"{number}.png")
    assert work(run) == 2
    failed = events_of(run, Failed)[-1]
    assert "new green" in failed.message


def test_a_session_that_can_not_be_trained_fails_with_what_to_do(make_run: Train, tmp_path: Path) -> None:
    run = make_run(TINY.replace('"digits"', f'"{tmp_path / "nowhere"}"'))
    assert work(run) == 2
    failed = events_of(run, Failed)[0]
    assert "nowhere is no folder" in failed.message
    assert failed.hint


def test_a_last_batch_of_one_image_is_left_out() -> None:
    assert steps_per_epoch(33, 16) == 2
    assert steps_per_epoch(34, 16) == 3
    assert steps_per_epoch(1, 16) == 1
