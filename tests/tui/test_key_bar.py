"""The keys at the foot of the screens: as many as fit, and always the way to the others and out."""

import pytest

from tests.tui.made_models import app_with_draft
from tui.widgets.key_bar import ALWAYS, FIRST_TO_GO, Entry, KeyBar, fitting


def entries(*ids: str) -> list[Entry]:
    return [Entry("x", its, "x", "Word", enabled=True) for its in ids]


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("screen", "123456")
async def test_help_and_leaving_are_on_every_screen_at_every_width(screen: str, width: int) -> None:
    app = app_with_draft()
    async with app.run_test(size=(width, 24)) as pilot:
        await pilot.press(screen)
        await pilot.pause()
        line = app.screen.query_one(KeyBar).render().plain.rstrip()
        assert len(line) <= width
        assert "? Help" in line
        assert "q Leave" in line


async def test_the_model_screen_offers_to_start_at_80_columns() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await pilot.pause()
        line = app.screen.query_one(KeyBar).render().plain
        assert all(words in line for words in ("space Toggle", "[ ] Line", "tab Pane", "s Start"))


def test_what_matters_least_makes_room_and_the_order_stays() -> None:
    keys = entries(
        "tree.toggle", "model.verify", "model.start", "app.help", "app.save", "app.open", "app.leave"
    )
    assert fitting(keys, 200) == keys
    room = sum(key.width for key in keys[:-1]) - 1
    left = ["tree.toggle", "model.verify", "model.start", "app.help", "app.save", "app.leave"]
    assert [key.id for key in fitting(keys, room)] == left
    assert {key.id for key in fitting(keys, 2 * keys[0].width - 1)} == ALWAYS
    assert not set(FIRST_TO_GO) & ALWAYS


async def test_a_widget_does_not_hide_a_key_of_the_app_that_does_the_same_to_other_things() -> None:
    app = app_with_draft()
    async with app.run_test(size=(160, 24)) as pilot:
        for screen, words in (("1", "⏎ Choose"), ("6", "⏎ Open")):
            await pilot.press(screen)
            await pilot.pause()
            line = app.screen.query_one(KeyBar).render().plain
            assert words in line
            assert "^o Open" in line
