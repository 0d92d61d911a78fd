"""Completing a path while it is typed: what in its folder can be opened, folders first.

Reads one folder per look, and at most a few hundred of its entries.
"""

from __future__ import annotations

import os
from itertools import islice, takewhile
from pathlib import Path

ENTRIES = 2000


def completions(text: str, *, limit: int = 50) -> list[str]:
    """The folders and session files that a typed path may become; a folder ends in a slash."""
    head, slash, start = text.rpartition("/")
    folder = Path(f"{head}{slash}" or ".").expanduser()
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, ENTRIES):
                if entry.name.startswith(start) and entry.name.startswith(".") == start.startswith("."):
                    is_folder = entry.is_dir()
                    if is_folder or entry.name.endswith(".toml"):
                        found.append((not is_folder, f"{head}{slash}{entry.name}{'/' if is_folder else ''}"))
    except OSError:
        return []
    return [path for _, path in sorted(found)[:limit]]


def common_start(paths: list[str], typed: str) -> str:
    """The longest start that all completions share, at least what was typed."""
    same = takewhile(lambda characters: len(set(characters)) == 1, zip(*paths, strict=False))
    start = "".join(characters[0] for characters in same)
    return start if len(start) > len(typed) else typed
