"""What a replay repeats of another run."""

from pathlib import Path

from tests.workbench.journals import applied, started, whole_run, write_run
from workbench import replay
from workbench.actions import Evaluate, Pause, SetRate, Stop, Thaw, Undo
from workbench.protocol import Applied, Compiled, Event, Finished, Started
from workbench.run import read_events


def replayed(folder: Path, events: list[Event]) -> list[Applied]:
    other = write_run(folder, events, name="other")
    run = write_run(folder, [], name="new")
    replay.prepare(run, other)
    first, *found = read_events(run.replay)
    assert first == next(event for event in events if isinstance(event, Started))
    assert all(isinstance(event, Applied) for event in found)
    return [event for event in found if isinstance(event, Applied)]


def test_live_edits_are_repeated_at_their_steps_and_scheduled_ones_are_not(tmp_path: Path) -> None:
    live = [applied(3, Thaw(("stem",))), applied(3, Undo()), applied(7, SetRate(0.1))]
    events = [started(), *live[:2], applied(5, Thaw(("layer1",)), "schedule:5.0"), live[2], *whole_run()[-1:]]
    assert replayed(tmp_path, events) == live


def test_an_edit_that_a_resume_applied_again_is_repeated_once(tmp_path: Path) -> None:
    first, second = applied(3, Thaw(("stem",)), "a"), applied(5, SetRate(0.1), "b")
    assert replayed(tmp_path, [started(), first, second, started(4), second]) == [first, second]


def test_what_changes_no_weight_is_not_repeated(tmp_path: Path) -> None:
    events = [started(), applied(3, Pause()), applied(4, Evaluate("val")), applied(8, Stop())]
    assert replayed(tmp_path, [*events, Finished(step=8, reason="stopped", seconds=1.0)]) == []


def test_a_replay_knows_from_where_on_steps_were_compiled(tmp_path: Path) -> None:
    switches = [Compiled(step=12, rows=32), Compiled(step=40, rows=0)]
    other = write_run(tmp_path, [started(), *switches], name="other")
    run = write_run(tmp_path, [], name="new")
    assert replay.prepare(run, other) == 0
    assert list(read_events(run.replay))[1:] == switches
