"""What ``thaw`` does with its arguments, and what its start imports."""

import subprocess
import sys

import pytest

from tui.__main__ import VERBS, opens_workbench
from workbench.cli import verb_names


@pytest.mark.parametrize(
    "arguments", [[], ["demo"], ["attach"], ["attach", "a-run"], ["photos/"], ["mine.toml"]]
)
def test_the_workbench_opens_at_a_terminal_only(arguments: list[str]) -> None:
    assert opens_workbench(arguments, terminal=True)
    assert not opens_workbench(arguments, terminal=False)


@pytest.mark.parametrize(
    "arguments",
    [["runs"], ["run", "digits"], ["demo", "--plain"], ["demo", "--json"], ["--help"], ["--version"]],
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
