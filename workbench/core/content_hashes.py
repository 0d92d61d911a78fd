"""Which files of a source hold the same bytes: the exact duplicates that a split must keep together.

Files of different size differ, so only those that share a size are read: first their ends, then as a whole those that
share an end too. What was read before comes from `workbench.core.hash_cache`.
"""

import os
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b, file_digest

from workbench.core.hash_cache import Known, recall, remember

READERS = 8
"""Threads that read: more than there are cores, since the files of a network disk come late."""
TASK = 512
"""Files that a thread takes at once: handing out single ones takes longer than reading small ones."""
LATE = 0.0003
"""Seconds a file, on average, from which on its disk or its length is what takes the time, and threads read."""
END = 8192
"""Bytes at the end of a file that are read first: two pictures hardly ever share them, though they may a start."""
_HASH_BYTES = 16


def same_contents(files: Mapping[int, str]) -> list[tuple[int, ...]]:
    """Groups of two or more keys whose files (absolute paths) hold the same bytes, in order of their first key.

    Files that can't be read belong to no group.
    """
    times = Counter(files.values())
    sized = {path: known for path in times if (known := _stat(path)) is not None}
    recalled = recall(_sharing(sized, _size, times))
    ended = _read(recalled, _has_end, _with_end)
    whole = _read(_sharing(ended, _size_and_end, times), _has_whole, _with_whole)
    remember({path: known for path, known in (ended | whole).items() if known != recalled[path]})
    groups: dict[bytes, list[int]] = defaultdict(list)
    for key in sorted(files):
        if files[key] in whole:
            groups[whole[files[key]].whole].append(key)
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


def _read(
    files: Mapping[str, Known], has: Callable[[Known], bool], read: Callable[[str, Known], Known]
) -> dict[str, Known]:
    """The files with what `read` finds out of each that `has` not been read; without those that can't be.

    This thread reads as long as the files come at once: threads would then wait for each other more than for the disk.
    """

    def several(part: Sequence[tuple[str, Known]]) -> list[tuple[str, Known]]:
        read_ones = []
        for path, known in part:
            try:
                read_ones.append((path, read(path, known)))
            except OSError:
                continue
        return read_ones

    found = {path: known for path, known in files.items() if has(known)}
    pairs = [(path, known) for path, known in files.items() if path not in found]
    parts = deque(pairs[first : first + TASK] for first in range(0, len(pairs), TASK))
    began, count = time.monotonic(), 0
    while parts and (not count or time.monotonic() - began <= LATE * count):
        count += len(parts[0])
        found.update(several(parts.popleft()))
    with ThreadPoolExecutor(READERS, thread_name_prefix="hash") as pool:
        for done in pool.map(several, parts):
            found.update(done)
    return found


def _has_end(known: Known) -> bool:
    return bool(known.end)


def _with_end(path: str, known: Known) -> Known:
    # The system's own calls: a file object takes twice their time.
    file = os.open(path, os.O_RDONLY)
    try:
        digest = blake2b(os.pread(file, END, max(0, known.size - END)), digest_size=_HASH_BYTES).digest()
    finally:
        os.close(file)
    # A file no longer than its end has been read as a whole.
    return known._replace(end=digest, whole=digest if known.size <= END else known.whole)


def _has_whole(known: Known) -> bool:
    return bool(known.whole)


def _with_whole(path: str, known: Known) -> Known:
    with open(path, "rb") as file:  # noqa: PTH123
        return known._replace(whole=file_digest(file, lambda: blake2b(digest_size=_HASH_BYTES)).digest())
