"""Files of lines that grow: append to them, read what was added, cut what a kill left torn.

Every line is one write on a descriptor opened with O_APPEND, so that several clients and a kill at any moment
leave whole lines; a torn last line is ignored by readers and cut by the next worker.
"""

import os
from dataclasses import dataclass
from pathlib import Path


def append(path: Path, line: bytes) -> None:
    """Append one line with one write; a short write (full disk) raises OSError after cutting what was torn."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        data = line + b"\n"
        written = os.write(descriptor, data)
        if written != len(data):
            os.ftruncate(descriptor, os.fstat(descriptor).st_size - written)
            raise OSError(28, "No space left on device")
    finally:
        os.close(descriptor)


@dataclass(slots=True)
class Tail:
    """Reads the whole lines that were added to a growing file since the last call."""

    path: Path
    offset: int = 0

    def read(self, limit: int = 1 << 22) -> list[bytes]:
        """The new whole lines, at most about `limit` bytes of them; none where the file is gone or can't be read."""
        return [line for line in self.read_block(limit).split(b"\n") if line.strip()]

    def read_block(self, limit: int = 1 << 22) -> bytes:
        """The new whole lines as they stand in the file; empty where it is gone or can't be read."""
        try:
            if self.path.stat().st_size <= self.offset:
                return b""
            with self.path.open("rb") as file:
                file.seek(self.offset)
                data = file.read(limit)
        except OSError:
            return b""
        whole = data.rfind(b"\n") + 1
        self.offset += whole
        return data[:whole]


def cut_torn_line(path: Path) -> int:
    """Cut a last line without an end, as a kill or a full disk leaves it; returns how many bytes were cut."""
    data = path.read_bytes() if path.exists() else b""
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)
    return len(data) - whole
