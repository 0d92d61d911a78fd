"""Rows of bytes by key in a folder: what was computed once for a picture and is read many times.

Read by position into memory of the reader's own, not through a mapping: the system keeps the pages in either case, and
a copy costs a fifth of the page faults (measured in a virtual machine, rows of 2 to 200 kB) and holds nothing
resident.

Every writer appends to a segment of its own, so that any number of processes share a store without waiting for each
other. A row counts only after `sync` has put its bytes, and then its key, on the disk: a store cut short by a kill or
a power failure holds fewer rows, never wrong ones.
"""

import contextlib
import os
import threading
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.uint8]

KEY_BYTES = 16
MOST_AT_ONCE = 256 << 20
"""Bytes of room that are asked for at a time, where a single call does not need more."""
_ROWS, _KEYS = ".rows", ".keys"


class RowStore:
    """Rows of `row_bytes` bytes by key of 16 bytes in a folder; safe across threads.

    `room` is asked for bytes for new rows and answers how many of them there are (None: nothing new is wanted); `held`
    is closed with the store. Files are open until then, so that rows stay readable where the folder is taken away. A
    store that is full or can't be written (a full disk, a folder of someone else's) goes on
    without keeping anything new, and `sync` tells why.
    """

    def __init__(
        self, folder: Path, row_bytes: int, room: Callable[[int], int] | None, held: IO[bytes] | None = None
    ) -> None:
        self.row_bytes, self._held, self._failure = row_bytes, held, ""
        self._folder, self._room, self._left = folder, room, 0
        self._lock, self._at_disk = threading.Lock(), threading.Lock()
        self._files: list[int] = []
        self._places: dict[bytes, tuple[int, int]] = {}
        self._own: int | None = None
        self._own_path = folder / f"{os.getpid()}-{uuid.uuid4().hex[:8]}{_ROWS}"
        self._written = 0
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
            found = np.empty((len(keys), self.row_bytes), np.uint8)
            for row, key in zip(found, keys, strict=True):
                number, place = self._places[key]
                _read_all(self._files[number], row.data, place * self.row_bytes)
            return found

    def put(self, keys: Sequence[bytes], rows: Rows) -> None:
        """Keep these rows where there is room; keys that have a row keep the one they have."""
        with self._lock:
            new = [place for place, key in enumerate(keys) if key not in self._places]
            if not new or self._full or self._room is None:
                return
            wanted = len(new) * self.row_bytes
            if wanted > self._left:
                # Asking takes a moment: it is done for ever larger pieces.
                self._left += self._room(max(wanted, min(self._written * self.row_bytes, MOST_AT_ONCE)))
            if wanted > self._left:
                self._give_up(
                    f"there is no more room in {self._folder.parent}: set THAW_STORE_GB to allow more"
                )
                return
            try:
                self._append([keys[place] for place in new], rows if len(new) == len(keys) else rows[new])
            except OSError as error:
                self._give_up(self._words(error))

    def sync(self) -> str:
        """Put what was kept since the last call on the disk, for good and for other processes.

        Returns why nothing new is kept from now on, once, and nothing where all is well.
        """
        self._put_on_disk()
        return self._take_failure()

    def begin_sync(self) -> str:
        """Begin to `sync` in a thread of its own, unless that of an earlier call is still at it; what is known so far.

        The disk may take seconds for what training put there in one. `close` waits for it.
        """
        if self._pending and not self._at_disk.locked():
            threading.Thread(target=self._put_on_disk, name="sync").start()
        return self._take_failure()

    def close(self) -> None:
        """Sync, and let go of the files: the store holds nothing any more."""
        self._put_on_disk()
        with self._lock:
            self._places.clear()
            while self._files:
                os.close(self._files.pop())
            if self._held is not None:
                self._held.close()
            self._own, self._full = None, True

    def _put_on_disk(self) -> None:
        with self._at_disk:
            with self._lock:
                own, pending, self._pending = self._own, self._pending, []
            if own is None or not pending:
                return
            try:
                os.fsync(own)
                with self._own_path.with_suffix(_KEYS).open("ab") as file:
                    file.write(b"".join(pending))
            except OSError as error:
                self._give_up(self._words(error))

    def _take_failure(self) -> str:
        failure, self._failure = self._failure, ""
        return failure

    def _give_up(self, why: str) -> None:
        self._full, self._failure = True, why

    def _words(self, error: OSError) -> str:
        return f"{self._folder}: {error.strerror or error}"

    def _open(self, keys_file: Path) -> None:
        rows_file = keys_file.with_suffix(_ROWS)
        keys = keys_file.read_bytes()
        file = os.open(rows_file, os.O_RDONLY)
        count = min(len(keys) // KEY_BYTES, os.fstat(file).st_size // self.row_bytes)
        number = len(self._files)
        self._files.append(file)
        for place in range(count):
            self._places.setdefault(keys[place * KEY_BYTES : (place + 1) * KEY_BYTES], (number, place))

    def _append(self, keys: Sequence[bytes], rows: Rows) -> None:
        if self._own is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._own = os.open(self._own_path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
            self._files.append(self._own)
        number, first = len(self._files) - 1, self._written
        _write_all(self._own, np.ascontiguousarray(rows), first * self.row_bytes)
        self._written += len(keys)
        self._left -= len(keys) * self.row_bytes
        self._pending += keys
        self._places.update((key, (number, first + place)) for place, key in enumerate(keys))


def _read_all(file: int, into: memoryview, at: int) -> None:
    """A read may be cut short by the system; this one is not."""
    while into:
        count = os.preadv(file, [into], at)
        if not count:
            raise OSError("a store's file is shorter than its keys say")
        into, at = into[count:], at + count


def _write_all(file: int, rows: Rows, at: int) -> None:
    """A write may be cut short by the system; this one is not."""
    left = memoryview(rows.data).cast("B")
    while left:
        count = os.pwrite(file, left, at)
        left, at = left[count:], at + count
