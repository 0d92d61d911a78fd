"""The rule by which a run counts as not getting better, and that it is said once."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from tests.tui.made_models import engine
from tests.tui.made_runs import STEPS_PER_EPOCH, evaluated, made_run, started, steps, write
from tui.app import ThawApp
from tui.plateau import plateau
from tui.signs import News
from tui.state import RunView
from workbench import protocol
from workbench.actions import Thaw
from workbench.protocol import Event
from workbench.run import Lease


def epochs(losses: Sequence[float], first: int = 1) -> list[Event]:
    found: list[Event] = []
    for epoch, loss in enumerate(losses, start=first):
        end = epoch * STEPS_PER_EPOCH
        one = evaluated("val", end, epoch, epoch_end=True)
        found += [steps(end - STEPS_PER_EPOCH, STEPS_PER_EPOCH), msgspec.structs.replace(one, loss=loss)]
    return found


def view_after(losses: Sequence[float], *, of: int = 40) -> RunView:
    view = RunView()
    for event in [started(epochs=of), *epochs(losses)]:
        view.feed(event)
    return view


@pytest.mark.parametrize(
    ("losses", "of", "reached"),
    [
        ([1.0, 0.5, 0.6, 0.6, 0.6, 0.6], 40, False),
        ([1.0, 0.5, 0.6, 0.5, 0.6, 0.6, 0.6], 40, True),
        ([1.0, 0.5, 0.6, 0.6, 0.6, 0.6, 0.4], 40, False),
        ([1.0, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6], 100, False),
        ([1.0, 0.5, *[float("nan")] * 5], 40, True),
        ([float("nan")] * 9, 40, False),
    ],
)
def test_epochs_since_the_best_make_a_plateau(losses: list[float], of: int, reached: bool) -> None:
    assert (plateau(view_after(losses, of=of)) is not None) is reached


def test_it_says_its_figures() -> None:
    found = plateau(view_after([1.0, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6]))
    assert found is not None
    assert found.words() == "plateau: validation loss has not gone below 0.5000 after epoch 2 for 5 epochs"


def test_an_edit_starts_the_count_anew() -> None:
    view = view_after([1.0, 0.5, 0.6, 0.6, 0.6, 0.6])
    view.feed(protocol.Applied(id="a", step=120, action=Thaw(("x",)), trainable_parameters=1))
    for event in epochs([0.6] * 4, first=7):
        view.feed(event)
    assert plateau(view) is None
    view.feed(epochs([0.6], first=11)[1])
    assert plateau(view) is not None


def test_without_validation_the_training_loss_counts() -> None:
    view = RunView()
    view.feed(started(epochs=40))
    for epoch in range(1, 8):
        end = epoch * STEPS_PER_EPOCH
        view.feed(steps(end - STEPS_PER_EPOCH, STEPS_PER_EPOCH))
        view.feed(protocol.EpochEnded(time=1.0, epoch=epoch, step=end, loss=0.5, accuracy=0.5, seconds=1.0))
    found = plateau(view)
    assert found is not None
    assert found.figure == "training"


def test_news_are_told_once_and_history_is_none() -> None:
    news, view = News(), view_after([1.0, 0.5, 0.6, 0.6, 0.6, 0.6])
    assert news.since("bees", view, caught_up=False) == ""
    assert news.since("bees", view, caught_up=True) == ""
    for event in epochs([0.6], first=7):
        view.feed(event)
    assert news.since("bees", view, caught_up=True).startswith("bees: plateau: validation loss")
    for event in epochs([0.6], first=8):
        view.feed(event)
    assert news.since("bees", view, caught_up=True) == ""
    view.feed(protocol.Finished(time=1.0, step=160, reason="completed", seconds=3.0))
    assert news.since("bees", view, caught_up=True) == "bees: finished"
    assert News().since("bees", view, caught_up=True) == ""


async def test_news_are_said_on_another_screen(tmp_path: Path) -> None:
    run = made_run(tmp_path, [started(epochs=40), *epochs([1.0, 0.5, 0.6, 0.6, 0.6, 0.6])])
    app = ThawApp(engine=engine())
    with Lease(run):
        async with app.run_test(size=(80, 24)) as pilot:
            await app.attach(run)
            await pilot.press("6")
            await pilot.pause(0.6)
            assert not app._notifications
            write(run, epochs([0.6], first=7))
            await pilot.pause(0.8)
            assert any("plateau" in str(note.message) for note in app._notifications)
