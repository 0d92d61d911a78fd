"""What the compositor paints is what Textual's own would paint, with fewer lines rendered for it."""

import random
from collections import Counter
from pathlib import Path

import pytest
from textual._compositor import ChopsUpdate, Compositor
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from tests.tui.key_places import made
from tests.tui.waiting import until
from tui.app import SCREENS
from tui.compositor import OpenCompositor
from tui.front_buffer import _painted

Painted = list[tuple[int, int, Strip]]


def sets_of_regions(width: int, height: int) -> list[set[Region]]:
    """Regions as they are painted together: some, anywhere."""
    draw = random.Random(width)  # noqa: S311  (regions, not secrets)
    found = []
    for _ in range(12):
        chosen = set()
        for _ in range(draw.randint(1, 4)):
            x, y = draw.randrange(width), draw.randrange(height)
            chosen.add(Region(x, y, draw.randint(1, width - x), draw.randint(1, height - y)))
        found.append(chosen)
    return found


def ours(compositor: Compositor, regions: set[Region]) -> Painted:
    compositor._dirty_regions.update(regions)
    update = compositor.render_partial_update()
    assert update is not None
    return list(_painted(update))


def textuals(compositor: Compositor, regions: set[Region]) -> Painted:
    spans = list(compositor._regions_to_spans(regions))
    lines = {y for y, _, _ in spans}
    chops = Compositor._render_chops(compositor, Region.from_union(regions), lines.__contains__)
    return list(_painted(ChopsUpdate(chops, spans, [line[1:] for line in compositor.cuts])))


@pytest.mark.parametrize("size", [(80, 24), (140, 45)], ids=str)
async def test_it_paints_what_textuals_own_paints(size: tuple[int, int], tmp_path: Path) -> None:
    with made("live", tmp_path / "runs") as (app, run):
        assert run is not None
        async with app.run_test(size=size) as pilot:
            await app.attach(run)
            await until(pilot, lambda: app.attached.caught_up)
            for mode in SCREENS:
                await app.show_mode(mode)
                for _ in range(4):
                    await pilot.pause(0.02)
                compositor, whole = app.screen._compositor, Region(0, 0, *size)
                assert isinstance(compositor, OpenCompositor)
                for regions in [{whole}, *sets_of_regions(*size)]:
                    assert ours(compositor, regions) == textuals(compositor, regions)


class Boxes(App[None]):
    """A box that its text covers but for one line."""

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("\n".join("text" for _ in range(9)))


async def test_what_is_covered_is_not_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    app, rendered = Boxes(), Counter[str]()
    render_lines = Widget.render_lines

    def counted(self: Widget, crop: Region) -> list[Strip]:
        rendered[type(self).__name__] += crop.height
        return render_lines(self, crop)

    async with app.run_test(size=(20, 10)):
        compositor = OpenCompositor()
        compositor.reflow(app.screen, app.size)
        monkeypatch.setattr(Widget, "render_lines", counted)
        monkeypatch.setattr("tui.compositor._LINE_BY_LINE", {counted})
        compositor.render_strips()
    assert rendered == {"Static": 9, "Vertical": 1}
