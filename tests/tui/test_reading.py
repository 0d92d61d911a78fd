"""Zooming, panning and reading a chart, as values and by key."""

import math
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.tui.made_runs import app_without_engine, life, made_run, started, view_of
from tests.tui.waiting import until
from tui.app import ThawApp
from tui.curves import FIGURES, Look, Other, drawing
from tui.decimation import Blocks
from tui.plotting import Pen, draw, line_marker
from tui.reading import panned, read_at, zoomed
from tui.screens.chart import ChartScreen
from tui.screens.choose import ChooseScreen
from tui.ticks import LABEL_WIDTH
from tui.widgets.chart import Chart
from workbench import protocol
from workbench.run import read_record


def test_zooming_keeps_the_step_in_its_place_and_ends_at_the_whole() -> None:
    assert zoomed((0, 1000), 1000, 0.5, 500) == (250, 750)
    assert zoomed((0, 1000), 1000, 0.5, 1000) == (500, 1000)
    assert zoomed((250, 750), 1000, 2, 500) is None
    assert zoomed((100, 108), 1000, 0.5, 104) == (100, 108)


def test_panning_stays_inside_the_run() -> None:
    assert panned((100, 200), 1000, 0.25) == (125, 225)
    assert panned((100, 200), 1000, -5) == (0, 100)
    assert panned((900, 1000), 1000, 1) == (900, 1000)


def test_the_cursor_reads_every_figure_and_the_last_edit() -> None:
    text = read_at(view_of(life()), 30, "accuracy", None, 200)
    assert text.startswith("step 30 · epoch 1.50 · accuracy 66.9 % (val 46.4 %) · loss ")
    assert "rate 0.001" in text
    assert "throughput 400 images/s" in text
    assert text.endswith("thaw stage4.* since 23")


def test_where_it_is_narrow_the_edit_goes_before_the_other_figures(tmp_path: Path) -> None:
    view, other = (
        view_of(life()),
        Other("a-run-with-a-long-name" * 3, read_record(made_run(tmp_path, life()))),
    )
    narrow = read_at(view, 30, "accuracy", None, 78)
    assert narrow == "step 30 · epoch 1.50 · accuracy 66.9 % (val 46.4 %) · thaw stage4.* since 23"
    for room in (20, 60, 78, 118):
        assert len(read_at(view, 30, "accuracy", other, room)) <= max(room, 51)
    assert "a-run-with" in read_at(view, 30, "accuracy", other, 118)


@pytest.mark.parametrize("figure", FIGURES)
def test_a_window_shows_its_own_steps_only(figure: str) -> None:
    view, blocks = view_of(life(epochs=200)), Blocks()
    while blocks.follow(view.loss):
        continue
    content = drawing(view, figure, blocks, Look(window=(1000, 1200)), 100, 20)  # type: ignore[arg-type]
    xs = [x for curve in content.curves for x in curve.xs]
    assert 1000 <= min(xs) <= max(xs) <= 1200
    assert (content.x.low, content.x.high) == (1000, 1200)
    assert all(1000 <= step <= 1200 for step, _ in content.x.ticks)


def test_another_run_lies_behind(tmp_path: Path) -> None:
    other = Other("other", read_record(made_run(tmp_path, life(stop=50))))
    content = drawing(view_of(life()), "loss", Blocks(), Look(epoch_lines=True), 100, 20, other)
    behind = next(curve for curve in content.curves if curve.pen is Pen.OTHER)
    assert max(behind.xs) < 50
    assert content.other is not None
    assert not math.isnan(content.other)
    assert content.grid == (20, 40, 60, 80)


@pytest.mark.parametrize("highest", [0.0, 1.2345e-5, 3e-4, 0.0123, 1.11, 77.7, 4321.0, 1e9])
def test_figures_of_any_size_have_labels_that_can_be_drawn(highest: float) -> None:
    numbers = tuple(highest * (1 + part) / 2 for part in (0.1, 0.9, 1.0))
    steps = protocol.Steps(
        step=0, loss=numbers, accuracy=(1.0,) * 3, lr=numbers, grad_norm=numbers, images_per_second=highest
    )
    view = view_of([started(), steps])
    for figure in FIGURES:
        content = drawing(view, figure, Blocks(), Look(), 60, 15)
        rows = draw(60, 15, content.x, content.y, content.curves)
        assert len(rows) == 15
        assert all(len(label) == LABEL_WIDTH for _, label in content.y.ticks)


@pytest.mark.parametrize(
    ("environment", "marker"),
    [
        ({"TERM": "linux"}, "hd"),
        ({"TERM": "xterm"}, "braille"),
        ({"TERM": "xterm", "THAW_CHARTS": "ascii"}, "*"),
        ({"TERM": "linux", "THAW_CHARTS": "braille"}, "braille"),
    ],
)
def test_lines_are_drawn_with_what_the_terminal_has(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], marker: str
) -> None:
    monkeypatch.delenv("THAW_CHARTS", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.__stdout__", None)
    assert line_marker() == marker


async def opened(pilot: Pilot[str], tmp_path: Path) -> ThawApp:
    app = pilot.app
    await app.show_mode("train")
    await app.attach(made_run(tmp_path, life()))
    await until(pilot, lambda: app.attached.view.step == 100)
    await pilot.press("v")
    await until(pilot, lambda: isinstance(app.screen, ChartScreen))
    await until(pilot, lambda: "⠤⠔⠒ train" in str(app.screen.query_one(Chart).text()))
    return app


def reading(app: ThawApp) -> str:
    return str(app.screen.query_one("#chart-reading", Static).render())


async def test_by_key(tmp_path: Path) -> None:
    async with app_without_engine().run_test(size=(100, 30)) as pilot:
        app = await opened(pilot, tmp_path)
        assert reading(app) == "→ reads values"
        await pilot.press("left")
        assert reading(app).startswith("step 99 · ")
        await pilot.press("left", "left", "plus", "plus")
        assert app.screen._look.window == (72, 97)
        await pilot.press("H")
        assert app.screen._look.window == (66, 91)
        await pilot.press("home")
        assert reading(app).startswith("step 0 ")
        assert app.screen._look.window == (0, 25)
        await pilot.press("0", "tab", "tab")
        assert app.screen.query_one(Chart).figure == "rate"
        assert app.screen._look.window is None
        await pilot.press("5", "y", "z", "escape")
        await pilot.pause()
        assert not isinstance(app.screen, ChartScreen)


async def test_another_run_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_RUNS", str(tmp_path))
    other = made_run(tmp_path, life(stop=60))
    async with app_without_engine().run_test(size=(120, 30)) as pilot:
        app = await opened(pilot, tmp_path)
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ChartScreen))
        await until(pilot, lambda: other.name in str(app.screen.query_one(Chart).text()))
        await pilot.press("o")
        await until(pilot, lambda: other.name not in str(app.screen.query_one(Chart).text()))
