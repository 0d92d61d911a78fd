"""``thaw`` and ``python -m tui``: the workbench where a person sits at a terminal, the plain command line elsewhere.

Decides by the words alone, before anything heavy is imported.
"""

import os
import sys
from pathlib import Path

from tui.arguments import read_arguments

VERBS = frozenset({"run", "runs", "resume", "stop", "tell", "check", "tree", "models", "doctor"}) | frozenset(
    {"eval", "predict", "export", "report", "keep", "open"}
)
"""First words that belong to the command line also where there is a terminal."""

PLAIN = frozenset({"--help", "-h", "--version", "--json", "--plain", "--schema", "--set", "--out"})
"""Options that only the plain command line knows."""


def opens_workbench(arguments: list[str], *, terminal: bool) -> bool:
    """Whether these arguments open the workbench, given whether all three streams are a terminal."""
    if not terminal or PLAIN.intersection(word.partition("=")[0] for word in arguments):
        return False
    return not arguments or (arguments[0] not in VERBS and not arguments[0].startswith("-"))


def main() -> None:
    """Open the workbench or hand over to the command line."""
    arguments = sys.argv[1:]
    if not opens_workbench(arguments, terminal=_at_terminal()):
        from workbench.cli import main as command_line

        command_line()
        return
    sys.exit(_workbench(arguments))


def _at_terminal() -> bool:
    # Textual draws on the standard error stream.
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def _workbench(arguments: list[str]) -> int:
    from tui import graphics
    from tui.app import ThawApp
    from tui.hints import Hints, file_of_user
    from tui.preferences import read_preferences
    from workbench.errors import ThawError

    try:
        asked = read_arguments(arguments)
        if asked.runs is not None:
            os.environ["THAW_RUNS"] = str(asked.runs)
        preferences = read_preferences()
        graphics.ask_terminal()
        app = ThawApp(
            _target(list(asked.words)),
            demo=asked.words[:1] == ("demo",),
            preferences=preferences,
            hints=Hints(file_of_user()) if preferences.hints else None,
            looks_only=asked.looks_only,
        )
    except ThawError as error:
        print(error, file=sys.stderr)  # noqa: T201  (nothing was drawn yet)
        return error.exit_code
    last_words = app.run()
    if last_words:
        print(last_words)  # noqa: T201  (the terminal is the shell's again)
    return app.return_code or 0


def _target(arguments: list[str]) -> Path | None:
    """What the arguments ask to open, None for the first screen; BadInput where it is nothing."""
    from tui.opening import kind_of, meant
    from workbench.errors import BadInput, did_you_mean

    match arguments:
        case [] | ["demo", *_]:
            return None
        case ["attach", *rest]:
            from workbench.run import find, runs_folder

            return find(rest[0] if rest else None, runs_folder()).path
    path = meant(arguments[0])
    try:
        kind_of(path)
    except BadInput as error:
        raise BadInput(error.message, did_you_mean(arguments[0], sorted(VERBS)) or error.hint) from None
    return path


if __name__ == "__main__":
    main()
