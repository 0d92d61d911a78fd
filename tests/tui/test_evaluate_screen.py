"""The evaluate screen: figures, matrix, classes and pictures of what a worker left in the run's folder."""

from pathlib import Path

import pytest
from rich.text import Text
from textual.pilot import Pilot
from textual.widgets import ContentSwitcher, Static

from tests.tui.made_runs import (
    SESSION,
    app_without_engine,
    evaluated,
    life,
    made_predictions,
    made_run,
    write,
    write_evaluation,
)
from tests.tui.waiting import until
from tui.app import ThawApp
from tui.widgets.class_table import ClassTable
from tui.widgets.mistakes import Mistakes, verdict
from workbench.actions import Evaluate
from workbench.protocol import Prediction
from workbench.run import Lease, RunFolder, command_of

NAMES = ["ant", "[b]bee[/b]", "wasp"]


def evaluated_run(folder: Path, names: list[str] | None = None) -> RunFolder:
    """A finished run with evaluations of the test and the validation split."""
    run = made_run(folder, life())
    for split in ("test", "val"):
        write_evaluation(run, split, made_predictions(names or NAMES), names or NAMES)
    return run


async def look_at(pilot: Pilot[str], run: RunFolder) -> ThawApp:
    app = pilot.app
    await app.show_mode("evaluate")
    await app.attach(run)
    await until(pilot, lambda: current(app) != "evaluate-empty")
    return app


def current(app: ThawApp) -> str:
    return str(app.screen.query_one("#evaluate-views", ContentSwitcher).current)


def text_of(app: ThawApp, name: str) -> str:
    return str(app.screen.query_one(f"#{name}", Static).render())


@pytest.mark.parametrize("size", [(80, 24), (140, 45)])
async def test_the_best_checkpoints_test_comes_first(tmp_path: Path, size: tuple[int, int]) -> None:
    async with app_without_engine().run_test(size=size) as pilot:
        app = await look_at(pilot, evaluated_run(tmp_path))
        head = text_of(app, "evaluate-head")
        assert "test accuracy 85.0 %" in head
        assert "9 of 60 images wrong · loss 0.3100" in head
        assert "best weights" in head
        assert "d shows val" in head
        await pilot.press("d")
        await until(pilot, lambda: text_of(app, "evaluate-head").startswith("val"))


async def test_views_by_keys(tmp_path: Path) -> None:
    async with app_without_engine().run_test(size=(80, 24)) as pilot:
        app = await look_at(pilot, evaluated_run(tmp_path))
        assert current(app) == "matrix"
        assert not app.screen.query(ClassTable)  # made when it is looked at
        for key, view in (
            ("c", "classes"),
            ("i", "pictures"),
            ("w", "mix-ups"),
            ("b", "calibration"),
            ("m", "matrix"),
            ("v", "mix-ups"),
        ):
            await pilot.press(key)
            await pilot.pause()
            assert current(app) == view
            assert app.focused.id == view


async def test_classes_in_the_wanted_order(tmp_path: Path) -> None:
    async with app_without_engine().run_test(size=(80, 24)) as pilot:
        app = await look_at(pilot, evaluated_run(tmp_path))
        await pilot.press("c")
        await pilot.pause()
        table = app.screen.query_one(ClassTable)

        def names() -> list[Text]:
            return [table.get_row_at(row)[0].plain for row in range(table.row_count)]

        assert names() == ["wasp", "[b]bee[/b]", "ant"]
        assert text_of(app, "evaluate-caption").startswith("ordered by F1, worst first")
        await pilot.press("o", "o", "o")
        await pilot.pause()
        assert names() == ["[b]bee[/b]", "ant", "wasp"]
        assert text_of(app, "evaluate-caption").startswith("ordered by name")
        await pilot.press("O")
        await pilot.pause()
        assert names() == ["wasp", "ant", "[b]bee[/b]"]


async def test_the_most_confident_mistake_comes_first(tmp_path: Path) -> None:
    run = evaluated_run(tmp_path)
    async with app_without_engine().run_test(size=(80, 24)) as pilot:
        app = await look_at(pilot, run)
        await pilot.press("i")
        await pilot.pause()
        wrong = [one for one in run.predictions("test") if one.label != one.predicted]
        first = app.screen.query_one(Mistakes).current
        assert first.probability == max(one.probability for one in wrong)
        assert text_of(app, "evaluate-caption").startswith(
            f"1/9 wrong: is {first.label}, predicted {first.predicted}"
        )
        await pilot.press("a")
        await pilot.pause()
        assert text_of(app, "evaluate-caption").startswith("1/60 wrong")
        await pilot.press("end")
        await pilot.pause()
        assert text_of(app, "evaluate-caption").startswith("60/60 right")


async def test_a_cell_of_the_matrix_opens_its_pictures(tmp_path: Path) -> None:
    async with app_without_engine().run_test(size=(80, 24)) as pilot:
        app = await look_at(pilot, evaluated_run(tmp_path))
        await pilot.press("n", "enter")
        await until(pilot, lambda: current(app) == "pictures")
        shown = app.screen.query_one(Mistakes)
        assert shown.current is not None
        assert shown.current.label != shown.current.predicted
        assert "/3 wrong" in text_of(app, "evaluate-caption")


async def test_without_an_engine_it_says_that_there_are_no_pictures(tmp_path: Path) -> None:
    async with app_without_engine().run_test(size=(80, 24)) as pilot:
        app = await look_at(pilot, evaluated_run(tmp_path))
        await pilot.press("i")
        pictures = app.screen.query_one(Mistakes)
        await until(pilot, lambda: "no picture" in pictures.render_line(0).text)
        assert text_of(app, "evaluate-caption").startswith("1/9 wrong")


async def test_the_engine_gives_pictures(tmp_path: Path) -> None:
    run = made_run(tmp_path, life(), SESSION)
    predictions = [Prediction(f"digit-{number:04}", "1", "7", 0.9) for number in range(1, 1797)]
    write_evaluation(run, "test", predictions, ["1", "7"])
    app = ThawApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await look_at(pilot, run)
        await pilot.press("i")
        pictures = app.screen.query_one(Mistakes)
        await until(pilot, lambda: "▀" in pictures.render_line(3).text)


async def test_a_live_run_evaluates_now_and_shows_the_new_one(tmp_path: Path) -> None:
    run = made_run(tmp_path, life(stop=40))
    with Lease(run):
        async with app_without_engine().run_test(size=(80, 24)) as pilot:
            app = pilot.app
            await app.show_mode("evaluate")
            await app.attach(run)
            await pilot.pause(0.5)
            await pilot.press("e")
            await pilot.pause()
            command = command_of(run.commands.read_bytes().strip())
            assert command.action == Evaluate("val")
            write_evaluation(run, "val", made_predictions(NAMES, 90), NAMES, step=41)
            write(run, [evaluated("val", 41, 3)])
            await until(pilot, lambda: "of 90 images" in text_of(app, "evaluate-head"))


async def test_nothing_evaluated_says_what_to_do(tmp_path: Path) -> None:
    async with app_without_engine().run_test(size=(80, 24)) as pilot:
        await pilot.app.show_mode("evaluate")
        await pilot.pause()
        assert "No run is open" in text_of(pilot.app, "evaluate-empty")
        await pilot.press("m", "c", "i", "a", "d", "v", "e")
        run = made_run(tmp_path, life(stop=10))
        with Lease(run):
            await pilot.app.attach(run)
            await until(
                pilot, lambda: "e evaluates the validation split" in text_of(pilot.app, "evaluate-empty")
            )


def test_long_names_share_the_room() -> None:
    one = Prediction("a", "Staffordshire bullterrier", "American Staffordshire terrier", 0.9)
    assert verdict(one, 24) == "✗ Stafford… → American …"
    assert len(verdict(one, 24)) <= 24
    assert verdict(Prediction("a", "ant", "bee", 1.0), 24) == "✗ ant → bee"
    assert verdict(Prediction("a", "ant", "ant", 1.0), 24) == "✓ ant"
