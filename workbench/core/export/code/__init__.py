"""The session of a run as plain PyTorch: a script, or the same as a notebook.

The code is run as far as the first step and compared with the run (its images, their split, its first weights) before
it is put in place; the losses then follow from the same arithmetic.
"""

import filecmp
from pathlib import Path
from tempfile import TemporaryDirectory

from workbench.core.export.code.check import checked
from workbench.core.export.code.facts import facts_of
from workbench.core.export.code.notebook import notebook
from workbench.core.export.code.script import script
from workbench.exports import Exported, check_writable, written_beside
from workbench.run import RunFolder


def export_code(run: RunFolder, path: Path, *, overwrite: bool = False) -> Exported:
    """Write the script or notebook, and beside it what it can't make itself: first weights, a list of images.

    BadInput names the settings that have no plain form; ThawError where the code would not do what the run did.
    """
    facts = checked(facts_of(run, path.stem))
    companions = [path.with_name(name) for name in facts.companions]
    with TemporaryDirectory(dir=path.parent, prefix=".thaw-") as folder:
        facts.write_companions(Path(folder))
        for companion in companions:
            _put(Path(folder) / companion.name, companion, overwrite=overwrite)
    is_notebook = path.suffix.lower() == ".ipynb"
    text = script(facts, notebook=is_notebook)
    with written_beside(path) as new:
        new.write_text(notebook(text) if is_notebook else text, encoding="utf-8")
    sizes = ", ".join(f"{count} {split}" for split, count in facts.partition.sizes.items())
    return Exported(
        run=run.name,
        kind=path.suffix.lower(),
        files=(str(path), *map(str, companions)),
        checks=(f"the same images ({sizes})", "the same first weights", "the same output"),
    )


def _put(made: Path, place: Path, *, overwrite: bool) -> None:
    """Move a companion to its place; one that another code export of the same name left there serves both."""
    if place.is_file() and filecmp.cmp(made, place, shallow=False):
        return
    check_writable(place, overwrite=overwrite)
    made.replace(place)


__all__ = ["export_code"]
