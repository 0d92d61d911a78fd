"""Starting workers so that they outlive whoever started them, and stopping them.

A worker gets a process session of its own: closing the terminal, the SSH link or the TUI never reaches it.
"""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime

from workbench.actions import Stop
from workbench.errors import BadInput, ThawError
from workbench.run import RunFolder, holder_of, is_alive

STARTING = "starting a worker"
"""The line of ``worker.log`` before what each worker prints (`run.is_starting` looks at the time of it)."""


def worker_command(run: RunFolder) -> list[str]:
    """The command line that trains a run, in this interpreter."""
    return [sys.executable, "-m", "workbench.core.worker", str(run.path.resolve())]


def engine_command() -> list[str]:
    """The command line of the engine, in this interpreter."""
    return [sys.executable, "-m", "workbench.core.engine"]


def start(run: RunFolder) -> subprocess.Popen[bytes]:
    """Start a detached worker for the run, or let it take the run up where its last checkpoint stands."""
    if is_alive(run):
        raise BadInput(f"{run.name}: is training already", "attach to it with thaw attach")
    with run.log.open("ab") as log:
        log.write(f"{datetime.now():%Y-%m-%d %H:%M:%S} {STARTING}\n".encode())
        log.flush()
        return subprocess.Popen(
            worker_command(run),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )


def stop(run: RunFolder, patience: float = 60.0) -> None:
    """Ask the worker to checkpoint and end; after `patience` seconds without that, terminate it."""
    if not is_alive(run):
        raise BadInput(f"{run.name}: not training", "nothing to stop; thaw runs shows the states")
    run.tell(Stop())
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if not is_alive(run):
            return
        time.sleep(0.1)
    pid = holder_of(run).get("pid")
    if not isinstance(pid, int):
        raise ThawError(f"{run.name}: did not stop", "its worker runs on another machine: stop it there")
    os.kill(pid, signal.SIGTERM)
