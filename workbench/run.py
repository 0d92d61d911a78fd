"""The run folder: create it, append to its two files, read them, hold its lease, list all runs.

Lines are appended with one write each on a descriptor opened with O_APPEND, so that several clients and a kill at
any moment leave whole lines; a torn last line is ignored by readers and cut by the next worker.
"""

import fcntl
import json
import os
import re
import shutil
import socket
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import msgspec

from workbench.actions import Action
from workbench.errors import BadInput, ThawError, did_you_mean
from workbench.protocol import (
    FORMAT,
    Applied,
    Command,
    Evaluated,
    Event,
    Failed,
    Finished,
    Metrics,
    ModelDescription,
    Paused,
    Prediction,
    Rejected,
    Started,
    Steps,
    decode_command,
    decode_event,
    encode,
)

State = Literal["new", "running", "paused", "finished", "stopped", "failed", "crashed"]


def runs_folder(chosen: Path | None = None) -> Path:
    """Where runs live: the chosen folder, else ``THAW_RUNS``, else ``runs`` under the current folder."""
    return chosen or Path(os.environ.get("THAW_RUNS") or "runs")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run's folder on disk; holds no state of its own."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def session(self) -> Path:
        """The session file as it was started."""
        return self.path / "session.toml"

    @property
    def events(self) -> Path:
        """The journal."""
        return self.path / "events.jsonl"

    @property
    def commands(self) -> Path:
        """What clients asked of the run."""
        return self.path / "commands.jsonl"

    @property
    def replay(self) -> Path:
        """What the worker repeats of another run: that run's applied events."""
        return self.path / "replay.jsonl"

    @property
    def log(self) -> Path:
        """What the worker printed."""
        return self.path / "worker.log"

    @property
    def lease(self) -> Path:
        """Who trains the run; locked while it does."""
        return self.path / "worker.json"

    def checkpoint(self, kind: str) -> Path:
        """The folder of the checkpoint of that kind (last or best)."""
        return self.path / "checkpoints" / kind

    def evaluation(self, split: str) -> Path:
        """The folder of a split's predictions and metrics."""
        return self.path / "evaluation" / split

    def model(self) -> ModelDescription | None:
        """The module tree as built, or None before the worker has written it."""
        try:
            return msgspec.json.decode((self.path / "model.json").read_bytes(), type=ModelDescription)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def metrics(self, split: str) -> Metrics | None:
        """The last evaluation of a split, or None where there is none."""
        try:
            return msgspec.json.decode((self.evaluation(split) / "metrics.json").read_bytes(), type=Metrics)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def predictions(self, split: str) -> list[Prediction]:
        """The predictions of the last evaluation of a split, one an image."""
        try:
            data = (self.evaluation(split) / "predictions.json").read_bytes()
            return msgspec.json.decode(data, type=list[Prediction])
        except (FileNotFoundError, msgspec.DecodeError):
            return []

    def tell(self, action: Action) -> Command:
        """Append a command for the worker; returns it with its id."""
        command = Command(uuid.uuid4().hex[:12], time.time(), action)
        try:
            append(self.commands, encode(command))
        except OSError as error:
            raise ThawError(
                f"{self.commands}: can't be written: {error.strerror}",
                "free space or correct its permissions",
            ) from None
        return command


def create(session_text: str, name: str, folder: Path, at: Path | None = None) -> RunFolder:
    """A new run folder holding a byte copy of the session; `at` names it, else date, time and session name do."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    wanted = at or folder / f"{stamp}-{re.sub(r'[^A-Za-z0-9_.-]+', '-', name)}"
    path = wanted
    try:
        for attempt in range(2, 1000):
            try:
                path.mkdir(parents=True)
                break
            except FileExistsError:
                if at is not None:
                    raise BadInput(f"{at}: exists already", "give another folder, or resume it") from None
                path = wanted.with_name(f"{wanted.name}-{attempt}")
        run = RunFolder(path)
        run.session.write_text(session_text, encoding="utf-8")
        run.commands.touch()
        run.events.touch()
    except OSError as error:
        raise BadInput(
            f"{path}: can't be created: {error.strerror}", "choose another place with --runs"
        ) from None
    return run


def exists(name: str, folder: Path) -> bool:
    """Whether a name is that of a run: a folder, or a name under the runs folder."""
    return any(_is_run(path) for path in (Path(name), folder / name))


def _is_run(path: Path) -> bool:
    return (path / "session.toml").is_file() and (path / "events.jsonl").exists()


def find(name: str | None, folder: Path) -> RunFolder:
    """The run that a user means: a folder, a name under the runs folder, or the latest."""
    if name is None:
        runs = list_runs(folder)
        if not runs:
            raise BadInput(f"{folder}: no runs here", "start one with thaw run SESSION, or name a run folder")
        return check_format(runs[0])
    for path in (Path(name), folder / name):
        if _is_run(path):
            return check_format(RunFolder(path))
    names = [run.name for run in list_runs(folder)]
    raise BadInput(f"{name}: no such run", did_you_mean(name, names) or f"thaw runs lists those in {folder}")


def check_format(run: RunFolder) -> RunFolder:
    """The run itself; BadInput where a newer version of Thaw wrote it."""
    with run.events.open("rb") as file:
        first = file.readline()
    found = re.search(rb'"format":\s*(\d+)', first)
    if found and int(found[1]) > FORMAT:
        raise BadInput(
            f"{run.path}: written by a newer Thaw (run format {int(found[1])}, this one reads up to {FORMAT})",
            "update Thaw to open it; nothing was changed",
        )
    return run


def list_runs(folder: Path) -> list[RunFolder]:
    """All runs in a folder, the latest first."""
    if not folder.is_dir():
        return []
    runs = [RunFolder(path) for path in folder.iterdir() if _is_run(path)]
    return sorted(runs, key=lambda run: (run.session.stat().st_mtime, run.name), reverse=True)


def delete(run: RunFolder) -> None:
    """Remove a run folder; BadInput while a worker trains it."""
    if is_alive(run):
        raise BadInput(f"{run.name}: still training", "stop it first")
    shutil.rmtree(run.path)


# ---- lines ----


def append(path: Path, line: bytes) -> None:
    """Append one line with one write; a short write (full disk) raises OSError after cutting what was torn."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        data = line + b"\n"
        written = os.write(descriptor, data)
        if written != len(data):
            os.ftruncate(descriptor, os.fstat(descriptor).st_size - written)
            raise OSError(28, "No space left on device")
    finally:
        os.close(descriptor)


@dataclass(slots=True)
class Tail:
    """Reads the whole lines that were added to a growing file since the last call."""

    path: Path
    offset: int = 0

    def read(self, limit: int = 1 << 22) -> list[bytes]:
        """The new whole lines, at most about `limit` bytes of them; an empty list when there are none."""
        try:
            if self.path.stat().st_size <= self.offset:
                return []
            with self.path.open("rb") as file:
                file.seek(self.offset)
                data = file.read(limit)
        except FileNotFoundError:
            return []
        whole = data.rfind(b"\n") + 1
        self.offset += whole
        return [line for line in data[:whole].split(b"\n") if line.strip()]


def read_events(path: Path) -> Iterator[Event]:
    """All events of a journal; lines that can't be read (torn, or of a later version) are passed over."""
    tail = Tail(path)
    while lines := tail.read():
        for line in lines:
            event = event_of(line)
            if event is not None:
                yield event


def event_of(line: bytes) -> Event | None:
    """The event in a line, or None where it can't be read."""
    try:
        return decode_event(line)
    except msgspec.DecodeError:
        return None


def command_of(line: bytes) -> Command | None:
    """The command in a line, or None where it can't be read."""
    try:
        return decode_command(line)
    except msgspec.DecodeError:
        return None


def cut_torn_line(path: Path) -> int:
    """Cut a last line without an end, as a kill or a full disk leaves it; returns how many bytes were cut."""
    data = path.read_bytes() if path.exists() else b""
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)
    return len(data) - whole


# ---- the lease ----


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
        return not is_over(run) and time.time() - run.events.stat().st_mtime < 60
    try:
        with run.lease.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


START_SECONDS = 30.0
"""How long a worker that was launched may take until it holds the lease."""


def is_starting(run: RunFolder) -> bool:
    """Whether a worker was launched that has not taken the lease yet (`workbench.launch` writes to its log first)."""
    try:
        launched = run.log.stat().st_mtime
    except FileNotFoundError:
        return False
    started = run.lease.stat().st_mtime if run.lease.exists() else 0.0
    return started < launched and time.time() - launched < START_SECONDS and not is_over(run)


def is_working(run: RunFolder) -> bool:
    """Whether a worker trains the run or is about to."""
    return is_alive(run) or is_starting(run)


def waiting_commands(run: RunFolder) -> list[Command]:
    """The commands that the journal says nothing of yet."""
    commands = [command_of(line) for line in Tail(run.commands).read()]
    answered = {event.id for event in read_events(run.events) if isinstance(event, Applied | Rejected)}
    return [command for command in commands if command is not None and command.id not in answered]


# ---- summaries ----


def is_over(run: RunFolder) -> bool:
    """Whether the journal's last words are that the run ended."""
    last = last_events(run)
    return bool(last) and isinstance(last[-1], Finished | Failed)


def last_events(run: RunFolder, size: int = 65536) -> list[Event]:
    """The events in the last `size` bytes of a journal."""
    try:
        with run.events.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - size))
            data = file.read()
    except FileNotFoundError:
        return []
    lines = data.split(b"\n")[1 if end > size else 0 : -1]
    return [event for line in lines if (event := event_of(line)) is not None]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a list of runs shows of one."""

    run: RunFolder
    state: State
    model: str
    step: int
    epoch: int
    epochs: int
    val_accuracy: float | None
    test_accuracy: float | None
    modified: float


def summarise(run: RunFolder) -> RunSummary:
    """A run's state and last figures, from the journal's start and end only."""
    with run.events.open("rb") as file:
        events = [event for line in file.readlines(16384) if (event := event_of(line)) is not None]
    started = next((event for event in events if isinstance(event, Started)), None)
    events += last_events(run)
    step, steps_per_epoch = 0, started.steps_per_epoch if started else 1
    val: float | None = None
    test: float | None = None
    for event in events:
        match event:
            case Steps():
                step = event.step + len(event.loss)
            case Evaluated(split="val"):
                val = event.accuracy
            case Evaluated(split="test"):
                test = event.accuracy
    epochs = started.epochs if started else 0
    return RunSummary(
        run=run,
        state=state_of(run, events),
        model=started.model if started else "",
        step=step,
        epoch=min(step // steps_per_epoch + 1, epochs) if step else 0,
        epochs=epochs,
        val_accuracy=val,
        test_accuracy=test,
        modified=run.events.stat().st_mtime,
    )


def state_of(run: RunFolder, events: list[Event]) -> State:
    """The state of a run, from its last events and from whether a worker lives."""
    marks = [event for event in events if isinstance(event, Started | Finished | Failed | Paused)]
    last = marks[-1] if marks else None
    if is_alive(run):
        return "paused" if isinstance(last, Paused) and _still_paused(events) else "running"
    match last:
        case Finished(reason="stopped"):
            return "stopped"
        case Finished():
            return "finished"
        case Failed():
            return "failed"
        case None:
            return "crashed" if holder_of(run) else "new"
    return "crashed"


def _still_paused(events: list[Event]) -> bool:
    for event in reversed(events):
        if isinstance(event, Steps):
            return False
        if isinstance(event, Paused):
            return True
    return False
