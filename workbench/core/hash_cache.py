"""What is known of files' contents from before: hashes by path, valid while a file's size and time of change stay.

They lie in the user's cache folder, one row a folder of files, so that a hundred thousand are read and written at once;
whatever is lost or damaged there is found out again without harm.
"""

import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import msgspec
import platformdirs

from workbench.errors import UNDECODABLE

_TABLE = "CREATE TABLE IF NOT EXISTS folders (folder BLOB PRIMARY KEY, files BLOB) STRICT"


class Known(NamedTuple):
    """A file's size in bytes and time of change in nanoseconds, with the hashes of its end and of all of it.

    Hashes are empty where they were not taken.
    """

    size: int
    changed: int
    end: bytes = b""
    whole: bytes = b""


_Row = dict[bytes, Known]
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Row).decode


def cache_file() -> Path:
    """Where hashes are kept: in the user's cache folder of this system (``XDG_CACHE_HOME`` on Linux)."""
    return platformdirs.user_cache_path("thaw") / "contents.sqlite"


def recall(files: Mapping[str, Known]) -> dict[str, Known]:
    """The files with the hashes that are remembered of them; as they are given where none are."""
    found = dict(files)
    with suppress(sqlite3.Error, OSError, *UNDECODABLE), closing(_open()) as cache:
        for folder, paths in _by_folder(files).items():
            row = _row(cache, folder)
            for name, path in paths:
                known = row.get(name)
                if known is not None and known[:2] == files[path][:2]:
                    found[path] = known
    return found


def remember(files: Mapping[str, Known]) -> None:
    """Keep the hashes of these files, beside what is known of others in their folders."""
    if not files:
        return
    with suppress(sqlite3.Error, OSError, *UNDECODABLE), closing(_open()) as cache, cache:
        cache.execute("BEGIN IMMEDIATE")
        for folder, paths in _by_folder(files).items():
            row = _row(cache, folder) | {name: files[path] for name, path in paths}
            cache.execute("INSERT OR REPLACE INTO folders VALUES (?, ?)", (folder, _encode(row)))


def _open() -> sqlite3.Connection:
    cache_file().parent.mkdir(parents=True, exist_ok=True)
    cache = sqlite3.connect(cache_file(), timeout=2.0)
    cache.execute(_TABLE)
    return cache


def _row(cache: sqlite3.Connection, folder: bytes) -> _Row:
    found = cache.execute("SELECT files FROM folders WHERE folder = ?", (folder,)).fetchone()
    return _decode(found[0]) if found is not None else {}


def _by_folder(paths: Iterable[str]) -> dict[bytes, list[tuple[bytes, str]]]:
    """Name and path of each file by its folder; names are bytes, since a file system's need be no text."""
    found: dict[str, list[tuple[bytes, str]]] = defaultdict(list)
    for path in paths:
        folder, _, name = path.rpartition(os.sep)
        found[folder].append((os.fsencode(name), path))
    return {os.fsencode(folder): names for folder, names in found.items()}
