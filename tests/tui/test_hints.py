"""Hint lines: there for a new user, gone for good once the key was used, on each screen by itself."""

from pathlib import Path

import pytest

from tests.tui.made_models import app_with_draft
from tui.all_keys import bindings
from tui.hints import HINTS, Hints
from tui.preferences import Preferences
from tui.widgets.hint_line import HintLine


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "hints-learned"


def test_what_was_learned_stays_learned(file: Path) -> None:
    assert not Hints(file).used("model", "move(1)")
    assert Hints(file).used("model", "thaw_line(1)")
    assert Hints(file).of("model") is None
    assert Hints(file).of("train") is not None


def test_a_state_folder_that_can_not_be_written_harms_nobody(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    hints = Hints(tmp_path / "state" / "hints-learned")
    assert hints.used("model", "toggle_row")
    assert hints.of("model") is None


def test_every_hint_names_a_key_that_does_what_it_says() -> None:
    found = {binding.id: binding for _, binding in bindings()}
    for hint in HINTS.values():
        assert hint.key in found[hint.id].key.split(",")
        assert found[hint.id].action.partition("(")[0] in hint.actions


async def test_the_line_goes_when_its_key_is_used(file: Path) -> None:
    app = app_with_draft()
    app.hints, app.preferences = Hints(file), Preferences(keys={"tree.toggle": "o,space"})
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await pilot.pause()
        line = app.screen.query_one(HintLine)
        assert line.display
        assert str(line.render()).startswith("Hint: o freezes or thaws")
        await pilot.press("j")
        assert line.display
        await pilot.press("space")
        await pilot.pause()
        assert not line.display
        await pilot.press("2")
        await pilot.pause()
        assert app.screen.query_one(HintLine).display
    assert Hints(file).of("model") is None
