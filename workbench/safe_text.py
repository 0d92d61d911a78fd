"""Text from outside (file names, class names, messages with them) made safe to show.

A file name may hold terminal escapes, newlines or marks that turn the writing direction; shown as they are they could
move the cursor, fake a line or hide a suffix. Names stay as they are in files; only what is shown goes through here.
"""

import re
from collections.abc import Iterable

_LINE_BREAK = "\n"
_UNSAFE = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0 and C1 controls: escape sequences begin with one of them
    "\u00ad\u200b\u2060-\u2064\ufeff"  # invisible
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # writing direction (UAX #9)
    "\u2028\u2029\ufff9-\ufffb"  # separators of lines, interlinear annotation
    "\ud800-\udfff"  # bytes of a file name that are no UTF-8
    "\U000e0000-\U000e007f"  # tags
    "]"
)


def inert(text: str) -> str:
    r"""The text on one line, with every unsafe character as its escape: ``\n``, ``\x1b``, ``\u202e``."""
    return _UNSAFE.sub(_escaped, text)


def inert_lines(text: str) -> str:
    """The same for text of several lines, whose line breaks are meant."""
    return _LINE_BREAK.join(inert(line) for line in text.split(_LINE_BREAK))


def inert_json(text: str) -> str:
    """JSON text with the unsafe characters inside its strings as JSON escapes; its value is the same."""
    return _UNSAFE.sub(lambda found: found[0] if found[0] == _LINE_BREAK else _json_escape(found[0]), text)


def without_unsafe(text: str) -> str:
    """The text without its unsafe characters, for places whose width is already laid out."""
    return _UNSAFE.sub("", text)


def has_unsafe(text: str) -> bool:
    """Whether the text holds a character that could do more than stand there."""
    return _UNSAFE.search(text) is not None


def some(names: Iterable[str], shown: int = 5) -> str:
    """The first names, inert, and how many more there are: ``a, b, … (3 more)``."""
    every = [inert(name) for name in names]
    more = f", … ({len(every) - shown} more)" if len(every) > shown else ""
    return ", ".join(every[:shown]) + more


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))
