"""A real terminal to work in by keys: tmux of 80×24 with a shell, and what stands on its screen."""

import os
import re
import subprocess
import time
from pathlib import Path

from tests.end_to_end.whole import PATIENCE


class Tmux:
    """A tmux server of its own with one window of 80×24, in which a shell waits in a folder."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "tmux.socket"
        shell = "env PS1='shell$ ' bash --norc --noprofile"
        window = ["new-session", "-d", "-x", "80", "-y", "24", "-c", str(folder), shell]
        self._tmux(*window, env={**os.environ, "LC_ALL": "C.UTF-8"})

    def _tmux(self, *words: str, env: dict[str, str] | None = None) -> str:
        command = ["tmux", "-u", "-f", "/dev/null", "-S", str(self._socket), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout

    def end(self) -> None:
        """End the server and what runs in it."""
        self._tmux("kill-server")

    def type(self, text: str) -> None:
        """Type a text as it is."""
        self._tmux("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names for them."""
        self._tmux("send-keys", *keys)

    def command(self, words: str) -> None:
        """Give the shell a command."""
        self.type(words)
        self.press("Enter")

    def screen(self) -> str:
        """What stands on the screen."""
        return self._tmux("capture-pane", "-p")

    def until(self, *patterns: str) -> str:
        """Wait until all these regular expressions are found on the screen; returns the screen."""
        deadline = time.monotonic() + PATIENCE
        while True:
            screen = self.screen()
            missing = [pattern for pattern in patterns if not re.search(pattern, screen)]
            if not missing:
                return screen
            assert time.monotonic() < deadline, f"{missing} never came:\n{screen}"
            time.sleep(0.1)
