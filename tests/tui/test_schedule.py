"""The schedule as lines: typed, read back, placed and moved; and the dialog that edits a draft's."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.tui.made_models import SESSION, app_with_draft, model
from tui.app import ThawApp
from tui.schedule import by_strategy, entry_of, later, line_of, moment, placed
from workbench.actions import Freeze, ScaleRate, SetRate, Thaw
from workbench.errors import BadInput
from workbench.session_file import parse

STAGES = model().stage_of


def test_a_line_says_when_and_what() -> None:
    entry = entry_of("2: thaw layer1; thaw layer2; lr 0.0003; lr-scale layer1 0.5", STAGES)
    assert (entry.epoch, entry.step) == (2, None)
    assert entry.edits() == (Thaw(("layer1", "layer2")), SetRate(0.0003), ScaleRate("layer1", 0.5))
    assert entry_of("step 0 freeze head", STAGES).edits() == (Freeze(("head",)),)


@pytest.mark.parametrize(
    "line", ["epoch 2: thaw layer1; lr 0.0003", "step 450: batchnorm follow", "epoch 1: epochs 9"]
)
def test_what_is_shown_is_read_back(line: str) -> None:
    assert line_of(entry_of(line, STAGES)) == line


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("thaw layer1", "when, and what?"),
        ("epoch 0: thaw layer1", "epochs count from 1"),
        ("2: thaw layer9", "layer9"),
        ("2: pause", "can't be scheduled"),
        ("2: undo", "can't be scheduled"),
        ("2: lr fast", "can't be read"),
        ("2: ;", "nothing is scheduled"),
        ("2: epochs 1000000", "100000"),
    ],
)
def test_a_line_that_does_not_fit_is_refused_in_words(line: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        entry_of(line, STAGES)


def test_entries_stand_in_order_and_move() -> None:
    first, last = entry_of("2: lr 1", {}), entry_of("4: lr 2", {})
    entries, place = placed([first, last], entry_of("3: lr 3", {}))
    assert ([moment(entry) for entry in entries], place) == (["epoch 2", "epoch 3", "epoch 4"], 1)
    assert placed([first], entry_of("step 0: lr 1", {}))[1] == 1
    assert moment(later(first, -5)) == "epoch 1"
    assert moment(later(entry_of("step 10: lr 1", {}), 1)) == "step 11"


def test_what_the_strategy_plans_is_told() -> None:
    session = parse(SESSION.replace("last-block", "gradual"), "test")
    assert by_strategy(session, model().stages)[0] == "epoch 2: thaw layer2"
    assert by_strategy(parse(SESSION, "test"), model().stages) == []


# ---- the dialog ----


def shown(app: ThawApp) -> str:
    lines = app.screen.query_one("#schedule-lines", Static)
    return "\n".join(lines.render_line(y).text.rstrip() for y in range(lines.size.height))


async def typed(pilot: Pilot[str], text: str) -> None:
    pilot.app.screen.query_one(Input).insert_text_at_cursor(text)
    await pilot.press("enter")
    await pilot.pause()


async def test_entries_are_added_changed_moved_and_removed(tmp_path: Path) -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3", "S")
        assert "nothing is planned yet" in shown(app)
        await pilot.press("a")
        await typed(pilot, "3: thaw layer1")
        await pilot.press("a")
        await typed(pilot, "2 lr 0.01")
        assert shown(app).splitlines() == ["▸ epoch 2: lr 0.01", "  epoch 3: thaw layer1"]
        await pilot.press("right", "right")
        assert shown(app).splitlines() == ["  epoch 3: thaw layer1", "▸ epoch 4: lr 0.01"]
        await pilot.press("k", "enter", *["backspace"] * 6)
        await typed(pilot, "layer9")
        assert "'layer9' matches no module" in str(app.screen.query_one("#schedule-note", Static).render())
        await pilot.press("backspace")
        await typed(pilot, "2")
        await pilot.press("j", "d")
        assert shown(app).splitlines() == ["▸ epoch 3: thaw layer2"]
        await pilot.press("u")
        assert "lr 0.01" in shown(app)
        await pilot.press("escape")
        assert app.draft is not None
        assert [line_of(entry) for entry in app.draft.session.schedule] == [
            "epoch 3: thaw layer2",
            "epoch 4: lr 0.01",
        ]
        text = app.draft.toml()
        assert text.startswith("# The session of the screens' tests.")
        assert parse(text, "saved") == app.draft.session
