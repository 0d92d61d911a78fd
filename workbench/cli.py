"""The `thaw` command without a screen: plain lines, JSON, and exit codes for scripts.

The verbs live beside this file; here is what holds for all of them: the help, the version, a path in place of a
verb, and how an error ends the program. 0 is done, 1 failed, 2 bad input, 130 interrupted.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from workbench import (
    __version__,
    cli_doctor,
    cli_export,
    cli_live,
    cli_look,
    cli_models,
    cli_predict,
    cli_report,
    cli_results,
    cli_train,
)
from workbench.errors import ThawError, did_you_mean
from workbench.safe_text import inert_lines

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for verbs in (
    cli_train,
    cli_live,
    cli_look,
    cli_models,
    cli_doctor,
    cli_results,
    cli_predict,
    cli_export,
    cli_report,
):
    verbs.register(app)


def _print_version(asked: bool) -> None:
    if asked:
        print(f"thaw {__version__}")
        raise typer.Exit


@app.callback()
def thaw(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Fine-tune pretrained torchvision models: freeze and thaw layers while they train.

    \b
    thaw                           the workbench (in a terminal)
    thaw demo                      the embedded example, trained live
    thaw PATH                      a folder of images, a session file or a run
    thaw run digits                train a session with plain lines

    Exit codes: 0 done, 1 failed, 2 bad input, 130 interrupted.
    """


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command line (default: the process's own) and exit with its code."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(
                errors="replace"
            )  # a name that the terminal's encoding lacks is no reason to fail
    try:
        app(with_verb(words), prog_name="thaw")
    except ThawError as error:
        print(inert_lines(f"thaw: {error}"), file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # whoever read our lines has gone; a run goes on by itself
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def with_verb(words: list[str]) -> list[str]:
    """The command line with the verb ``open`` before a path that stands where a verb would."""
    if not words or words[0].startswith("-") or words[0] in verb_names():
        return words
    looks_like_a_path = Path(words[0]).exists() or "/" in words[0] or "." in words[0]
    if looks_like_a_path or not did_you_mean(words[0], verb_names()):
        return ["open", *words]
    return words


def verb_names() -> list[str]:
    """Every verb of the command line."""
    named = [
        (command.name or getattr(command.callback, "__name__", "")) for command in app.registered_commands
    ]
    return [name.replace("_", "-") for name in named]


if __name__ == "__main__":
    main()
