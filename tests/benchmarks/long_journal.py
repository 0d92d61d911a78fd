"""Opening the journal of a million steps: how long until all of it shows, and how long no key could be taken.

The whole app runs here without a terminal; a timer of its loop is due every millisecond and notes how late it is. What
it waits while other processes have the core counts too: on a busy machine the median of the gaps tells more.
"""

import asyncio
import os
import time
from pathlib import Path

from tests.benchmarks.places import SESSION, folder
from tests.benchmarks.tables import heading, line, milliseconds, percentile
from tui.app import ThawApp
from tui.client import Engine
from tui.widgets.chart import Chart
from workbench.protocol import Finished, Frozenness, Started, Steps, encode
from workbench.run import RunFolder, create

STEPS = 1_000_000
STEPS_A_LINE = 20
STEPS_PER_EPOCH = 1000


def table(repeats: int) -> None:
    """Print the time to open the journal and the longest stall of the event loop."""
    with folder() as place:
        run = long_run(place)
        megabytes = run.events.stat().st_size / 1e6
        heading(
            f"A journal of a million steps, {megabytes:.0f} MB",
            "all shown",
            "longest gap",
            "gap, p99",
            "gaps > 16 ms",
        )
        os.environ["THAW_RUNS"] = str(place / "runs")
        for number in range(1, repeats + 1):
            seconds, gaps = asyncio.run(opened(run))
            late = sum(gap > 0.016 for gap in gaps)
            line(
                f"opened, {number}",
                f"{seconds:.2f} s",
                milliseconds(max(gaps)),
                milliseconds(percentile(gaps, 99)),
                str(late),
            )


async def opened(run: RunFolder) -> tuple[float, list[float]]:
    """Seconds until the charts show all steps, and the gaps of the event loop meanwhile."""
    app = ThawApp(engine=Engine(["cat"]))
    gaps: list[float] = []
    async with app.run_test(size=(120, 40)) as pilot:
        await app.show_mode("train")
        await pilot.pause(0.5)
        began = time.perf_counter()
        watch(gaps)
        await app.attach(run)
        while any(chart.shown_steps < STEPS for chart in app.screen.query(Chart)):
            await pilot.pause(0.02)
        seconds = time.perf_counter() - began
        await pilot.pause(0.5)
    return seconds, gaps


def watch(gaps: list[float]) -> None:
    """Note how long the loop was away each time that a timer of it is due, as long as it runs."""
    loop, last = asyncio.get_running_loop(), time.perf_counter()

    def called() -> None:
        nonlocal last
        now = time.perf_counter()
        gaps.append(now - last)
        last = now
        loop.call_later(0.001, called)

    called()


def long_run(place: Path) -> RunFolder:
    """A run folder with the journal of a finished run."""
    run = create(SESSION.format(epochs=STEPS // STEPS_PER_EPOCH), "long", place / "runs")
    with run.events.open("wb") as file:
        for event in (_started(), _frozenness(), *map(_steps, range(0, STEPS, STEPS_A_LINE)), _finished()):
            file.write(encode(event) + b"\n")
    return run


def _started() -> Started:
    return Started(
        step=0,
        version="0.1.0",
        device="cpu",
        device_name="",
        precision="fp32",
        threads=2,
        model="shufflenet_v2_x0_5",
        classes=("0", "1"),
        images={"train": 64 * STEPS_PER_EPOCH},
        batch_size=64,
        steps_per_epoch=STEPS_PER_EPOCH,
        epochs=STEPS // STEPS_PER_EPOCH,
        total_parameters=352_042,
        pid=1,
        host="host",
    )


def _frozenness() -> Frozenness:
    return Frozenness(
        step=0,
        trainable=("fc.weight",),
        trainable_parameters=10,
        rate_scales={},
        training_norms=(),
        batchnorm="frozen",
    )


def _steps(first: int) -> Steps:
    numbers = [0.1 + 1 / (1 + (first + place) / 1e5) + (place % 7) / 100 for place in range(STEPS_A_LINE)]
    return Steps(
        step=first,
        loss=tuple(numbers),
        accuracy=tuple(1 - number / 2 for number in numbers),
        lr=(0.001,) * STEPS_A_LINE,
        grad_norm=tuple(3 * number for number in numbers),
        images_per_second=640.0,
    )


def _finished() -> Finished:
    return Finished(step=STEPS, reason="completed", seconds=1e4)
