"""The confusion matrix: readable at any number of classes, told without colour, titles that stay."""

import pytest
from textual.app import App, ComposeResult

from tui.widgets.confusion import Confusion, shade
from workbench.protocol import ClassReport, Metrics


def metrics(names: list[str], wrong: dict[tuple[int, int], int] | None = None, right: int = 10) -> Metrics:
    counts = [[right if row == column else 0 for column in range(len(names))] for row in range(len(names))]
    for (row, column), count in (wrong or {}).items():
        counts[row][column] = count
    reports = tuple(ClassReport(name, 1.0, 1.0, 1.0, sum(counts[row])) for row, name in enumerate(names))
    images = sum(map(sum, counts))
    return Metrics("val", "best", 9, images, 0.1, 0.9, reports, tuple(map(tuple, counts)))


class Bench(App[None]):
    """One matrix, alone."""

    def __init__(self, shown: Metrics | None) -> None:
        super().__init__()
        self.shown = shown
        self.matrix = Confusion()
        self.opened: list[tuple[int, int]] = []

    def compose(self) -> ComposeResult:
        yield self.matrix

    def on_mount(self) -> None:
        self.matrix.show(self.shown)
        self.matrix.focus()

    def on_confusion_opened(self, event: Confusion.Opened) -> None:
        self.opened.append((event.true, event.predicted))

    def lines(self) -> list[str]:
        return [self.matrix.render_line(y).text for y in range(self.matrix.size.height)]


async def test_two_classes_by_name() -> None:
    app = Bench(metrics(["ants", "bees"], {(0, 1): 3, (1, 0): 1}))
    async with app.run_test(size=(80, 10)):
        titles, ants, bees = app.lines()[:3]
    assert titles.split() == ["true", "↓", "ants", "bees"]
    assert ants.split() == ["ants", "[10]", "▒3"]
    assert bees.split() == ["bees", "░1", "[10]"]


async def test_percent_of_the_row() -> None:
    app = Bench(metrics(["ants", "bees"], {(0, 1): 30}))
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.press("percent_sign")
        assert app.lines()[1].split() == ["ants", "[25]", "▓75"]
        assert app.lines()[2].split() == ["bees", "·", "[100]"]


@pytest.mark.parametrize("count", [2, 10, 100])
@pytest.mark.parametrize("size", [(40, 8), (80, 24), (140, 45)])
async def test_titles_stay_while_it_scrolls(count: int, size: tuple[int, int]) -> None:
    names = [f"a rather long name {number}" for number in range(count)]
    app = Bench(metrics(names, {(count - 1, 0): 2}))
    async with app.run_test(size=size) as pilot:
        await pilot.press("end")
        await pilot.pause()
        lines = app.lines()
        assert lines[0].split()[-1] == str(count)
        last = next(line for line in reversed(lines) if line.strip())
        assert last.split()[0] == str(count)
        assert last.split()[-1] == "[10]"
        assert app.matrix.caption() == f"{names[-1]}: 10 of 12 (83.3 %) recognised"
        await pilot.press("home")
        await pilot.pause()
        assert app.lines()[1].split()[-1 if count == 2 else 0] is not None
        assert "[10]" in app.lines()[1]


async def test_the_next_key_goes_from_the_worst_mix_up_down() -> None:
    app = Bench(metrics([str(number) for number in range(10)], {(7, 2): 5, (1, 3): 9, (9, 0): 1}))
    async with app.run_test(size=(80, 24)) as pilot:
        seen = []
        for _ in range(4):
            await pilot.press("n")
            seen.append(app.matrix.cursor)
        assert seen == [(1, 3), (7, 2), (9, 0), (1, 3)]
        assert app.matrix.caption() == "1 taken for 3: 9 of 19 (47.4 %)"
        await pilot.press("enter")
        await pilot.pause()
        assert app.opened == [(1, 3)]


async def test_names_are_shown_as_they_are() -> None:
    app = Bench(metrics(["[red]x[/red]", "大熊猫"]))
    async with app.run_test(size=(80, 10)):
        assert "[red]x[/red]" in app.lines()[1]
        assert "大熊猫" in app.lines()[2]


async def test_the_cursor_is_kept_in_sight_when_the_cells_change() -> None:
    app = Bench(metrics([f"class {number}" for number in range(60)], {(2, 50): 1}))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("n", "percent_sign")
        await pilot.pause()
        assert "51" in app.lines()[0].split()


async def test_nothing_to_show() -> None:
    app = Bench(None)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "right", "n", "enter", "percent_sign")
        assert not "".join(app.lines()).strip()
        assert app.matrix.caption() == ""


def test_shades_tell_shares() -> None:
    assert [shade(share) for share in (0.01, 0.1, 0.24, 0.25, 1.0)] == ["░", "▒", "▒", "▓", "▓"]


async def test_the_most_confused_classes_come_first_where_wanted() -> None:
    app = Bench(metrics(["ants", "bees", "cats"], {(2, 1): 5, (2, 0): 1}))
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.press("s")
        await pilot.pause()
        assert [line.split()[0] for line in app.lines()[1:4]] == ["cats", "bees", "ants"]
        assert app.lines()[0].split()[-3:] == ["cats", "bees", "ants"]
        await pilot.press("n")
        assert app.matrix.caption() == "cats taken for bees: 5 of 16 (31.2 %)"
        await pilot.press("enter", "s")
        await pilot.pause()
        assert app.opened == [(2, 1)]
        assert app.matrix.cursor == (2, 1)


async def test_a_thousand_classes_are_scrolled_and_searched() -> None:
    app = Bench(metrics([f"class {number}" for number in range(1000)], {(999, 0): 3, (5, 7): 9}))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("n")
        assert app.matrix.caption().startswith("class 5 taken for class 7: 9 of")
        await pilot.press("end")
        await pilot.pause()
        assert app.lines()[0].split()[-1] == "1000"
