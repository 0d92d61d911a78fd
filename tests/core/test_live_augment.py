"""Augmentation changed while it trains: in force at the next step, the same with and without what is kept."""

from collections.abc import Callable

from tests.core.conftest import TINY, events_of, stopping_at
from tests.core.test_roll_back import losses, same
from workbench import replay
from workbench.actions import SetAugment, SetFlip, Undo
from workbench.core.augment import Augmentation
from workbench.core.preprocess import Preprocessing
from workbench.core.worker import work
from workbench.protocol import Applied
from workbench.run import RunFolder
from workbench.session import Session

Train = Callable[..., RunFolder]

PLAIN = TINY.replace("epochs = 2", 'epochs = 3\nprecision = "fp32"').replace(
    'source = "digits"', 'source = "digits"\naugment_views = 2'
)
MOVES = """
[[schedule]]
step = 2
augment = "strong"
[[schedule]]
step = 4
augment = "none"
flip = "on"
[[schedule]]
step = 5
flip = "off"
[[schedule]]
step = 8
augment = "light"
"""


def test_every_strength_gives_the_same_with_and_without_a_kept_prefix(train: Train) -> None:
    kept, whole = (
        train(PLAIN + MOVES, "kept"),
        train((PLAIN + MOVES).replace("[train]", "[train]\nreuse_prefix = false"), "w"),
    )
    undisturbed = train(PLAIN, "undisturbed")
    assert losses(kept) == losses(whole)
    assert same(kept, whole)
    assert losses(kept)[:2] == losses(undisturbed)[:2]
    assert losses(kept)[2] != losses(undisturbed)[2]


def test_a_resume_and_a_replay_meet_the_same_pictures(train: Train, make_run: Train) -> None:
    run = make_run(PLAIN, "live")
    for step, actions in (
        (1, [SetAugment("none"), SetFlip("on")]),
        (4, [Undo()]),
        (7, [SetAugment("strong")]),
    ):
        with stopping_at(run, step):
            assert work(run) == 0
        for action in actions:
            run.tell(action)
    assert work(run) == 0
    steps = {event.step: event.action for event in events_of(run, Applied)}  # type: ignore[attr-defined]
    assert steps[4] == Undo()
    assert steps[7] == SetAugment("strong")
    again = make_run(PLAIN, "again")
    replay.prepare(again, run)
    assert work(again) == 0
    assert losses(again) == losses(run)
    assert same(again, run)


def test_photos_are_mirrored_unless_it_is_said_otherwise() -> None:
    settings = Session().settings(("head",))
    for photos in (True, False):
        made = Augmentation("light", photos, 1, Preprocessing(32, 32), photos=photos)
        assert made.under(settings) == made
        assert made.under(settings.after(SetFlip("on"))).flip
        assert not made.under(settings.after(SetFlip("off"))).flip
        assert made.under(settings.after(SetAugment("none"))).kind == "none"
