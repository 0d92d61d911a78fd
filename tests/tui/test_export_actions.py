"""The palette's export: asks where to, and says what can't be before anything starts."""

from pathlib import Path

from textual.widgets import Input, Static

from tests.tui.made_runs import app_without_engine, life, made_run


async def test_without_a_run_there_is_nothing_to_export() -> None:
    app = app_without_engine()
    async with app.run_test() as pilot:
        app.action_export()
        await pilot.pause()
        assert ["No run is attached" in each.message for each in app._notifications] == [True]


async def test_a_file_of_an_unknown_kind_is_refused_at_once(tmp_path: Path) -> None:
    app = app_without_engine()
    async with app.run_test() as pilot:
        await app.attach(made_run(tmp_path, life()))
        app.action_export()
        await pilot.pause(0.5)
        app.screen.query_one(Input).value = str(tmp_path / "net.pth")
        await pilot.press("enter")
        for _ in range(100):
            await pilot.pause(0.05)
            if "unknown suffix" in str(app.screen.query_one("#said", Static).render()):
                break
        else:
            raise AssertionError("the dialog did not say it")
        assert app.screen.query_one(Input).value == str(tmp_path / "net.pth")
