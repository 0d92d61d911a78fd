"""Which files of a source hold the same bytes: the exact duplicates that a split must keep together.

Files of different size differ, so only those that share a size are read. What was read is remembered by path, size
and time of change in the user's cache, and forgotten without harm.
"""

import hashlib
import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import platformdirs

READERS = 8
_TABLE = "CREATE TABLE IF NOT EXISTS hashes (path TEXT PRIMARY KEY, size INTEGER, changed INTEGER, hash TEXT) STRICT"


class _Version(NamedTuple):
    """A file at one moment: its size in bytes and its time of change in nanoseconds."""

    size: int
    changed: int


def same_contents(files: Mapping[int, Path]) -> list[tuple[int, ...]]:
    """Groups of two or more keys whose files hold the same bytes, in order of their first key.

    Files that can't be read belong to no group.
    """
    versions = {key: version for key, path in files.items() if (version := _version(path)) is not None}
    by_size: dict[int, list[int]] = defaultdict(list)
    for key, version in versions.items():
        by_size[version.size].append(key)
    wanted = [key for keys in by_size.values() if len(keys) > 1 for key in keys]
    found = _hashes({files[key]: versions[key] for key in wanted})
    groups: dict[str, list[int]] = defaultdict(list)
    for key in sorted(wanted):
        if (digest := found.get(files[key])) is not None:
            groups[digest].append(key)
    return [tuple(keys) for keys in groups.values() if len(keys) > 1]


def _version(path: Path) -> _Version | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return _Version(status.st_size, status.st_mtime_ns) if status.st_size else None


def _hashes(files: Mapping[Path, _Version]) -> dict[Path, str]:
    if not files:
        return {}
    known = _remembered(files)
    unknown = [path for path in files if path not in known]
    with ThreadPoolExecutor(READERS, thread_name_prefix="hash") as pool:
        fresh = {
            path: digest
            for path, digest in zip(unknown, pool.map(_hash, unknown), strict=True)
            if digest is not None
        }
    _remember((path, files[path], digest) for path, digest in fresh.items())
    return known | fresh


def _hash(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


# ---- the cache ----


def cache_file() -> Path:
    """Where hashes are kept: in the user's cache folder of this system (``XDG_CACHE_HOME`` on Linux)."""
    return platformdirs.user_cache_path("thaw") / "hashes.sqlite"


def _open_cache() -> sqlite3.Connection:
    cache_file().parent.mkdir(parents=True, exist_ok=True)
    cache = sqlite3.connect(cache_file(), timeout=2.0)
    cache.execute(_TABLE)
    return cache


def _key(path: Path) -> str:
    return os.fsencode(path.absolute()).hex()


def _remembered(files: Mapping[Path, _Version]) -> dict[Path, str]:
    with suppress(sqlite3.Error, OSError), closing(_open_cache()) as cache:
        found: dict[Path, str] = {}
        for path, version in files.items():
            row = cache.execute(
                "SELECT hash FROM hashes WHERE path = ? AND size = ? AND changed = ?", (_key(path), *version)
            ).fetchone()
            if row is not None:
                found[path] = row[0]
        return found
    return {}


def _remember(entries: Iterable[tuple[Path, _Version, str]]) -> None:
    rows = [(_key(path), *version, digest) for path, version, digest in entries]
    if not rows:
        return
    with suppress(sqlite3.Error, OSError), closing(_open_cache()) as cache, cache:
        cache.executemany("INSERT OR REPLACE INTO hashes VALUES (?, ?, ?, ?)", rows)
