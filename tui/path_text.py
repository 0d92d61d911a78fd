r"""The text in which a path is shown and typed, and the path that it means.

A name with characters that could do more than stand there is shown with escapes (`workbench.safe_text.inert`), as in
``a\x1b[2J``; typed so, or chosen, it means the file with that name. A file that is called so letter by letter wins.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([ntr ]))")
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", " ": " "}


def split(text: str) -> tuple[str, str]:
    """The folder of a typed path as it was typed, with its slash, and the start of a name in it."""
    if text == "~" or text.rpartition("/")[2] == "..":
        return f"{text}/", ""
    head, slash, start = text.rpartition("/")
    return f"{head}{slash}", start


def above(head: str) -> str:
    """The folder above a typed one, in the same manner: relative, from home or from the root."""
    if head.strip("/") == "":
        return head or "../"
    before, _, last = head.rstrip("/").rpartition("/")
    if last == "..":
        return f"{head}../"
    if last == ".":
        return f"{before}/../" if before else "../"
    if not before and last.startswith("~"):
        return os.path.join(os.path.dirname(os.path.expanduser(last)), "")  # noqa: PTH111, PTH118, PTH120  (an unknown ~name stays)
    return head.rstrip("/").removesuffix(last)


def meant_path(text: str) -> Path:
    """The path that a text means; looks at the disk where it has a backslash."""
    path = Path(os.path.expanduser(text))  # noqa: PTH111  (an unknown ~name is a name, not an error)
    if "\\" not in text:
        return path
    found = Path(path.anchor)
    for part in path.relative_to(path.anchor).parts:
        raw = _ESCAPE.sub(_unescaped, part)
        literal, escaped = found / part, found / raw
        found = escaped if not os.path.lexists(literal) and os.path.lexists(escaped) else literal
    return found


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3]
    if not code:
        return _LETTERS[found[4]]
    number = int(code, 16)
    return chr(number) if 0 < number <= 0x10FFFF and chr(number) != "/" else found[0]
