"""Makes the pictures of the README from a real run: ``python docs/pictures.py``.

It opens the workbench on the demo, thaws two stages while it trains, and keeps its screens as SVG beside this file;
a second run stands beside it on the last one. The runs lie in a temporary folder and are gone afterwards.
"""

import asyncio
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from tui.app import ThawApp
from tui.widgets.model_tree import ModelTree

HERE = Path(__file__).parent.resolve()
SIZE = (120, 34)


async def until(pilot: Pilot[str], condition: Callable[[], object]) -> None:
    """Let the app go on until the condition holds; TimeoutError after ten minutes."""
    async with asyncio.timeout(600):
        while not condition():
            await pilot.pause(0.05)


async def keep(pilot: Pilot[str], name: str) -> None:
    """Keep the screen as an SVG once it has settled."""
    await pilot.pause(1.5)
    pilot.app.clear_notifications()
    await pilot.pause(0.3)
    (HERE / f"{name}.svg").write_text(pilot.app.export_screenshot(title="Thaw"), encoding="utf-8")


async def to_row(pilot: Pilot[str], path: str) -> None:
    """Move the cursor of the model tree to a module."""
    tree = pilot.app.screen.query_one(ModelTree)
    tree.lines.focus()
    await pilot.press("home")
    for _ in range(300):
        if tree.lines.node is not None and tree.lines.node.path == path:
            return
        await pilot.press("j")
    raise LookupError(path)


async def main() -> None:
    """Train the demo, edit it live, and look at its screens."""
    app = ThawApp(demo=True)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.attached is not None and app.attached.view.step > 12)
        for path in ("conv5", "stage4"):
            await to_row(pilot, path)
            await pilot.press("t")
            await pilot.pause(1.0)
        await keep(pilot, "train")
        await pilot.press("2")
        await keep(pilot, "data")
        await pilot.press("3")
        await to_row(pilot, "stage4")
        await keep(pilot, "model")
        await until(pilot, lambda: app.attached is not None and app.attached.view.finished is not None)
        await pilot.press("5")
        await keep(pilot, "evaluate")
        await pilot.press("i")
        await pilot.pause(4.0)
        await keep(pilot, "mistakes")
        await second_run(pilot, app)
        await pilot.press("q")


async def second_run(pilot: Pilot[str], app: ThawApp) -> None:
    """Start the session once more, look at the table of runs, and stop it."""
    await pilot.press("4", "s")
    await until(pilot, lambda: app.attached is not None and app.attached.view.state == "running")
    await until(pilot, lambda: app.attached is not None and len(app.attached.view.evaluations) > 3)
    await pilot.press("6")
    await pilot.pause(2.0)
    await keep(pilot, "runs")
    await pilot.press("4", "x")
    await pilot.pause(0.5)
    await pilot.press("y")
    await until(pilot, lambda: app.attached is not None and app.attached.view.finished is not None)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        asyncio.run(main())
