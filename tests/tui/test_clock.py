"""A clock that jumps, in the journal or under the workbench: no time span is negative or absurd, and nothing stops."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tests.tui.made_runs import app_without_engine, life, made_run
from tests.tui.waiting import until
from tui.app import ThawApp
from tui.widgets.run_log import RunLog
from workbench import plain
from workbench.protocol import Event, Steps
from workbench.run import Lease

HOUR, DAY = 3600.0, 86400.0
JUMPS: dict[str, Callable[[float], float]] = {
    "an hour back": lambda moment: moment - HOUR * (moment > 1.7e9 + 30),
    "a day on": lambda moment: moment + DAY * (moment > 1.7e9 + 30),
    "to and fro": lambda moment: moment + DAY * (int(moment) % 2) - HOUR * (int(moment) % 3),
    "before 1970": lambda moment: moment - 2.0e9,
    "beyond every calendar": lambda moment: moment * 1e9,
}
NEGATIVE_SPAN = re.compile(r"-\d[\d.]* (s|m|h|min|d)\b|-\d[\d.]* images/s")


def jumping(events: Iterator[Event], jump: Callable[[float], float]) -> Iterator[Event]:
    for event in events:
        yield msgspec.structs.replace(event, time=jump(event.time))


def text_of(app: ThawApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THAW_RUNS", raising=False)


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("stop", [70, None])
async def test_the_screens_tell_the_same_of_the_run(jump: str, stop: int | None, tmp_path: Path) -> None:
    run = made_run(tmp_path / "runs", jumping(life(stop=stop), JUMPS[jump]))
    with Lease(run):
        async with app_without_engine().run_test(size=(120, 40)) as pilot:
            app = pilot.app
            await pilot.press("4")
            await app.attach(run)
            await until(pilot, lambda: app.attached.caught_up)
            shown = ""
            for key in ("4", "v", "escape", "5", "6", "1"):
                await pilot.press(key)
                shown += text_of(app)
            assert not NEGATIVE_SPAN.search(shown)
            assert ("0.6 s left" if stop else "after 1 m 01 s") in shown
            assert len(app.attached.view.loss) == (70 if stop else 100)
            await pilot.press("4")
            assert app.screen.query_one(RunLog).copied().count("epoch") >= 3


async def test_a_clock_set_back_while_the_workbench_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = made_run(tmp_path / "runs", life(stop=70))
    real = time.time
    with Lease(run):
        async with app_without_engine().run_test(size=(120, 40)) as pilot:
            app = pilot.app
            await app.attach(run)
            await until(pilot, lambda: app.attached.caught_up)
            for shift in (-DAY, DAY, -HOUR):
                monkeypatch.setattr(time, "time", lambda shift=shift: real() + shift)
                for key in ("4", "6", "1"):
                    await pilot.press(key)
                    assert not NEGATIVE_SPAN.search(text_of(app))
            await pilot.press("4", "p")
            assert b"pause" in run.commands.read_bytes()


@pytest.mark.parametrize("jump", JUMPS)
def test_plain_lines_do_not_fall_silent(jump: str, tmp_path: Path) -> None:
    run = made_run(tmp_path, jumping(life(), JUMPS[jump]))
    said: list[str] = []
    plain.follow(run, said.append, lambda: False)
    assert not NEGATIVE_SPAN.search("\n".join(said))
    assert sum(line.startswith("epoch") for line in said) >= 5


def test_steps_after_a_clock_was_set_back_are_told(tmp_path: Path) -> None:
    early = Steps(
        time=1.7e9 - DAY,
        step=70,
        loss=(1.0,),
        accuracy=(1.0,),
        lr=(1.0,),
        grad_norm=(1.0,),
        images_per_second=-4.0,
    )
    run = made_run(tmp_path, [*life(stop=70), early])
    said: list[str] = []
    plain.follow(run, said.append, lambda: False)
    assert said[-1].startswith("epoch 4/5  step 11/20")
    assert "left" not in said[-1]
