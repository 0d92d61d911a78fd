"""Workers as processes: they outlive whoever started them, and end when they are asked to."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench import launch
from workbench import run as runs
from workbench.errors import BadInput
from workbench.protocol import Finished, Saved, Steps
from workbench.run import Lease, RunFolder

SESSION = """
name = "short"
[data]
source = "digits"
train_per_class = 4
image_size = 32
batch_size = 8
[model]
name = "shufflenet_v2_x0_5"
weights = "none"
[train]
epochs = {epochs}
device = "cpu"
"""


def made(folder: Path, epochs: int) -> RunFolder:
    return runs.create(SESSION.format(epochs=epochs), "short", folder)


def wait_for(reached: Callable[[], object], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def has(run: RunFolder, kind: type) -> bool:
    return any(isinstance(event, kind) for event in runs.read_events(run.events))


def test_a_worker_outlives_who_started_it(tmp_path: Path) -> None:
    run = made(tmp_path, 1)
    script = "import sys; from pathlib import Path; from workbench import launch; from workbench.run import RunFolder\n"
    script += "print(launch.start(RunFolder(Path(sys.argv[1]))).pid)"
    starter = subprocess.run(
        [sys.executable, "-c", script, str(run.path)], capture_output=True, text=True, check=True
    )
    worker = int(starter.stdout)
    assert os.getsid(worker) == worker
    assert runs.is_working(run)
    wait_for(lambda: runs.is_over(run) and not runs.is_alive(run))
    assert runs.summarise(run).state == "finished"
    assert (run.checkpoint("last") / "model.safetensors").is_file()


def test_a_stopped_run_has_a_checkpoint_and_goes_on_from_it(tmp_path: Path) -> None:
    run = made(tmp_path, 500)
    worker = launch.start(run)
    with pytest.raises(BadInput, match="is training already"):
        launch.start(run)
    wait_for(lambda: has(run, Steps))
    launch.stop(run)
    assert worker.wait() == 0
    assert runs.summarise(run).state == "stopped"
    assert has(run, Saved)
    stopped_at = next(event.step for event in reversed(runs.last_events(run)) if isinstance(event, Finished))

    again = launch.start(run)
    wait_for(lambda: runs.summarise(run).step > stopped_at + 2)
    launch.stop(run)
    assert again.wait() == 0


def test_there_is_nothing_to_stop_where_nothing_trains(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not training"):
        launch.stop(made(tmp_path, 1))


def test_a_worker_that_does_not_listen_is_terminated(tmp_path: Path) -> None:
    run = made(tmp_path, 1)
    hold = "import sys, time; from pathlib import Path; from workbench.run import Lease, RunFolder\n"
    hold += "with Lease(RunFolder(Path(sys.argv[1]))): time.sleep(600)"
    deaf = subprocess.Popen([sys.executable, "-c", hold, str(run.path)])
    wait_for(lambda: runs.is_alive(run))
    launch.stop(run, patience=0.2)
    assert deaf.wait(10) == -15


def test_a_launched_worker_counts_as_starting_until_it_holds_the_lease(tmp_path: Path) -> None:
    run = made(tmp_path, 1)
    assert not runs.is_starting(run)
    run.log.write_bytes(b"something before\n" + runs.launch_line(os.getpid()))
    assert runs.is_starting(run)
    with Lease(run):
        assert not runs.is_starting(run)
        assert runs.is_working(run)
    assert not runs.is_working(run)


def test_a_worker_that_died_before_it_took_the_lease_is_not_starting(tmp_path: Path) -> None:
    run = made(tmp_path, 1)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    run.log.write_bytes(runs.launch_line(dead.pid))
    assert not runs.is_working(run)
