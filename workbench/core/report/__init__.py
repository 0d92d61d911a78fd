"""One self-contained HTML file of a run: its curves, its mistakes, its session, readable without a network.

The parts are made by the files beside this one; here they are put together and written.
"""

from pathlib import Path

from workbench.core.report.facts import gather
from workbench.core.report.page import page
from workbench.exports import check_writable, written_beside
from workbench.reports import Reported, check_packages
from workbench.run import RunFolder


def write_report(
    run: RunFolder, path: Path, split: str | None = None, *, overwrite: bool = False
) -> Reported:
    """Write the report of a run as it is now; BadInput where the file can't be written or matplotlib is missing.

    `split` is the evaluation that is shown: unless given the test's, else the validation's.
    """
    check_packages()
    check_writable(path, overwrite=overwrite)
    facts = gather(run, split)
    with written_beside(path) as new:
        new.write_text(page(facts), encoding="utf-8")
    return Reported(
        run=run.name,
        file=str(path),
        bytes=path.stat().st_size,
        split=facts.metrics.split if facts.metrics else "",
        pictures=len(facts.pictures),
    )


__all__ = ["write_report"]
