"""Resuming a run: it says at once that it starts, and also when its worker dies without a word."""

import sys
from pathlib import Path

import pytest

from tests.tui.key_places import made
from tests.tui.waiting import until
from tui.screens.failure import FailureScreen
from workbench import launch


@pytest.mark.parametrize(
    ("program", "state"), [("import time; time.sleep(60)", "starting"), ("raise SystemExit(1)", "crashed")]
)
async def test_what_became_of_the_worker_is_shown(
    program: str, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "worker_command", lambda _: [sys.executable, "-c", program])
    with made("over", tmp_path / "runs") as (app, run):
        async with app.run_test(size=(100, 30)) as pilot:
            await app.attach(run)
            await until(pilot, lambda: app.attached.view.state == "stopped")
            await pilot.press("4", "s")
            await until(pilot, lambda: app.attached.view.state == state)
            await until(pilot, lambda: isinstance(app.screen, FailureScreen) == (state == "crashed"))
            for worker in app._processes.values():
                worker.kill()
                worker.wait()
