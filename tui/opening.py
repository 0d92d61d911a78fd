"""What a path is to the workbench, and what the current folder offers to open.

Only looks at names and folders; reading a session, asking the engine and attaching are left to the app.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from workbench.data_files import IMAGE_SUFFIXES, is_label_file
from workbench.errors import BadInput
from workbench.run import RunFolder, RunSummary, list_runs, runs_folder, summarise

RECENT = 8
"""Runs that the welcome screen lists; the runs screen has all of them."""

Kind = Literal["run", "session", "folder"]


def kind_of(path: Path) -> Kind:
    """What a path can be opened as, a label file as the folder it speaks of; BadInput where it is nothing of that."""
    try:
        return _kind_of(path)
    except PermissionError:
        raise BadInput(f"{path}: may not be read", "correct its permissions, or open another one") from None


def _kind_of(path: Path) -> Kind:
    if (path / "session.toml").is_file() and (path / "events.jsonl").exists():
        return "run"
    if path.is_dir() or (path.is_file() and is_label_file(path)):
        return "folder"
    if not path.exists():
        raise BadInput(
            f"{path}: no such file or folder", "give a folder of images, a session (.toml) or a run folder"
        )
    if path.suffix != ".toml":
        raise BadInput(f"{path}: is no session", "a session is a .toml file; for pictures give their folder")
    return "session"


def typed_path(text: str) -> Path:
    """The path that a user typed; ``~`` is the home folder."""
    return Path(text).expanduser()


def meant(name: str) -> Path:
    """The path that a name on the command line means: itself, a run, or a session by its bare name."""
    from workbench.session_file import bundled_folder

    path = Path(name).expanduser()
    if path.exists():
        return path
    for place in (runs_folder() / name, Path("sessions") / f"{name}.toml", bundled_folder() / f"{name}.toml"):
        if place.exists():
            return place
    return path


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to open: its group, what it is called, what it is, and where it lies."""

    group: Literal["here", "runs", "sessions", "examples"]
    title: str
    detail: str
    path: Path
    summary: RunSummary | None = None


def offers(folder: Path) -> list[Offer]:
    """What is worth opening from a folder: runs that go on, pictures, recent runs, sessions, bundled examples."""
    looked = [_run_offer(run) for run in list_runs(runs_folder())[:RECENT]]
    recent = [offer for offer in looked if offer is not None]
    going_on = [
        Offer("here", f"attach to {offer.title}", "it is training now", offer.path, offer.summary)
        for offer in recent
        if offer.summary is not None and offer.summary.state in {"running", "paused"}
    ]
    return [
        *going_on,
        *_picture_folders(folder),
        *recent,
        *_sessions(folder / "sessions", "sessions"),
        *_examples(),
    ]


def _run_offer(run: RunFolder) -> Offer | None:
    try:
        summary = summarise(run)
    except OSError:
        return None
    return Offer("runs", run.name, summary.model, run.path, summary)


def _picture_folders(folder: Path) -> list[Offer]:
    candidates = [folder, *sorted(path for path in _folders(folder) if not path.name.startswith("."))[:20]]
    found = []
    for candidate in candidates:
        classes = classes_in(candidate)
        if len(classes) > 1:
            name = "this folder" if candidate == folder else candidate.name
            detail = f"pictures of {len(classes)} classes: {', '.join(classes)}"
            found.append(Offer("here", f"open {name}", detail, candidate))
    return found


def classes_in(folder: Path) -> list[str]:
    """The names of sub-folders that hold pictures, also inside train/; a quick look at the first entries only."""
    train = folder / "train"
    folders = _folders(train) if train.is_dir() else _folders(folder)
    return sorted(path.name for path in folders[:200] if _has_pictures(path))


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir()]
    except OSError:
        return []


def _has_pictures(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in islice(entries, 20)]
    except OSError:
        return False
    return any(Path(name).suffix.lower() in IMAGE_SUFFIXES for name in names)


def _examples() -> list[Offer]:
    from workbench.session_file import bundled_folder

    return _sessions(bundled_folder(), "examples")


def _sessions(folder: Path, group: Literal["sessions", "examples"]) -> list[Offer]:
    from workbench.session_file import bundled_folder

    if group == "sessions" and folder.resolve() == bundled_folder().resolve():
        return []
    return [Offer(group, path.stem, first_comment(path), path) for path in sorted(folder.glob("*.toml"))]


def first_comment(path: Path) -> str:
    """The first comment line of a session: what it is for, in its author's words."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            line = next((line for line in file if line.strip()), "")
    except OSError:
        return "can't be read"
    return line.lstrip("# ").strip() if line.startswith("#") else ""
