"""Corrections on the evaluate screen while the run trains: told to the worker, taken back, there again on attaching."""

from pathlib import Path

from tests.tui.made_runs import app_without_engine, life, made_predictions, made_run, write, write_evaluation
from tests.tui.test_evaluate_screen import NAMES, look_at, text_of
from tests.tui.test_proof_screens import live
from tests.tui.test_train_screen import settled, told
from tests.tui.waiting import until
from tui.corrections import told as edits_of
from tui.screens.choose import ChooseScreen
from tui.widgets.mistakes import Mistakes
from workbench import protocol
from workbench.actions import Drop, Relabel, Restore
from workbench.run import Lease
from workbench.session import Data, Session


async def test_a_key_tells_the_run_and_undo_tells_it_again(tmp_path: Path) -> None:
    run = made_run(tmp_path, life(stop=75))
    write_evaluation(run, "val", made_predictions(NAMES), NAMES)
    with Lease(run):
        async with app_without_engine().run_test(size=(120, 30)) as pilot:
            app = await look_at(pilot, run)
            await pilot.press("i")
            await pilot.pause()
            one = app.screen.query_one(Mistakes).current
            await pilot.press("x")
            await until(pilot, lambda: app.draft is not None and app.draft.session.data.drop == (one.file,))
            await pilot.pause()
            assert "⊘ dropped from the next epoch on, u undoes" in text_of(app, "evaluate-caption")
            await until(pilot, lambda: any("next epoch on" in each.message for each in app._notifications))
            await pilot.press("u", "r")
            await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
            await pilot.press("enter")
            await until(pilot, lambda: app.draft.session.data.relabel == {one.file: one.predicted})
            await pilot.press("u")
            await pilot.pause()
            label = Relabel(one.file, one.predicted)
            assert told(run) == [Drop(one.file), Restore(one.file), label, Relabel(one.file)]


async def test_opening_a_run_shows_what_was_corrected_in_it(tmp_path: Path) -> None:
    async with live(tmp_path) as (app, pilot, run):
        write(run, [protocol.Applied(time=1.0, id="a", step=20, action=Drop("a.png"))])
        await settled(pilot)
        assert app.draft.session.data.drop == ()
        app.open_path(run.path)
        await until(pilot, lambda: app.draft.session.data.drop == ("a.png",))
        await settled(pilot)
        assert app.attached.trains(app.draft.session)
        assert app.attached.trains(app.attached.session)
        assert not app.attached.trains(Session(name="other"))


def test_only_differences_are_told() -> None:
    before = Session(data=Data(drop=("a", "b"), relabel={"c": "bee", "d": "ant"}))
    after = Session(data=Data(drop=("b", "e"), relabel={"d": "bee", "f": "ant"}))
    assert list(edits_of(before, after)) == [
        Drop("e"),
        Restore("a"),
        Relabel("c"),
        Relabel("d", "bee"),
        Relabel("f", "ant"),
    ]
