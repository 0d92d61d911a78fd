"""Where rows that are worth keeping lie on this machine, how much room they may take, and what goes when it is short.

A store is a folder under the user's cache, named by what its rows depend on. The ones used longest ago go first; one
that a process has open never goes.
"""

import fcntl
import hashlib
import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import IO

import platformdirs

from workbench.core.row_store import RowStore

SHARE_OF_DISK = 0.2
"""Where ``THAW_STORE_GB`` says nothing, all stores together take up to this share of what they and free space are."""
_IN_USE = "in-use"


def root() -> Path:
    """The folder of all stores: in the user's cache folder of this system (``XDG_CACHE_HOME`` on Linux)."""
    return platformdirs.user_cache_path("thaw") / "stores"


def place(kind: str, **depends_on: object) -> Path:
    """The folder of the store whose rows depend on these values (JSON) and on nothing else but their keys."""
    text = json.dumps(depends_on, sort_keys=True, default=str)
    return root() / f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def budget() -> int:
    """The bytes that all stores together may take: ``THAW_STORE_GB`` (0: nothing is kept), or a share of the disk."""
    wanted = os.environ.get("THAW_STORE_GB", "")
    with suppress(ValueError):
        return int(float(wanted) * 1e9)
    existing = next(each for each in (root(), *root().parents) if each.exists())
    return int((shutil.disk_usage(existing).free + sum(_sizes().values())) * SHARE_OF_DISK)


def open_store(folder: Path, row_bytes: int) -> RowStore:
    """The store in that folder; what is new in it takes the room of other stores where the budget is used up."""
    return RowStore(folder, row_bytes, make_room if budget() else None, _hold(folder))


def _hold(folder: Path) -> IO[bytes] | None:
    """Until the returned file is closed no process takes the store away; None where the folder can't be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / _IN_USE).open("ab")
        os.utime(folder / _IN_USE)
        fcntl.flock(file, fcntl.LOCK_SH)
    except OSError:
        return None
    return file


def make_room(wanted: int) -> int:
    """Take stores away, the one used longest ago first, until `wanted` bytes fit; the bytes that there is room for."""
    allowed, sizes = budget(), _sizes()
    for folder in sorted(sizes, key=_last_used):
        if sum(sizes.values()) + wanted <= allowed:
            break
        if _take_away(folder):
            del sizes[folder]
    return max(0, min(wanted, allowed - sum(sizes.values())))


def size(folder: Path) -> int:
    """The bytes of a store on the disk; 0 where there is none."""
    with suppress(OSError):
        return sum(file.stat().st_size for file in folder.iterdir())
    return 0


def _sizes() -> dict[Path, int]:
    """The bytes on disk of every store."""
    with suppress(OSError):
        return {folder: size(folder) for folder in root().iterdir()}
    return {}


def _last_used(folder: Path) -> float:
    with suppress(OSError):
        return (folder / _IN_USE).stat().st_mtime
    return 0.0


def _take_away(folder: Path) -> bool:
    with suppress(OSError), (folder / _IN_USE).open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
        return not folder.exists()
    return False
