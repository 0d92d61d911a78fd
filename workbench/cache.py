"""What the core found out about models once, kept on this disk, so that it is shown again without loading PyTorch.

Decided here: where it lies (the user's cache folder), under which key, and how it is read. The key
holds the versions and the state of the code that answers, so an answer is never out of date; one that can't be read
counts as none. The core alone writes (`workbench.core.describe`, `workbench.core.catalogue`).
"""

import hashlib
import json
import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import platformdirs

from workbench import __version__
from workbench.errors import UNDECODABLE
from workbench.protocol import ModelDescription
from workbench.session import Session

T = TypeVar("T")

_WEIGHTS_FILES = (".safetensors", ".pth", ".pt", ".bin")
_ANSWERING_CODE = ("core", "bundled")


def folder() -> Path:
    """Where answers are kept: the user's cache folder of this system (``XDG_CACHE_HOME`` on Linux)."""
    return platformdirs.user_cache_path("thaw") / "models"


def description_place(session: Session, classes: int) -> Path | None:
    """Where the description of a session's model lies; None where it depends on a file of weights."""
    if Path(session.model.weights).suffix in _WEIGHTS_FILES:
        return None
    # Whether auxiliary heads are built depends on what trains.
    trains = (session.strategy, session.freeze.thaw is None)
    return place("description", session.model.model_dump(), session.data.image_size, classes, trains)


def recall_description(session: Session, classes: int | None = None) -> ModelDescription | None:
    """The description of a session's model, for what its data had when last seen unless classes are given."""
    count = recall(class_count_place(session.data.source), int) if classes is None else classes
    return recall(description_place(session, count), ModelDescription) if count is not None else None


def class_count_place(source: str) -> Path:
    """Where the number of classes of a source of data lies, as it was when it was opened last."""
    return place("classes", str(Path(source).expanduser().absolute()) if os.sep in source else source)


def place(kind: str, *about: Any) -> Path:
    """The file for an answer of that kind to that question, as these versions would give it."""
    question = json.dumps([kind, *about, _versions()], default=str)
    return folder() / f"{kind}-{hashlib.sha256(question.encode()).hexdigest()[:24]}.json"


def recall(file: Path | None, kind: type[T]) -> T | None:
    """What lies in a file of the cache, or None where nothing does or it is damaged."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind) if file is not None else None
    except (OSError, *UNDECODABLE):
        return None


def _versions() -> list[object]:
    packages = [_version_of(name) for name in ("torch", "torchvision", "timm")]
    return [__version__, *packages, *_state_of_the_code()]


def _version_of(package: str) -> str:
    """The version in a package's ``version.py``; nothing is imported."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return ""
    try:
        text = Path(spec.origin).with_name("version.py").read_text()
    except OSError:
        return ""
    found = re.search(r"""__version__\s*(?::.*)?=\s*["']([^"']+)""", text)
    return found.group(1) if found else text


def _state_of_the_code() -> list[tuple[str, int]]:
    """The latest change of the folders that answer: what is remembered while Thaw itself is being changed is void."""
    root = Path(__file__).parent
    changed = [
        (
            name,
            max((file.stat().st_mtime_ns for file in os.scandir(root / name) if file.is_file()), default=0),
        )
        for name in _ANSWERING_CODE
    ]
    return [*changed, ("protocol.py", (root / "protocol.py").stat().st_mtime_ns)]
