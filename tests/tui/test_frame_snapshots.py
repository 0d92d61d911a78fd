"""How the welcome, data and model screens look, small and large; `pytest --snapshot-update` accepts a new look."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui.made_models import app_with_draft, engine, model
from tests.tui.waiting import at_rest
from tui.app import ThawApp

SIZES = [pytest.param((80, 24), id="80x24"), pytest.param((140, 45), id="140x45")]

Compare = Callable[..., bool]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THAW_RUNS", raising=False)


def pressing(*keys: str) -> Callable[[Pilot[Any]], Any]:
    async def press(pilot: Pilot[Any]) -> None:
        await at_rest(pilot)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await at_rest(pilot)

    return press


@pytest.mark.parametrize("size", SIZES)
def test_welcome(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(ThawApp(engine=engine()), terminal_size=size, run_before=pressing())


@pytest.mark.parametrize("size", SIZES)
def test_data(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(app_with_draft(), terminal_size=size, run_before=pressing("2"))


@pytest.mark.parametrize("size", SIZES)
def test_model(snap_compare: Compare, size: tuple[int, int]) -> None:
    app = app_with_draft(described=model(3))
    keys = pressing("3", "j", "j", "j", "l", "j", "t", "plus")
    assert snap_compare(app, terminal_size=size, run_before=keys)


def test_fields_with_a_complaint(snap_compare: Compare) -> None:
    app = app_with_draft()
    keys = pressing("3", "tab", "down", "enter", "minus")
    assert snap_compare(app, terminal_size=(80, 24), run_before=keys)


def test_help(snap_compare: Compare) -> None:
    assert snap_compare(app_with_draft(), terminal_size=(80, 24), run_before=pressing("3", "question_mark"))
