"""How the train and evaluate screens look, at a small and a large terminal."""

import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.tui.made_runs import app_without_engine, life, made_predictions, made_run, write_evaluation
from tests.tui.waiting import at_rest, until
from workbench.run import Lease, RunFolder

SIZES = [(80, 24), (140, 45)]
Before = Callable[[Pilot[str]], Awaitable[None]]


@pytest.fixture(autouse=True)
def _same_clock_everywhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def opened(run: RunFolder, mode: str, *keys: str) -> Before:
    """Open the run on a screen and press keys, once it is shown."""

    async def before(pilot: Pilot[str]) -> None:
        app = pilot.app
        await app.show_mode(mode)
        await app.attach(run)
        await until(pilot, lambda: app.attached.tail.offset == run.events.stat().st_size)
        await at_rest(pilot)
        for key in keys:
            await pilot.press(key)
            await at_rest(pilot)

    return before


@pytest.mark.parametrize("size", SIZES)
def test_training(snap_compare, tmp_path: Path, size: tuple[int, int]) -> None:
    run = made_run(tmp_path, life(stop=75))
    with Lease(run):
        assert snap_compare(app_without_engine(), terminal_size=size, run_before=opened(run, "train"))


@pytest.mark.parametrize("size", SIZES)
def test_finished(snap_compare, tmp_path: Path, size: tuple[int, int]) -> None:
    run = made_run(tmp_path, life())
    assert snap_compare(app_without_engine(), terminal_size=size, run_before=opened(run, "train", "z", "y"))


@pytest.mark.parametrize("size", SIZES)
def test_confusion_matrix(snap_compare, tmp_path: Path, size: tuple[int, int]) -> None:
    run = made_run(tmp_path, life())
    names = ["airplane", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck", "car"]
    write_evaluation(run, "test", made_predictions(names, 300), names)
    assert snap_compare(app_without_engine(), terminal_size=size, run_before=opened(run, "evaluate", "n"))


def test_class_table(snap_compare, tmp_path: Path) -> None:
    run = made_run(tmp_path, life())
    names = ["ant", "bee", "wasp"]
    write_evaluation(run, "test", made_predictions(names, 300), names)
    assert snap_compare(app_without_engine(), terminal_size=(80, 24), run_before=opened(run, "evaluate", "c"))
