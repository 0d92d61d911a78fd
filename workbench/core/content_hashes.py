"""Which files of a source hold the same bytes: the exact duplicates that a split must keep together.

Files of different size differ, so only those that share a size are read: first their ends, then as a whole those that
share an end too. What was read before comes from `workbench.core.hash_cache`.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b, file_digest
from pathlib import Path

from workbench.core.hash_cache import Known, recall, remember

READERS = 8
"""Threads that read: more than there are cores, since the files of a network disk come late."""
TASK = 512
"""Files that a thread takes at once: handing out single ones takes longer than reading small ones."""
END = 8192
"""Bytes at the end of a file that are read first: two pictures hardly ever share them, though they may a start."""
_HASH_BYTES = 16


def same_contents(files: Mapping[int, Path]) -> list[tuple[int, ...]]:
    """Groups of two or more keys whose files hold the same bytes, in order of their first key.

    Files that can't be read belong to no group.
    """
    here = os.getcwd()  # noqa: PTH109  (joining text is an order of magnitude faster than Path.absolute)
    paths = {key: os.path.join(here, path) for key, path in files.items()}  # noqa: PTH118
    times = Counter(paths.values())
    sized = {path: known for path in times if (known := _stat(path)) is not None}
    recalled = recall(_sharing(sized, _size, times))
    ended = _read(recalled, _with_end)
    whole = _read(_sharing(ended, _size_and_end, times), _with_whole)
    remember({path: known for path, known in (ended | whole).items() if known != recalled[path]})
    groups: dict[bytes, list[int]] = defaultdict(list)
    for key in sorted(paths):
        if paths[key] in whole:
            groups[whole[paths[key]].whole].append(key)
    return [tuple(keys) for keys in groups.values() if len(keys) > 1]


# ---- which files may be the same, as far as is known ----


def _size(known: Known) -> Hashable:
    return known.size


def _size_and_end(known: Known) -> Hashable:
    return known.size, known.end


def _sharing(
    files: Mapping[str, Known], what: Callable[[Known], Hashable], times: Mapping[str, int]
) -> dict[str, Known]:
    """The files that have it in common with another one, or that are there several times themselves."""
    counts: Counter[Hashable] = Counter()
    for path, known in files.items():
        counts[what(known)] += times[path]
    return {path: known for path, known in files.items() if counts[what(known)] > 1}


# ---- reading ----


def _stat(path: str) -> Known | None:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return Known(status.st_size, status.st_mtime_ns) if status.st_size else None


def _read(files: Mapping[str, Known], read: Callable[[str, Known], Known]) -> dict[str, Known]:
    """The files with what `read` finds out of each, in threads; without those that can't be read."""

    def several(part: Sequence[tuple[str, Known]]) -> list[tuple[str, Known]]:
        read_ones = []
        for path, known in part:
            try:
                read_ones.append((path, read(path, known)))
            except OSError:
                continue
        return read_ones

    pairs = list(files.items())
    parts = [pairs[first : first + TASK] for first in range(0, len(pairs), TASK)]
    with ThreadPoolExecutor(READERS, thread_name_prefix="hash") as pool:
        return {path: known for done in pool.map(several, parts) for path, known in done}


def _with_end(path: str, known: Known) -> Known:
    if known.end:
        return known
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123
        file.seek(max(0, known.size - END))
        digest = blake2b(file.read(END), digest_size=_HASH_BYTES).digest()
    # A file no longer than its end has been read as a whole.
    return known._replace(end=digest, whole=digest if known.size <= END else known.whole)


def _with_whole(path: str, known: Known) -> Known:
    if known.whole:
        return known
    with open(path, "rb") as file:  # noqa: PTH123
        return known._replace(whole=file_digest(file, lambda: blake2b(digest_size=_HASH_BYTES)).digest())
