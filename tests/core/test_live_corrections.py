"""Images dropped and relabelled while it trains: in force at the next epoch, repeated, undone, and kept."""

from collections.abc import Callable

import pytest
import torch

from tests.core.conftest import TINY, events_of, stopping_at
from tests.core.test_roll_back import losses, same
from workbench import keep, replay
from workbench.actions import Action, Drop, Relabel, Restore, SetEpochs, Undo
from workbench.core.corrections import images_of
from workbench.core.evaluate_run import evaluate_run
from workbench.core.sampling import batches_of
from workbench.core.worker import work
from workbench.protocol import Applied, EpochEnded, Evaluated, Finished, Notice, Rejected, Started
from workbench.run import RunFolder
from workbench.session_file import parse

Train = Callable[..., RunFolder]

PLAIN = TINY.replace("epochs = 2", 'epochs = 3\nprecision = "fp32"').replace(
    'source = "digits"', 'source = "digits"\naugment = "none"'
)
SOURCE, PARTITION = images_of(parse(PLAIN))
TRAINED = [SOURCE.items[index] for index in PARTITION.train]
HELD_BACK = SOURCE.items[PARTITION.val[0]]
OTHER = next(label for label in SOURCE.classes if label != TRAINED[1].label)
ASKED: list[Action] = [Drop(TRAINED[0].name), Drop(HELD_BACK.name), Relabel(TRAINED[1].name, OTHER)]


def corrected(run: RunFolder, asked: list[Action], *stops: int) -> RunFolder:
    """The run trained to its end, told so at step 1, and stopped and taken up again at these steps."""
    for step in (1, *stops):
        with stopping_at(run, step):
            assert work(run) == 0
        for action in asked if step == 1 else ():
            run.tell(action)
    assert work(run) == 0
    return run


def test_they_hold_from_the_next_epoch_on(train: Train, make_run: Train) -> None:
    run, undisturbed = corrected(make_run(PLAIN), ASKED), train(PLAIN, "undisturbed")
    assert {event.step for event in events_of(run, Applied)} >= {1}  # type: ignore[attr-defined]
    assert [event.images for event in events_of(run, Evaluated) if event.epoch_end] == [269, 268, 268]  # type: ignore[attr-defined]
    told = [event for event in events_of(run, Notice) if "dropped" in event.message]  # type: ignore[attr-defined]
    assert [(event.step, event.message) for event in told] == [  # type: ignore[attr-defined]
        (3, "from here on: 2 images dropped, 1 relabelled: 39 train, 268 val, 269 test")
    ]
    assert losses(run)[:3] == losses(undisturbed)[:3]
    assert losses(run)[3:] != losses(undisturbed)[3:]
    assert len(losses(run)) == len(losses(undisturbed)) == 9
    labels = {each.file: each.label for each in run.predictions("val")}
    assert HELD_BACK.name not in labels
    assert evaluate_run(run, "val", "last").images == 268


@pytest.mark.parametrize("stops", [(2,), (3,), (4,), (5, 6)])
def test_a_resume_goes_on_with_the_images_of_its_epoch(make_run: Train, stops: tuple[int, ...]) -> None:
    once, often = (
        corrected(make_run(PLAIN, "once"), ASKED),
        corrected(make_run(PLAIN, "often"), ASKED, *stops),
    )
    assert same(once, often)
    assert losses(once) == losses(often)


def test_a_replay_and_a_run_without_a_kept_prefix_give_the_same(make_run: Train) -> None:
    run, again = corrected(make_run(PLAIN), ASKED), make_run(PLAIN, "again")
    replay.prepare(again, run)
    assert work(again) == 0
    whole = corrected(make_run(PLAIN.replace("[train]", "[train]\nreuse_prefix = false"), "whole"), ASKED)
    assert losses(run) == losses(again) == losses(whole)
    assert same(run, again)
    assert same(run, whole)


def test_the_kept_session_has_them_from_the_start(train: Train, make_run: Train) -> None:
    text = keep.kept(corrected(make_run(PLAIN), [*ASKED, Drop(TRAINED[2].name), Undo(), SetEpochs(1)]))
    session = parse(text)
    assert session.data.drop == (TRAINED[0].name, HELD_BACK.name)
    assert session.data.relabel == {TRAINED[1].name: OTHER}
    assert [entry.epochs for entry in session.schedule] == [1]
    started = events_of(train(text, "kept"), Started)[0]
    assert started.images == {"train": 39, "val": 268, "test": 269}  # type: ignore[attr-defined]


def test_what_is_taken_back_in_time_leaves_no_trace(train: Train, make_run: Train) -> None:
    name = TRAINED[0].name
    asked = [Drop(name), Restore(name), Relabel(name, OTHER), Relabel(name), Drop(name), Undo()]
    run, undisturbed = corrected(make_run(PLAIN), asked), train(PLAIN, "undisturbed")
    assert same(run, undisturbed)
    assert parse(keep.kept(run)) == parse(PLAIN)


def test_what_can_not_be_is_refused(make_run: Train) -> None:
    ones = [Drop(item.name) for item in TRAINED if item.label == TRAINED[0].label]
    run = corrected(make_run(PLAIN), [Drop("nowhere.png"), Relabel(TRAINED[0].name, "eleven"), *ones])
    messages = [event.message for event in events_of(run, Rejected)]  # type: ignore[attr-defined]
    assert len(messages) == 3
    for part, message in zip(
        ("has no image", "is no class of", "leaves no training image"), messages, strict=True
    ):
        assert part in message


def test_an_epoch_keeps_its_steps_however_many_images_are_left(make_run: Train) -> None:
    left, dropped = set[str](), list[Action]()
    for item in TRAINED:
        if item.label in left:
            dropped.append(Drop(item.name))
        left.add(item.label)
    run = corrected(make_run(PLAIN), dropped)
    assert events_of(run, Finished)[-1].step == 9  # type: ignore[attr-defined]
    assert [event.step for event in events_of(run, EpochEnded)] == [3, 6, 9]  # type: ignore[attr-defined]


@pytest.mark.parametrize("sampling", ["natural", "balanced"])
@pytest.mark.parametrize(
    ("images", "batch_size", "steps", "sizes"),
    [(39, 16, 3, {16, 7}), (30, 16, 3, {10}), (41, 16, 2, {20, 21}), (5, 2, 4, {2}), (3, 1, 4, {0, 1})],
)
def test_other_numbers_of_images_fill_the_same_steps(
    sampling: str, images: int, batch_size: int, steps: int, sizes: set[int]
) -> None:
    labels = torch.arange(100) % 3
    found = batches_of(range(images), labels, sampling, batch_size, 1, 1, steps)
    assert len(found) == steps
    assert {len(batch) for batch in found} <= sizes | {max(sizes)}
    if sampling == "natural":
        assert {index for batch in found for index in batch} == set(range(images))
