"""What ``thaw tell`` thaws and freezes while a run trains: just that starts and stops changing, bit for bit."""

import torch
from torch import nn

from tests.end_to_end.whole import DIGITS, Shell, events, losses, train_on, until, weights
from workbench.actions import Checkpoint, Continue, Pause, Stop
from workbench.core.models import build
from workbench.protocol import Applied, Finished, Frozenness, Paused, Saved
from workbench.run import RunFolder
from workbench.session_file import parse

State = dict[str, torch.Tensor]


def start_of(session: str) -> nn.Module:
    return build(parse(session), 10).module


def parameters(*modules: str) -> set[str]:
    """The names of the parameters of these modules."""
    names = [name for name, _ in start_of(DIGITS).named_parameters()]
    return {name for name in names if name.startswith(tuple(f"{module}." for module in modules))}


def checkpoint(run: RunFolder) -> tuple[State, int]:
    """The weights between two steps, and the step; the run pauses there."""
    pauses, saved = len(events(run, Paused)), len(events(run, Saved))
    run.tell(Pause())
    until(lambda: len(events(run, Paused)) > pauses, "the run pauses", run)
    run.tell(Checkpoint())
    until(lambda: len(events(run, Saved)) > saved, "the checkpoint is written", run)
    return weights(run), events(run, Saved)[-1].step


def go_on(run: RunFolder) -> None:
    run.tell(Continue())
    train_on(run, 5)


def changed(before: State, after: State) -> set[str]:
    return {name for name in before if not torch.equal(before[name], after[name])}


def trainable(run: RunFolder) -> set[str]:
    return set(events(run, Frozenness)[-1].trainable)


def test_only_what_is_thawed_changes_and_only_while_it_is(thaw: Shell) -> None:
    run = thaw.start(DIGITS.replace("checkpoint_seconds = 0.5", "checkpoint_seconds = 600"))
    start = start_of(DIGITS).state_dict()
    train_on(run, 5)
    head_only, first = checkpoint(run)
    assert changed(start, head_only) == parameters("fc")

    assert "stage4.3" in thaw.done("tell", run.path, "thaw stage4.3.*")
    assert events(run, Applied)[-1].step == first
    assert trainable(run) == parameters("fc", "stage4.3")
    go_on(run)
    thawed, _ = checkpoint(run)
    assert changed(head_only, thawed) == parameters("fc", "stage4.3")

    thaw.done("tell", run.path, "freeze stage4.3.*")
    go_on(run)
    frozen, _ = checkpoint(run)
    assert changed(thawed, frozen) == parameters("fc")
    assert changed(start, frozen) == parameters("fc", "stage4.3")

    thaw.done("tell", run.path, "only conv5")
    go_on(run)
    other, _ = checkpoint(run)
    assert changed(frozen, other) == trainable(run) == parameters("conv5")


def test_statistics_follow_only_where_thawed_and_wanted(thaw: Shell) -> None:
    run = thaw.start(DIGITS)
    start = start_of(DIGITS).state_dict()
    train_on(run, 3)
    thaw.done("tell", run.path, "batchnorm follow")
    thaw.done("tell", run.path, "thaw stage4.2 stage4.3")
    train_on(run, 5)
    after, _ = checkpoint(run)
    norms = events(run, Frozenness)[-1].training_norms
    statistics = {
        f"{path}.{name}" for path in norms for name in ("running_mean", "running_var", "num_batches_tracked")
    }
    assert all(path.startswith(("stage4.2.", "stage4.3.")) for path in norms)
    assert changed(start, after) == parameters("fc", "stage4.2", "stage4.3") | statistics


def test_an_edit_is_in_force_at_the_step_that_the_journal_names(thaw: Shell) -> None:
    run = thaw.start(DIGITS)
    train_on(run, 3)
    _what_is_refused_changes_nothing(thaw, run)
    thaw.done("tell", run.path, "thaw conv5")
    train_on(run, 3)
    run.tell(Stop())
    until(lambda: events(run, Finished), "the run ends", run)
    step = events(run, Applied)[0].step
    other = thaw.start(DIGITS + f'[[schedule]]\nstep = {step}\nthaw = ["conv5"]\n', "scheduled")
    until(lambda: len(losses(other)) > step + 3, "the scheduled edit is in force", other)
    compared = min(len(losses(run)), len(losses(other)))
    assert compared > step + 2
    assert losses(run)[:compared] == losses(other)[:compared]


def _what_is_refused_changes_nothing(thaw: Shell, run: RunFolder) -> None:
    before = trainable(run)
    for command, said in (
        ("thaw stage9", "did you mean 'stage"),
        ("freeze *", "nothing trainable"),
        ("undo", "nothing to undo"),
        ("lr fast", "expected: lr RATE"),
    ):
        assert thaw("tell", run.path, command) == 2
        assert said in thaw.err
    assert trainable(run) == before
    assert not events(run, Applied)
