"""The evaluate screen: figures, matrix, classes and pictures of what a worker left in the run's folder."""

import asyncio
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from rich.text import Text
from textual.pilot import Pilot
from textual.widgets import ContentSwitcher, Static

from tests.tui.made_models import ANSWERING
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
from tui.client import Engine
from tui.screens.evaluate import EvaluateScreen
from tui.widgets.class_table import ClassTable
from tui.widgets.mistakes import Mistakes, verdict
from tui.widgets.mix_ups import MixUps
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


def evaluate_again(run: RunFolder, step: int, wrong: int) -> None:
    """What a run that trains leaves at the end of an epoch: one in so many pictures is taken for the next class."""
    predictions = [
        Prediction(
            f"{name}/{number:03}.jpg", name, NAMES[(place + 1) % 3] if wrong_one else name, 0.6 + shift
        )
        for place, name in enumerate(NAMES)
        for number in range(30)
        for wrong_one in [number % wrong == 0 or number > 24]
        for shift in [(number * step) % 40 / 100]
    ]
    write_evaluation(run, "val", predictions, NAMES, step)
    write(run, [evaluated("val", step, step // 10)])


def under_the_cursor(screen: EvaluateScreen, view: str) -> object:
    match view:
        case "classes":
            return screen.query_one(ClassTable).chosen
        case "mix-ups":
            pair = screen.found.mix_ups[screen.query_one(MixUps).cursor]
            return pair.true, pair.predicted
    one = screen.query_one(Mistakes).current
    return one.file, screen.cell


@pytest.mark.parametrize(
    ("keys", "view"),
    [("cjj", "classes"), ("wj", "mix-ups"), ("ijj", "pictures"), (["n", "enter", "j"], "pictures")],
)
async def test_the_cursor_stays_where_it_is_while_a_run_evaluates_again(
    tmp_path: Path, keys: Sequence[str], view: str
) -> None:
    run = made_run(tmp_path, life(stop=40))
    evaluate_again(run, 41, 3)
    with Lease(run):
        async with app_without_engine().run_test(size=(100, 30)) as pilot:
            app = await look_at(pilot, run)
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
            await until(pilot, lambda: current(app) == view)
            screen = cast("EvaluateScreen", app.screen)
            before = under_the_cursor(screen, view)
            evaluate_again(run, 47, 2)
            await until(pilot, lambda: screen.found.metrics.step == 47)
            await pilot.pause()
            assert under_the_cursor(screen, view) == before


class SlowEngine(Engine):
    """The engine that answers without torch, on a busy machine."""

    async def ask(self, method: str, params: dict[str, Any] | None = None) -> Any:
        result = await super().ask(method, params)
        await asyncio.sleep(0.5)
        return result


async def test_pictures_come_although_the_run_evaluates_before_they_are_there(tmp_path: Path) -> None:
    run = made_run(tmp_path, life(stop=40))
    evaluate_again(run, 41, 3)
    app = ThawApp(engine=SlowEngine(ANSWERING))
    steps = itertools.count(42)
    with Lease(run):
        async with app.run_test(size=(100, 30)) as pilot:
            await look_at(pilot, run)
            await pilot.press("i")

            def there() -> bool:
                step = next(steps)
                evaluate_again(run, step, 2 + step % 5)
                return "▀" in app.screen.query_one(Mistakes).render_line(4).text

            await until(pilot, there)


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
        await app.engine.ask("hello")
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
