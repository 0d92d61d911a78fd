"""The folder of all runs: make one, find the one that a user means, list them, delete one."""

import re
import shutil
from datetime import datetime
from pathlib import Path

from workbench.errors import BadInput, ThawError, did_you_mean
from workbench.protocol import (
    FORMAT,
)
from workbench.run.folder import RunFolder
from workbench.run.lease import is_alive


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
    try:
        return (path / "session.toml").is_file() and (path / "events.jsonl").exists()
    except OSError:  # a folder that this user may not enter
        return False


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
    """The run itself; BadInput where it can't be read or a newer version of Thaw wrote it."""
    try:
        with run.events.open("rb") as file:
            first = file.readline()
    except OSError as error:
        raise BadInput(
            f"{run.events}: can't be read: {error.strerror}", "was the run moved, or is it another user's?"
        ) from None
    found = re.search(rb'"format":\s*(\d+)', first)
    if found and int(found[1]) > FORMAT:
        raise BadInput(
            f"{run.path}: written by a newer Thaw (run format {int(found[1])}, this one reads up to {FORMAT})",
            "update Thaw to open it; nothing was changed",
        )
    return run


def list_runs(folder: Path) -> list[RunFolder]:
    """All runs in a folder, the latest first; what vanishes meanwhile, or may not be read, is left out."""
    try:
        paths = list(folder.iterdir())
    except OSError:
        return []
    started = {RunFolder(path): moment for path in paths if _is_run(path) and (moment := _started_at(path))}
    return sorted(started, key=lambda run: (started[run], run.name), reverse=True)


def _started_at(path: Path) -> float | None:
    try:
        return RunFolder(path).session.stat().st_mtime
    except OSError:
        return None


def delete(run: RunFolder) -> None:
    """Remove a run folder; BadInput while a worker trains it, ThawError where it can't be removed."""
    if is_alive(run):
        raise BadInput(f"{run.name}: still training", "stop it first")
    try:
        shutil.rmtree(run.path)
    except OSError as error:
        raise ThawError(
            f"{run.path}: can't be deleted: {error.strerror}", "was it moved, or is it another user's?"
        ) from None
