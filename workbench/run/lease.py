"""Who trains a run: the lease that one worker holds, and how others see whether it is held."""

import fcntl
import json
import os
import re
import socket
import time
from types import TracebackType
from typing import Any, Self

from workbench.errors import BadInput, ThawError
from workbench.run.folder import RunFolder
from workbench.run.journal import is_over


class Lease:
    """Holds a run for one worker, by a lock on ``worker.json`` that the system releases however the worker ends."""

    def __init__(self, run: RunFolder) -> None:
        self._run = run
        self._descriptor = -1

    def __enter__(self) -> Self:
        self._descriptor = os.open(self._run.lease, os.O_RDWR | os.O_CREAT, 0o644)
        if not self._lock():
            self._close()
            holder = holder_of(self._run)
            raise BadInput(
                f"{self._run.name}: another worker trains this run (process {holder.get('pid', '?')} on "
                f"{holder.get('host', '?')})",
                "attach to it with thaw attach, or stop it first with thaw stop",
            )
        os.register_at_fork(after_in_child=self._close)  # a loader's process must not keep the lease alive
        os.ftruncate(self._descriptor, 0)
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "started": time.time()}
        os.write(self._descriptor, json.dumps(holder).encode())
        return self

    def _lock(self) -> bool:
        """Whether the lock could be had; someone who only looks (`is_alive`) holds it for an instant."""
        for _ in range(20):
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.05)
            except OSError as error:
                self._close()
                raise ThawError(
                    f"{self._run.lease}: can't be locked: {error.strerror}",
                    "keep runs on a file system that has locks (--runs FOLDER)",
                ) from None
            else:
                return True
        return False

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close()


def holder_of(run: RunFolder) -> dict[str, Any]:
    """Who took the run up last: pid, host and start time; empty where no worker did."""
    try:
        holder = json.loads(run.lease.read_text())
    except (OSError, ValueError):
        return {}
    return holder if isinstance(holder, dict) else {}


def is_alive(run: RunFolder) -> bool:
    """Whether a worker trains the run now.

    On this host the lock on the lease tells; for a worker on another host, whose lock may not be visible here, a
    journal that grew in the last minute does.
    """
    holder = holder_of(run)
    if not holder:
        return False
    if holder.get("host") != socket.gethostname():
        return not is_over(run) and _grew_lately(run)
    try:
        with run.lease.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _grew_lately(run: RunFolder) -> bool:
    try:
        return time.time() - run.events.stat().st_mtime < 60
    except OSError:
        return False


START_SECONDS = 60.0
"""How long a worker that was launched may take until it holds the lease."""
_LAUNCHED = re.compile(rb"^worker (\d+) launched at ([\d.]+)$", re.MULTILINE)


def launch_line(pid: int) -> bytes:
    """The line that says in ``worker.log`` which process was launched, and when."""
    return b"worker %d launched at %.3f\n" % (pid, time.time())


def is_starting(run: RunFolder) -> bool:
    """Whether a worker was launched on this host that has not taken the lease yet."""
    try:
        launches = _LAUNCHED.findall(run.log.read_bytes())
    except OSError:
        return False
    if not launches:
        return False
    pid, launched = int(launches[-1][0]), float(launches[-1][1])
    return holder_of(run).get("pid") != pid and time.time() - launched < START_SECONDS and _lives(pid)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_working(run: RunFolder) -> bool:
    """Whether a worker trains the run or is about to."""
    return is_alive(run) or is_starting(run)
