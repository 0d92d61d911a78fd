"""What stands beside what changes with one layout, where Textual by itself makes two."""

from tests.tui.made_models import app_with_draft


async def test_the_tree_beside_the_charts_comes_and_goes_with_one_layout() -> None:
    app = app_with_draft()
    async with app.run_test(size=(130, 40)) as pilot:
        await pilot.press("4", "m")  # which takes the keyboard to the tree
        await pilot.pause(0.3)
        side, made = app.screen.query_one("#train-side"), []
        app.screen.screen_layout_refresh_signal.subscribe(app.screen, made.append, immediate=True)
        for layouts, shown in enumerate((False, True, False), start=1):
            await pilot.press("m")
            await pilot.pause(0.3)
            assert side.display is shown
            assert len(made) == layouts
