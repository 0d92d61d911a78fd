"""A terminal to measure in: a pseudo-terminal with a program in it, and the frames that it draws with their times.

Answers the one question that matters for measuring, whether it can show a frame at once (mode 2026): then the
program marks where each frame ends, as it does under tmux and in every recent terminal. A frame's time is when its
last byte arrived here. What is typed when, and what the frames have to hold, is the tables' part.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

FRAME_END = b"\x1b[?2026l"
ASKED_FOR_MODE = b"\x1b[?2026$p"
MODE_IS_KNOWN = b"\x1b[?2026;2$y"
ESCAPES = re.compile(rb"\x1b(?:\[[0-9;:<=>?$]*[A-Za-z]|\][^\x07]*\x07|[()].|[=>78])")


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: when its last byte arrived (`time.perf_counter`), and its bytes."""

    time: float
    data: bytes

    @property
    def text(self) -> str:
        """What it writes, without the escape sequences."""
        return ESCAPES.sub(b"", self.data).decode("utf-8", "replace")


class Silence(TimeoutError):  # noqa: N818  (reads as a noun at every raise)
    """The program did not draw what was waited for."""


class Terminal:
    """A program in a pseudo-terminal of `columns` × `rows`; leaving the context ends it."""

    def __init__(self, command: list[str], folder: Path, *, columns: int = 120, rows: int = 40) -> None:
        self._command, self._folder = command, folder
        self._size = struct.pack("HHHH", rows, columns, 0, 0)
        self._unread = b""
        self.bytes = 0
        self.started = 0.0

    def __enter__(self) -> Self:
        self.started = time.perf_counter()
        self.process, self._tty = pty.fork()
        if not self.process:
            fcntl.ioctl(0, termios.TIOCSWINSZ, self._size)
            os.chdir(self._folder)
            os.execvpe(self._command[0], self._command, environment())  # noqa: S606  (a fixed argument list)
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self._tty)

    def type(self, keys: str) -> float:
        """Send keys; returns when they were sent."""
        now = time.perf_counter()
        os.write(self._tty, keys.encode())
        return now

    def frame_with(self, text: str, seconds: float = 60.0) -> Frame:
        """The next frame that writes the text; Silence where none comes in time."""
        for frame in self.frames(seconds):
            if text in frame.text:
                return frame
        raise Silence(f"no frame with {text!r} came within {seconds:.0f} s")

    def rest(self, seconds: float) -> int:
        """Read for so long; returns how many bytes came."""
        before = self.bytes
        for _ in self.frames(seconds):
            pass
        return self.bytes - before

    def quiet(self, seconds: float, patience: float = 60.0) -> None:
        """Read until nothing came for so long."""
        end = time.perf_counter() + patience
        while self.rest(seconds) and time.perf_counter() < end:
            pass

    def frames(self, seconds: float) -> Iterator[Frame]:
        """The frames that end within so many seconds from now."""
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            if not select.select([self._tty], [], [], left)[0]:
                return
            data = self._read()
            now = time.perf_counter()
            *whole, self._unread = (self._unread + data).split(FRAME_END)
            for frame in whole:
                yield Frame(now, frame)

    def _read(self) -> bytes:
        try:
            data = os.read(self._tty, 1 << 16)
        except OSError:
            raise Silence(f"{self._command} ended") from None
        self.bytes += len(data)
        if ASKED_FOR_MODE in data:
            os.write(self._tty, MODE_IS_KNOWN)
        return data


def environment() -> dict[str, str]:
    """This environment as a user's shell has it: a terminal of many colours, and compiled modules kept."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
