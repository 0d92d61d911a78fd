from collections.abc import Callable

import pytest

from workbench.actions import Freeze, Pause, SetRate, Stop, Thaw, Undo
from workbench.core.control import Control
from workbench.errors import BadInput
from workbench.plan import only
from workbench.protocol import Applied, Event
from workbench.run import RunFolder
from workbench.settings import Settings

STAGE_OF = {"conv1.weight": "stem", "layer1.0.weight": "layer1", "fc.weight": "head"}
START = Settings(only(["head"]), lr=0.1, weight_decay=0.0, clip_grad_norm=1.0, batchnorm="frozen", epochs=3)


def applied(identity: str, step: int, action: object) -> Applied:
    return Applied(id=identity, step=step, action=action)  # type: ignore[arg-type]


def control(run: RunFolder, earlier: list[Event] = [], **options: object) -> Control:  # noqa: B006
    return Control(run, START, STAGE_OF, options.pop("schedule", {}), earlier, **options)  # type: ignore[arg-type]


def test_commands_are_given_once_and_controls_of_an_earlier_life_never_again(
    make_run: Callable[..., RunFolder],
) -> None:
    run = make_run()
    pause, thaw = run.tell(Pause()), run.tell(Thaw(("layer1",)))
    assert list(control(run).asked()) == [pause, thaw]
    again = control(run, [applied(pause.id, 2, pause.action)])
    assert list(again.asked()) == [thaw]
    assert list(again.asked()) == []


def test_edits_of_an_earlier_life_are_in_force_or_planned_again(make_run: Callable[..., RunFolder]) -> None:
    earlier = [applied("a", 2, Thaw(("layer1",))), applied("b", 5, SetRate(0.5)), applied("c", 5, Stop())]
    resumed = control(make_run(), earlier)
    resumed.catch_up(4)
    assert resumed.settings.plan.trainable({"layer1.0.weight": "layer1"})
    assert resumed.settings.lr == 0.1
    assert [planned.action for planned in resumed.planned(5)] == [SetRate(0.5)]


def test_a_half_repeated_step_keeps_the_order_of_its_edits(make_run: Callable[..., RunFolder]) -> None:
    first = [applied("a", 5, Thaw(("layer1",))), applied("b", 5, Freeze(("layer1",)))]
    resumed = control(make_run(), [*first, first[0]])
    assert [planned.id for planned in resumed.planned(5)] == ["a", "b"]


def test_a_replay_also_stops_where_the_other_run_was_stopped(make_run: Callable[..., RunFolder]) -> None:
    replay = control(make_run(), replayed=[applied("a", 3, Undo()), applied("s", 7, Stop())])
    assert [planned.action for planned in replay.planned(7)] == [Stop()]


def test_scheduled_edits_come_before_repeated_ones(make_run: Callable[..., RunFolder]) -> None:
    both = control(make_run(), [applied("a", 4, SetRate(0.5))], schedule={4: (Thaw(("layer1",)),)})
    assert [planned.id for planned in both.planned(4)] == ["schedule:4.0", "a"]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (Thaw(("layer9",)), "matches no module"),
        (Freeze(("*",)), "nothing trainable"),
        (Undo(), "nothing to undo"),
    ],
)
def test_edits_that_can_not_be_are_refused(
    make_run: Callable[..., RunFolder], edit: object, message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        control(make_run()).checked(edit)  # type: ignore[arg-type]
