"""The workbench in a pseudo-terminal, as a shell would start it: keys go in, what it draws is kept."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.end_to_end.whole import PATIENCE


class Terminal:
    """``thaw WORDS`` at 80 columns and 24 rows; ended when the context is left."""

    def __init__(self, folder: Path, *words: str) -> None:
        self._drawn = ""
        self._pid, self._master = pty.fork()
        if not self._pid:
            os.chdir(folder)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            os.environ["TERM"] = "xterm-256color"
            os.execv(sys.executable, [sys.executable, "-m", "tui", *words])  # noqa: S606

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill()
        os.close(self._master)

    def press(self, keys: str) -> None:
        """Type keys."""
        os.write(self._master, keys.encode())

    def until(self, text: str) -> None:
        """Wait until a text was drawn."""
        deadline = time.monotonic() + PATIENCE
        while text not in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self._drawn):
            assert time.monotonic() < deadline, f"{text!r} was never drawn:\n{self._drawn[-2000:]!r}"
            self._read(0.2)

    def _read(self, seconds: float) -> None:
        if select.select([self._master], [], [], seconds)[0]:
            self._drawn += os.read(self._master, 1 << 16).decode(errors="replace")

    def kill(self) -> None:
        """End it with -9, as a crash would."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0
