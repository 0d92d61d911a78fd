"""The data screen: foreign names stay inert, and the doctor's report comes and goes with a key."""

from textual.pilot import Pilot

from tests.tui.made_models import app_with_draft
from tui.screens.data import DataScreen
from tui.widgets.doctor_panel import DoctorPanel
from tui.widgets.picture_grid import PictureGrid
from workbench.protocol import ClassCount, DataPreview


def drawn(pilot: Pilot) -> str:
    """Everything that the screen's lines hold, as it goes to the terminal."""
    compositor = pilot.app.screen._compositor
    return "\n".join("".join(segment.text for segment in strip) for strip in compositor.render_strips())


async def report_is_there(pilot: Pilot) -> str:
    for _ in range(200):
        await pilot.pause(0.05)
        if "→" in (shown := drawn(pilot)):
            return shown
    raise AssertionError(drawn(pilot))


async def test_the_doctors_report_comes_with_a_key_and_goes_with_it() -> None:
    async with app_with_draft().run_test(size=(140, 45)) as pilot:
        await pilot.press("2", "D")
        shown = await report_is_there(pilot)
        assert "pictures that can't be read (1)" in shown
        assert "bee/\\x1b[2J[red]\\n.jpg, bee/2.jpg" in shown
        assert "labels: not judged" in shown
        screen = pilot.app.screen
        assert isinstance(screen, DataScreen)
        await pilot.press("D")
        assert screen.query_one(PictureGrid).display
        assert not screen.query_one(DoctorPanel).display
        await pilot.press("D")
        await pilot.pause()
        assert "→ skipped" in drawn(pilot)


async def test_other_data_has_no_report_yet() -> None:
    app = app_with_draft()
    async with app.run_test(size=(140, 45)) as pilot:
        await pilot.press("2", "D")
        await report_is_there(pilot)
        assert app.draft is not None
        data = app.draft.session.data.model_copy(update={"source": "elsewhere"})
        app.edit(app.draft.session.model_copy(update={"data": data}))
        await pilot.pause(0.1)
        assert not app.screen.query_one(DoctorPanel).display


async def test_no_control_character_of_a_name_reaches_the_terminal() -> None:
    app = app_with_draft()
    evil = "a/b\x1b[2J\x9b\u202e\n[red]"
    assert app.draft is not None
    app.draft.preview = DataPreview(evil, (ClassCount(evil, 3, 2, 1),), 64, (evil,), ())
    async with app.run_test(size=(140, 45)) as pilot:
        await pilot.press("2")
        await pilot.pause()
        shown = drawn(pilot)
        assert not {"\x1b", "\x9b", "\u202e"} & set(shown)
        assert "a/b\\x1b[2J\\x9b\\u202e\\n[red]" in shown
