"""Writing to the cache that `workbench.cache` reads: whole files or none, and never a reason to fail."""

import contextlib
import tempfile
from pathlib import Path
from typing import Any

import msgspec


def remember(file: Path | None, answer: Any) -> None:
    """Keep an answer in a file of the cache; where that can't be written (a full disk), it is not kept."""
    if file is None:
        return
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as beside:
            beside.write(msgspec.json.encode(answer))
        Path(beside.name).replace(file)
