"""What paints its lines by itself paints what Textual's way around a widget's content would."""

from pathlib import Path

import pytest
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widget import Widget

from tests.tui.key_places import made
from tests.tui.waiting import at_rest, until
from tui.app import SCREENS
from tui.widgets.bare_lines import BareLines

PLACES = [
    *((mode, ()) for mode in SCREENS),
    ("model", ("tab",)),
    ("train", ("v",)),
    ("evaluate", ("w",)),
    ("evaluate", ("b",)),
    ("evaluate", ("i",)),
    ("welcome", ("ctrl+o",)),
]
"""A screen, and the keys that show more of its widgets."""
KINDS = {
    "Chart",
    "Confusion",
    "FieldList",
    "LineScrollBar",
    "Mistakes",
    "MixUps",
    "PathList",
    "PictureGrid",
    "ProgressLine",
    "Reliability",
    "RunLog",
    "TreeLines",
}


async def seen(pilot: Pilot[str]) -> set[str]:
    """Compare all widgets of the screen that paint their lines by themselves; their kinds."""
    kinds = set()
    for widget in pilot.app.screen._compositor.visible_widgets:
        if isinstance(widget, BareLines) and widget.region:
            kinds.add(type(widget).__name__)
            for crop in parts(widget):
                widget._styles_cache.clear()
                ours = BareLines.render_lines(widget, crop)
                widget._styles_cache.clear()
                assert ours == Widget.render_lines(widget, crop), widget
    return kinds


def parts(widget: Widget) -> list[Region]:
    """All of the widget but what a scrollbar covers, and a part of that."""
    size = widget.scrollable_content_region.size
    whole = Region(0, 0, size.width, size.height)
    return [whole, Region(size.width // 3, size.height // 3, size.width // 2, size.height // 2)]


@pytest.mark.parametrize("size", [(80, 24), (140, 45)], ids=str)
async def test_it_paints_what_textual_paints(size: tuple[int, int], tmp_path: Path) -> None:
    kinds: set[str] = set()
    with made("over", tmp_path / "runs") as (app, run):
        assert run is not None
        async with app.run_test(size=size) as pilot:
            await app.attach(run)
            await until(pilot, lambda: app.attached.caught_up)
            for mode, keys in PLACES:
                await app.show_mode(mode)
                await at_rest(pilot)
                await pilot.press(*keys)
                await at_rest(pilot)
                kinds |= await seen(pilot)
                await pilot.press("escape")
    assert kinds == KINDS
