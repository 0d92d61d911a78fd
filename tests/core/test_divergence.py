"""A run that diverges says so, ends, and can be taken up again from before."""

import math
import time
from collections.abc import Callable

import pytest
import torch
from torch import nn

from tests.core.conftest import TINY, events_of
from workbench.core import checkpoint
from workbench.core.divergence import Divergence
from workbench.core.journal import Journal
from workbench.core.worker import work
from workbench.errors import ThawError
from workbench.protocol import EpochEnded, Failed, Notice, Saved, Started, Steps
from workbench.run import RunFolder, read_events

DIVERGING = TINY.replace("[train]", "schedule = 'constant'\nname = 'sgd'\nwarmup_steps = 0\n[train]")
DIVERGING_LATER = DIVERGING.replace("[train]", "[[schedule]]\nepoch = 2\nlr = 1e30\n[train]")


def test_a_run_that_diverges_fails_and_saves_nothing_of_it(make_run: Callable[..., RunFolder]) -> None:
    run = make_run(DIVERGING.replace("lr = 3e-3", "lr = 1e30"))
    assert work(run) == 1
    failed = list(read_events(run.events))[-1]
    assert isinstance(failed, Failed)
    assert "training diverged" in failed.message
    assert "1.0e+30" in failed.message
    assert "optimizer.lr" in failed.hint
    assert events_of(run, Saved) == []
    assert len(events_of(run, EpochEnded)) <= 1
    losses = [loss for event in events_of(run, Steps) for loss in event.loss]
    assert math.isfinite(losses[0])
    assert math.isnan(losses[-1])


def test_it_goes_on_from_the_checkpoint_before(make_run: Callable[..., RunFolder]) -> None:
    run = make_run(DIVERGING_LATER)
    assert work(run) == 1
    assert "from step" in events_of(run, Failed)[-1].message
    assert [event.step for event in events_of(run, Saved) if event.kind == "last"] == [3]
    assert work(run) == 1
    assert [event.step for event in events_of(run, Started)] == [0, 3]


def test_a_checkpoint_that_is_being_written_when_it_fails_is_told(
    make_run: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    save: Callable[..., None] = checkpoint.save

    def save_slowly(*arguments: object) -> None:
        time.sleep(1.0)
        save(*arguments)

    monkeypatch.setattr(checkpoint, "save", save_slowly)
    run = make_run(DIVERGING_LATER)
    assert work(run) == 1
    assert [event.step for event in events_of(run, Saved) if event.kind == "last"] == [3]
    assert isinstance(list(read_events(run.events))[-1], Failed)


@pytest.fixture
def journal(tmp_path_factory: pytest.TempPathFactory) -> Journal:
    return Journal(tmp_path_factory.mktemp("journal") / "events.jsonl")


def take(journal: Journal, step: int, loss: float) -> None:
    figure = torch.tensor(loss)
    journal.step(step, figure, torch.tensor(1.0), figure, lr=0.1, images=2)


def test_the_first_step_without_a_number_is_named(journal: Journal) -> None:
    model = nn.Linear(2, 2)
    divergence = Divergence(model, journal)
    for step, loss in enumerate((0.5, 0.4, math.inf, math.nan)):
        take(journal, step, loss)
    journal.flush()
    nn.init.constant_(model.weight, math.nan)
    with pytest.raises(ThawError, match=r"from step 2 on \(learning rate 1.0e-01\)"):
        divergence.look(4)


def test_where_the_weights_are_numbers_still_training_goes_on(journal: Journal) -> None:
    divergence = Divergence(nn.Linear(2, 2), journal)
    take(journal, 0, math.nan)
    journal.flush()
    divergence.look(1)
    divergence.look(1)
    notices = [event for event in read_events(journal._path) if isinstance(event, Notice)]
    assert [notice.level for notice in notices] == ["warning"]
    assert "goes on" in notices[0].message


def test_statistics_of_a_norm_that_are_no_numbers_end_it_too(journal: Journal) -> None:
    model = nn.BatchNorm2d(2)
    assert model.running_var is not None
    model.running_var[1] = math.inf
    take(journal, 0, math.nan)
    journal.flush()
    with pytest.raises(ThawError, match="from step 0 on"):
        Divergence(model, journal).look(1)


def test_a_validation_without_a_number_counts(journal: Journal) -> None:
    model = nn.Linear(2, 2)
    nn.init.constant_(model.bias, math.inf)
    with pytest.raises(ThawError, match="at step 7 on the validation images"):
        Divergence(model, journal).look(7, math.nan)
