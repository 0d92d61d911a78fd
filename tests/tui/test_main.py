"""What ``thaw`` does with its arguments, and what its start imports."""

import contextlib
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tui.__main__ import VERBS, opens_workbench
from tui.arguments import Arguments, read_arguments
from workbench.cli import verb_names
from workbench.errors import BadInput


@pytest.mark.parametrize(
    "arguments", [[], ["demo"], ["attach"], ["attach", "a-run"], ["photos/"], ["mine.toml"]]
)
def test_the_workbench_opens_at_a_terminal_only(arguments: list[str]) -> None:
    assert opens_workbench(arguments, terminal=True)
    assert not opens_workbench(arguments, terminal=False)


@pytest.mark.parametrize(
    "arguments",
    [
        ["runs"],
        ["run", "digits"],
        ["demo", "--plain"],
        ["demo", "--json"],
        ["demo", "--set=train.epochs=3"],
        ["--help"],
        ["--version"],
    ],
)
def test_verbs_and_plain_options_stay_on_the_command_line(arguments: list[str]) -> None:
    assert not opens_workbench(arguments, terminal=True)


def test_every_verb_of_the_command_line_is_known_here() -> None:
    assert set(verb_names()) == VERBS | {"demo", "attach"}


def imported(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_no_screen_imports_torch() -> None:
    screens = ("welcome", "data", "model", "train", "evaluate", "runs", "failure")
    modules = imported("import tui.app, " + ", ".join(f"tui.screens.{name}" for name in screens))
    assert not modules & {"torch", "torchvision", "numpy", "sklearn", "PIL"}


def test_the_first_paint_waits_for_nothing_heavy() -> None:
    assert not imported("import tui.app") & {"pydantic", "tomlkit", "plotext", "typer", "torch", "numpy"}


def at_a_terminal(*arguments: str, folder: Path) -> tuple[int, str]:
    """Run ``thaw`` in a pseudo-terminal until it ends by itself."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ.pop("THAW_RUNS", None)
        os.execv(sys.executable, [sys.executable, "-m", "tui", *arguments])  # noqa: S606
    said = b""
    with contextlib.suppress(OSError):  # how Linux says that the other side has closed
        while data := os.read(terminal, 4096):
            said += data
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said.decode()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere: no such file or folder"),
        (["rnu"], "did you mean 'run'?"),
        (["attach"], "runs: no runs here"),
        (["attach", "gone"], "gone: no such run"),
    ],
)
def test_what_can_not_be_opened_is_one_message_and_exit_2(
    arguments: list[str], words: str, tmp_path: Path
) -> None:
    code, said = at_a_terminal(*arguments, folder=tmp_path)
    assert code == 2
    assert words in said
    assert "Traceback" not in said


def test_options_may_stand_before_or_behind_the_run() -> None:
    for words in (["attach", "a-run", "--read-only"], ["attach", "--read-only", "a-run"]):
        assert read_arguments(words) == Arguments(("attach", "a-run"), None, looks_only=True)
    assert read_arguments(["attach", "--runs", "/data"]).runs == Path("/data")
    assert read_arguments(["demo", "--runs=/data"]) == Arguments(("demo",), Path("/data"))


@pytest.mark.parametrize(
    ("words", "hint"),
    [(["attach", "--readonly"], "did you mean '--read-only'?"), (["x", "--runs"], "says where runs live")],
)
def test_an_option_that_the_workbench_does_not_know_is_told(words: list[str], hint: str) -> None:
    with pytest.raises(BadInput) as raised:
        read_arguments(words)
    assert hint in raised.value.hint
