"""The errors that people see.

    ThawError           what went wrong, what to do about it; exit code 1
    └── BadInput        the user's input can't be used as it is; exit code 2

A message names the file, line or key, what is wrong and what was expected; the hint says what to do.
"""

import msgspec

UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError)
"""What msgspec raises for bytes that are not the JSON asked for; where they are no UTF-8, the error is Python's own."""


class ThawError(Exception):
    """Something failed for a reason that a person can act on."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class BadInput(ThawError):  # noqa: N818  (reads as a noun at every raise)
    """What was given can't be used: a file, a key, a name or a pattern."""

    exit_code = 2


def did_you_mean(word: str, choices: list[str] | tuple[str, ...]) -> str:
    """``did you mean 'x'?`` for the nearest of `choices`, or an empty string where nothing is near."""
    from difflib import get_close_matches

    near = get_close_matches(word, choices, n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else ""
