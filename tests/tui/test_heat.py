"""Heat as the screens keep it: figures of modules, the way of gradients, what a resume takes back, and the cells."""

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip

from tui.heat import MOMENTS, HeatView, Warmth, together
from tui.widgets.changed_lines import repaint_changed
from tui.widgets.heat_cells import BLOCKS, figure, gradient_cell, histogram, sparkline, update_cell
from workbench.half_floats import packed
from workbench.protocol import Heat

NAMES = ("a.weight", "a.bias", "b.weight")


def event(step: int, *gradient: float | None) -> Heat:
    return Heat(
        step=step,
        gradient=packed(gradient),
        update=packed((0.3, 0.4, None)),
        weight=packed((3.0, 4.0, None)),
    )


def test_a_modules_norm_is_that_of_all_its_numbers() -> None:
    view = HeatView()
    view.feed(event(1, 3.0, 4.0, None), NAMES)
    assert set(view.latest) == {"a.weight", "a.bias"}
    whole = together(view.latest.values())
    assert whole is not None
    assert (whole.gradient, whole.ratio) == (5.0, pytest.approx(0.1, rel=0.01))
    assert together([]) is None


def test_an_event_of_another_plan_is_passed_over() -> None:
    view = HeatView()
    view.feed(event(1, 3.0, 4.0, None), NAMES[:2])
    assert view.step == -1


def test_the_way_stays_short_however_long_the_run() -> None:
    view = HeatView()
    for step in range(10 * MOMENTS):
        view.feed(event(step, float(step), 0.0, None), NAMES)
    way = view.gradients(frozenset({"a.weight"}))
    assert MOMENTS / 2 <= len(way) <= MOMENTS
    assert way == sorted(way)
    view.drop_from(MOMENTS)
    assert max(view.gradients(frozenset({"a.weight"}))) < MOMENTS


def test_cells_say_it_by_height_and_figure() -> None:
    whole = Warmth(10.0, 1.0, 1.0)
    assert gradient_cell(whole, whole)[0] == "█ 10"
    assert gradient_cell(Warmth(0.001, 0, 1), whole)[0] == "▁ 1.0e-3"
    assert update_cell(Warmth(1, 0.001, 1))[0] == f"{BLOCKS[4]} 1.0e-3"
    assert update_cell(Warmth(1, 0.001, 0))[0] == ""
    assert gradient_cell(None, whole)[0] == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.123, "0.12"), (12.3, "12"), (345.6, "346"), (1234, "1.2e3"), (1.26e-12, "1.3e-12")],
)
def test_figures_are_short(value: float, text: str) -> None:
    assert figure(value) == text


def test_a_sparkline_is_logarithmic_and_fits() -> None:
    assert sparkline([1, 10, 100], 10) == "▁▄█" or sparkline([1, 10, 100], 10) == "▁▅█"
    assert len(sparkline([1.0] * 100, 20)) == 20
    assert sparkline([0.0], 5) == ""


def test_only_the_stretch_that_differs_is_painted() -> None:
    painted: list[Region] = []
    line = Strip([Segment("name "), Segment("1.0", Style(bold=True)), Segment(" end")])
    other = Strip([Segment("name "), Segment("2.0", Style(bold=True)), Segment(" end")])

    class View:
        size = Size(12, 2)

        def look_anew(self) -> None:
            pass

        def render_line(self, y: int) -> Strip:
            return (other, line)[y]

        def refresh(self, region: Region) -> None:
            painted.append(region)

    repaint_changed(View(), [line, line])  # type: ignore[arg-type]
    assert painted == [Region(5, 0, 3, 1)]


def test_a_spread_has_as_many_bars_as_there_is_room_for() -> None:
    assert histogram((1, 0, 8, 0), 4) == f"{BLOCKS[1]} {BLOCKS[-1]} "
    assert histogram((1, 0, 8, 0), 3) == f"{BLOCKS[1]}{BLOCKS[-1]}"
    assert histogram((), 4) == ""
