"""Starting workers so that they outlive whoever started them, and stopping them.

A worker gets a process session of its own: closing the terminal, the SSH link or the TUI never reaches it.
"""

import os
import signal
import socket
import subprocess
import sys
import time

from workbench.actions import Stop
from workbench.errors import BadInput, ThawError
from workbench.run import RunFolder, holder_of, is_working, launch_line


def worker_command(run: RunFolder) -> list[str]:
    """The command line that trains a run, in this interpreter."""
    return [sys.executable, "-m", "workbench.core.worker", str(run.path.resolve())]


def engine_command() -> list[str]:
    """The command line of the engine, in this interpreter."""
    return [sys.executable, "-m", "workbench.core.engine"]


def start(run: RunFolder) -> subprocess.Popen[bytes]:
    """Start a detached worker for the run, or let it take the run up where its last checkpoint stands."""
    if is_working(run):
        raise BadInput(f"{run.name}: is training already", "attach to it with thaw attach")
    try:
        with run.log.open("ab") as log:
            worker = subprocess.Popen(
                worker_command(run),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
            log.write(launch_line(worker.pid))
    except OSError as error:
        raise ThawError(
            f"{run.name}: its worker can't be started: {error.strerror}", f"{run.log} must be writable"
        ) from None
    return worker


def stop(run: RunFolder, patience: float = 60.0) -> None:
    """Ask the worker to checkpoint and end; after `patience` seconds without that, terminate it."""
    if not is_working(run):
        raise BadInput(f"{run.name}: not training", "nothing to stop; thaw runs shows the states")
    run.tell(Stop())
    if _ended_within(run, patience):
        return
    pid = holder_of(run).get("pid")
    if not isinstance(pid, int) or holder_of(run).get("host") != socket.gethostname():
        raise ThawError(f"{run.name}: did not stop", "its worker runs on another machine: stop it there")
    os.kill(pid, signal.SIGTERM)
    if not _ended_within(run, max(patience, 10.0)):
        raise ThawError(
            f"{run.name}: process {pid} does not end",
            f"kill -9 {pid}; thaw resume goes on from the last checkpoint",
        )


def _ended_within(run: RunFolder, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_working(run):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
