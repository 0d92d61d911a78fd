"""Rows of bytes by key in a memory-mapped folder: what was computed once for a picture and is read many times.

Every writer appends to a segment of its own, so that any number of processes share a store without waiting for each
other. A row counts only after `sync` has put its bytes, and then its key, on the disk: a store cut short by a kill or
a power failure holds fewer rows, never wrong ones.
"""

import contextlib
import mmap
import os
import threading
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.uint8]

KEY_BYTES = 16
RESIDENT_BYTES = 64 << 20
"""Pages of a mapping are given back to the system after about this many bytes were read through it."""
_ROWS, _KEYS = ".rows", ".keys"


class Segment:
    """The rows that one writer wrote; read through a mapping, which other processes share."""

    def __init__(self, path: Path, row_bytes: int) -> None:
        self._path, self._row_bytes = path, row_bytes
        self._mapping: mmap.mmap | None = None
        self._view: Rows = np.empty((0, row_bytes), np.uint8)
        self._read_since = 0

    def read(self, places: NDArray[np.int64], into: Rows, at: NDArray[np.int64]) -> None:
        """Copy the rows at these places of the segment to these rows of `into`."""
        if len(places) and places.max() >= len(self._view):
            self._map()
        if len(at) == len(into) and (at == np.arange(len(into))).all():
            np.take(self._view, places, axis=0, out=into)
        else:
            into[at] = self._view[places]
        self._read_since += len(places) * self._row_bytes
        if self._read_since > RESIDENT_BYTES and self._mapping is not None and hasattr(mmap, "MADV_DONTNEED"):
            # A page of a shared file that this process lets go stays in the system's cache.
            self._mapping.madvise(mmap.MADV_DONTNEED)
            self._read_since = 0

    def _map(self) -> None:
        with self._path.open("rb") as file:
            count = os.fstat(file.fileno()).st_size // self._row_bytes
            self._mapping = mmap.mmap(file.fileno(), count * self._row_bytes, access=mmap.ACCESS_READ)
        self._view = np.frombuffer(self._mapping, np.uint8).reshape(count, self._row_bytes)


class RowStore:
    """Rows of `row_bytes` bytes by key of 16 bytes in a folder, at most `limit` bytes of them; safe across threads.

    `held` is closed with the store. A store that can't be written (a full disk, a folder of someone else's) goes on
    without keeping anything new; `failure` then tells why.
    """

    def __init__(self, folder: Path, row_bytes: int, limit: int, held: IO[bytes] | None = None) -> None:
        self.row_bytes, self.failure, self._held = row_bytes, "", held
        self._folder, self._limit = folder, limit
        self._lock = threading.RLock()
        self._segments: list[Segment] = []
        self._places: dict[bytes, tuple[int, int]] = {}
        self._own: int | None = None
        self._own_path = folder / f"{os.getpid()}-{uuid.uuid4().hex[:8]}{_ROWS}"
        self._written = self._synced = 0
        self._pending: list[bytes] = []
        self._full = False
        with contextlib.suppress(OSError):
            for file in sorted(folder.glob(f"*{_KEYS}")):
                self._open(file)

    def __len__(self) -> int:
        return len(self._places)

    def has(self, keys: Sequence[bytes]) -> list[bool]:
        """Which of these keys have a row."""
        return [key in self._places for key in keys]

    def rows(self, keys: Sequence[bytes]) -> Rows:
        """The rows of these keys, all of which must be there, as an array (N, row_bytes) of its own."""
        with self._lock:
            places = np.array([self._places[key] for key in keys], np.int64).reshape(-1, 2)
            found = np.empty((len(keys), self.row_bytes), np.uint8)
            for number in np.unique(places[:, 0]):
                at = np.flatnonzero(places[:, 0] == number)
                self._segments[number].read(places[at, 1], found, at)
            return found

    def put(self, keys: Sequence[bytes], rows: Rows) -> None:
        """Keep these rows where there is room; keys that have a row keep the one they have."""
        with self._lock:
            new = [place for place, key in enumerate(keys) if key not in self._places]
            if not new or self._full:
                return
            if (len(self._places) + len(new)) * self.row_bytes > self._limit:
                self._full = True
                return
            try:
                self._append([keys[place] for place in new], rows if len(new) == len(keys) else rows[new])
            except OSError as error:
                self._give_up(error)

    def sync(self) -> None:
        """Put what was kept since the last call on the disk, for good and for other processes."""
        with self._lock:
            if self._own is None or not self._pending:
                return
            try:
                os.fsync(self._own)
                with self._own_path.with_suffix(_KEYS).open("ab") as file:
                    file.write(b"".join(self._pending))
            except OSError as error:
                self._give_up(error)
            self._pending.clear()

    def close(self) -> None:
        """Sync, and let go of the files."""
        with self._lock:
            self.sync()
            if self._own is not None:
                os.close(self._own)
                self._own = None
            if self._held is not None:
                self._held.close()
            self._full = True

    def _give_up(self, error: OSError) -> None:
        self._full = True
        self.failure = f"{self._folder}: {error.strerror or error}"

    def _open(self, keys_file: Path) -> None:
        rows_file = keys_file.with_suffix(_ROWS)
        keys = keys_file.read_bytes()
        count = min(len(keys) // KEY_BYTES, rows_file.stat().st_size // self.row_bytes)
        number = len(self._segments)
        self._segments.append(Segment(rows_file, self.row_bytes))
        for place in range(count):
            self._places.setdefault(keys[place * KEY_BYTES : (place + 1) * KEY_BYTES], (number, place))

    def _append(self, keys: Sequence[bytes], rows: Rows) -> None:
        if self._own is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._own = os.open(self._own_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            self._segments.append(Segment(self._own_path, self.row_bytes))
        number, first = len(self._segments) - 1, self._written
        _write_all(self._own, np.ascontiguousarray(rows), first * self.row_bytes)
        self._written += len(keys)
        self._pending += keys
        self._places.update((key, (number, first + place)) for place, key in enumerate(keys))


def _write_all(file: int, rows: Rows, at: int) -> None:
    """A write may be cut short by the system; this one is not."""
    left = memoryview(rows.data).cast("B")
    while left:
        count = os.pwrite(file, left, at)
        left, at = left[count:], at + count
