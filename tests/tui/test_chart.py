"""Charts: decimation keeps what matters, axes are round, marks never overlap, every size is filled exactly."""

import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from textual.app import App, ComposeResult

from tests.tui.made_runs import epoch_end, life, started, steps, view_of
from tests.tui.waiting import until
from tui.curves import MARGIN, Look, mark_labels, shown_steps
from tui.decimation import Blocks, smooth
from tui.plotting import Axis, Curve, Pen, draw, is_prepared
from tui.state import Mark, RunView
from tui.ticks import linear_axis, log_axis, step_axis
from tui.widgets.chart import Chart

numbers = st.floats(-1e6, 1e6)


@given(st.lists(numbers, min_size=1, max_size=3000), st.integers(1, 60))
def test_bins_keep_the_mean_and_the_extremes(series: list[float], count: int) -> None:
    blocks = Blocks()
    blocks.follow(array("d", series))
    bins = blocks.bins(array("d", series), count)
    assert 0 < len(bins) <= count + 1
    taken = series if len(series) <= count * 64 else series[: len(series) // 64 * 64]
    assert sum(one.steps for one in bins) == pytest.approx(len(taken), abs=64 * len(bins))
    assert min(one.low for one in bins) == min(taken)
    assert max(one.high for one in bins) == max(taken)
    assert all(one.low - 1e-6 <= one.mean <= one.high + 1e-6 for one in bins)


@given(st.lists(st.integers(0, 400), max_size=20))
def test_blocks_taken_bit_by_bit_are_those_taken_at_once(lengths: list[int]) -> None:
    series, slowly, at_once = array("d"), Blocks(), Blocks()
    for length in lengths:
        series.extend(math.sin(len(series) + index) for index in range(length))
        slowly.follow(series)
    at_once.follow(series)
    assert slowly.bins(series, 5) == at_once.bins(series, 5)


def test_a_million_steps_are_taken_in_bites() -> None:
    series, blocks, bites = array("d", bytes(8 * 1_000_000)), Blocks(), 1
    while blocks.follow(series):
        bites += 1
    assert bites >= 10
    assert len(blocks.bins(series, 150)) <= 151


def test_holes_are_left_out() -> None:
    series = array("d", [1.0, float("nan"), float("nan"), 3.0])
    assert [one.mean for one in Blocks().bins(series, 4)] == [1.0, 3.0]


def test_smoothing_follows_slowly_and_keeps_a_constant() -> None:
    flat = Blocks().bins(array("d", [2.0] * 50), 100)
    assert smooth(flat, 10) == pytest.approx([2.0] * 50)
    step = Blocks().bins(array("d", [0.0] * 50 + [1.0] * 50), 100)
    assert smooth(step, 3)[60] > smooth(step, 12)[60] > 0


def test_round_positions() -> None:
    assert [label.strip() for _, label in linear_axis(0, 2.3, 4).ticks] == ["0", "1", "2"]
    assert [label.strip() for _, label in linear_axis(0, 1, 4, percent=True).ticks][-1] == "100%"
    assert [label.strip() for _, label in log_axis(0.02, 3, 8).ticks] == [
        "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2",
    ]  # fmt: skip
    assert [label for _, label in step_axis(100, 20, 60).ticks] == ["0", "1", "2", "3", "4", "5"]
    assert [label for _, label in step_axis(30, 20, 60).ticks][:2] == ["0", "5"]


@given(numbers, st.floats(1e-3, 1e6), st.integers(1, 20))
def test_positions_lie_on_the_axis(low: float, size: float, count: int) -> None:
    axis = linear_axis(low, low + size, count)
    assert len(axis.ticks) <= 2 * count + 2
    slack = 1e-6 * (size + abs(low))
    assert all(axis.low - slack <= place <= axis.high + slack for place, _ in axis.ticks)


@given(
    st.lists(st.tuples(st.integers(0, 100), st.text("abc.* ", min_size=1, max_size=30)), max_size=12),
    st.integers(24, 150),
)
def test_labels_of_marks_never_overlap(texts: list[tuple[int, str]], width: int) -> None:
    marks = [Mark(step, text, scheduled=False) for step, text in sorted(texts)]
    end = 0
    for label in mark_labels(marks, Axis(0, 100, ()), width):
        assert label.start >= end
        assert MARGIN <= label.column < width
        assert label.start <= label.column < label.start + len(label.text)
        end = label.start + len(label.text)
    assert end <= width


@pytest.mark.parametrize(("width", "height"), [(16, 4), (40, 8), (74, 12), (150, 40)])
def test_a_plot_fills_its_size(width: int, height: int) -> None:
    curve = Curve([0, 50, 100], [1, 0.5, 0.2], Pen.TRAIN)
    points = Curve([50, 100], [0.7, 0.4], Pen.VALIDATION, "●")
    rows = draw(width, height, step_axis(100, 20, width), linear_axis(0, 1, 3), [curve, points], [30])
    assert [sum(len(text) for _, text in row) for row in rows] == [width] * height
    drawn = {pen: "".join(text for row in rows for its, text in row if its == pen) for pen in Pen}
    assert drawn[Pen.VALIDATION].count("●") == 2
    assert drawn[Pen.TRAIN].strip()
    assert drawn[Pen.MARK].strip()


def test_early_in_a_long_run_the_axis_is_shorter() -> None:
    view = view_of([started(epochs=100), steps(0, 40)])
    assert 80 <= shown_steps(view) <= 200
    view.feed(steps(40, 1960))
    assert shown_steps(view) == 2000


class Bench(App[None]):
    """One chart, alone."""

    def __init__(self, figure: str) -> None:
        super().__init__()
        self.chart = Chart(figure)

    def compose(self) -> ComposeResult:
        yield self.chart


async def drawn(
    view: RunView | None, figure: str, size: tuple[int, int], look: Look | None = None
) -> list[str]:
    app = Bench(figure)
    async with app.run_test(size=size) as pilot:
        app.chart.show(view, look)
        for _ in range(100):
            await pilot.pause(0.1)
            if is_prepared():
                break
        await pilot.pause(0.5)
        return app.chart.text().plain.split("\n")


async def test_the_caption_names_curves_and_their_figures() -> None:
    lines = await drawn(view_of(life()), "loss", (60, 12))
    assert "train 0." in lines[0]
    assert "● val 0." in lines[0]
    assert "●" in "".join(lines[2:])
    assert [mark for mark in lines[1] if mark in "▼▽"] == ["▼", "▽", "▼"]
    assert "▼thaw stage4.*" in lines[1]


async def test_the_mark_stands_under_its_label() -> None:
    lines = await drawn(view_of(life(stop=75)), "loss", (80, 14))
    column = lines[1].index("▼")
    assert sum(line[column] in "┊┴┼" for line in lines[2:]) >= 5


@pytest.mark.parametrize("size", [(20, 5), (40, 8), (150, 40)])
@pytest.mark.parametrize("smoothing", ["raw", "light", "strong"])
async def test_every_size_and_look_is_drawn(size: tuple[int, int], smoothing: str) -> None:
    lines = await drawn(view_of(life(stop=75)), "accuracy", size, Look(smoothing, log_scale=True))
    assert len(lines) == size[1]
    assert {len(line) for line in lines} == {size[0]}


async def test_a_logarithmic_loss_says_so() -> None:
    assert "log" in (await drawn(view_of(life()), "loss", (60, 12), Look(log_scale=True)))[0]
    assert "log" not in (await drawn(view_of(life()), "accuracy", (60, 12), Look(log_scale=True)))[0]


async def test_what_is_no_number_is_left_out() -> None:
    diverged = [replace(event, loss=math.nan) for event in epoch_end(3, 60) if hasattr(event, "loss")]
    view = view_of([started(), *life(stop=60), replace(steps(60, 3), loss=(math.nan,) * 3), *diverged])
    lines = await drawn(view, "loss", (60, 12))
    assert "train 0." in lines[0]
    assert "nan" not in "".join(lines)


async def test_without_steps_it_says_so() -> None:
    assert "no steps yet" in "".join(await drawn(view_of([started()]), "loss", (60, 12)))
    assert "no steps yet" in "".join(await drawn(None, "loss", (60, 12)))


async def test_a_resumed_run_is_drawn_as_if_undisturbed() -> None:
    disturbed = view_of([*life(stop=75), *life(start=60)])
    assert await drawn(disturbed, "loss", (80, 14)) == await drawn(view_of(life()), "loss", (80, 14))


async def test_what_comes_soon_after_a_draw_waits_but_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.widgets.chart.SECONDS_BETWEEN_DRAWS", 1.0)
    view, app = view_of([started(), steps(0, 60)]), Bench("loss")
    async with app.run_test(size=(60, 12)) as pilot:
        app.chart.show(view)
        await until(pilot, lambda: "train" in app.chart.text().plain)
        before = app.chart.text().plain
        for event in epoch_end(3, 60):
            view.feed(event)
            app.chart.show(view)
        assert app.chart.text().plain == before
        await until(pilot, lambda: "val" in app.chart.text().plain)
