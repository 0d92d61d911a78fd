"""What a path is at a quick look: a word on it for lists, and whether it is something to open.

Looks at a few names, and at the start of small files; what is in the pictures, or in a session, is the engine's to say.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tui.opening import CLASSES_LOOKED_AT, classes_in
from tui.words import plural
from workbench.data_files import IMAGE_SUFFIXES, is_label_file

MOST = 500
"""Names of a folder that are looked at."""
LARGEST = 64 * 1024
"""Bytes above which a .toml file is no session of ours."""


@dataclass(frozen=True, slots=True)
class Look:
    """A word or two on a path, and whether it can be opened."""

    words: str
    opens: bool = False


def look(path: Path) -> Look:
    """What a path seems to be; never raises."""
    try:
        if path.is_dir():
            return _folder(path)
        if not path.is_file():
            return Look("gone" if not path.exists() else "no file")
        if path.suffix == ".toml":
            return _toml(path)
    except (PermissionError, ValueError):
        return Look("no permission")
    except OSError as error:
        return Look((error.strerror or "can't be read").lower())
    return Look("label file", opens=True) if is_label_file(path) else Look("file")


def _folder(path: Path) -> Look:
    with os.scandir(path) as entries:
        names = {entry.name for entry in islice(entries, MOST)}
    if (path / "session.toml").is_file() and (path / "events.jsonl").exists():
        return Look("run", opens=True)
    classes = len(classes_in(path))
    if classes:
        count = "200 classes or more" if classes == CLASSES_LOOKED_AT else plural(classes, "class", "classes")
        return Look(f"images, {count}", opens=True)
    if any(Path(name).suffix.lower() in IMAGE_SUFFIXES for name in names):
        return Look("images, no classes", opens=True)
    if any(name.endswith((".safetensors", ".pth", ".pt")) for name in names):
        return Look("model weights")
    return Look("folder" if names else "empty folder")


def _toml(path: Path) -> Look:
    from workbench.session import Session

    if path.stat().st_size > LARGEST:
        return Look("no session")
    try:
        with path.open("rb") as file:
            keys = tomllib.load(file).keys()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return Look("broken session", opens=True)  # opening it says on which line
    if keys and not keys & Session.model_fields.keys():
        return Look("no session")
    return Look("session", opens=True)
