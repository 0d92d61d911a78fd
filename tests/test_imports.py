"""What may be imported: no torch outside the core, and nothing heavy before the first paint."""

import subprocess
import sys
from pathlib import Path

import pytest

import workbench

ROOT = Path(workbench.__file__).parent
HEAVY = ("torch", "torchvision", "sklearn", "numpy")
TOP_LEVEL = sorted(path.stem for path in ROOT.glob("*.py") if path.stem != "__init__")
PACKAGES = sorted(
    path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name not in ("core", "bundled")
)


def imported_by(code: str, names: tuple[str, ...]) -> set[str]:
    """Which of the modules a fresh interpreter has after running the code."""
    look = f"{code}\nimport sys\nprint(*[name for name in {names!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    return set(found.stdout.split())


def test_no_module_of_the_workbench_outside_the_core_imports_torch() -> None:
    code = "\n".join(f"import workbench.{name}" for name in [*TOP_LEVEL, *PACKAGES])
    assert imported_by(code, HEAVY) == set()


def test_no_screen_imports_torch() -> None:
    import tui

    root = Path(tui.__file__).parent
    names = [
        ".".join(("tui", *path.relative_to(root).with_suffix("").parts))
        for path in sorted(root.rglob("*.py"))
    ]
    code = "\n".join(f"import {name.removesuffix('.__init__')}" for name in names)
    assert imported_by(code, (*HEAVY, "workbench.core")) == set()


@pytest.mark.parametrize("code", ["import tui.__main__", "import tui.app"])
def test_nothing_heavy_is_imported_before_the_first_paint(code: str) -> None:
    assert imported_by(code, (*HEAVY, "workbench.core", "pydantic", "plotext", "typer")) == set()
