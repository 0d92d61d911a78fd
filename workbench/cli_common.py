"""What the verbs of the command line share: option types, how results are printed, and how names become runs.

The texts of errors are made where they arise; `workbench.cli` prints them and chooses the exit code.
"""

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from workbench import run as runs
from workbench.run import RunFolder
from workbench.safe_text import inert_json, inert_lines

RunsOption = Annotated[
    Path | None,
    typer.Option("--runs", metavar="FOLDER", help="Where runs live [default: $THAW_RUNS, else runs/ here]."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]
PlainOption = Annotated[bool, typer.Option("--plain", help="Plain lines, also where there is a terminal.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change one key of the session; may be given many times."
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="RUN", help="The run folder to make [default: a new one in runs/]."),
]
RunArgument = Annotated[
    str | None, typer.Argument(metavar="RUN", help="A run folder or its name [default: the latest run].")
]


def find_run(name: str | None, folder: Path | None) -> RunFolder:
    """The run that a user names, or the latest; BadInput where there is none."""
    return runs.find(name, runs.runs_folder(folder))


def run_and_rest(words: list[str], folder: Path | None) -> tuple[RunFolder, list[str]]:
    """The run that the first word names and the other words; the latest run and all words where it names none."""
    known = runs.runs_folder(folder)
    if words and runs.exists(words[0], known):
        return runs.find(words[0], known), words[1:]
    return runs.find(None, known), words


def say(text: str) -> None:
    """Print a line for a person."""
    print(inert_lines(text), flush=True)


def note(text: str) -> None:
    """Print a line beside the result: progress and advice, which a pipe does not carry on."""
    print(inert_lines(text), file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """Print a result as JSON; structs become objects with their field names."""
    print(inert_json(msgspec.json.format(msgspec.json.encode(value), indent=2).decode()))
