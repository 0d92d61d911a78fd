"""The doctor's report: runs all looks at a source and puts their findings in order.

Each look is a file of its own; this one decides only what is looked at, and tells what goes on.
"""

from collections.abc import Callable

from workbench.core.doctor.balance import class_findings
from workbench.core.doctor.duplicates import duplicate_findings
from workbench.core.doctor.labels import label_findings
from workbench.core.doctor.pictures import picture_findings
from workbench.core.doctor.scanning import scan
from workbench.core.sources import Source
from workbench.findings import DoctorReport, in_order


def examine(
    source: Source, *, labels: bool = True, say: Callable[[str], None] = lambda _line: None
) -> DoctorReport:
    """Everything that is wrong with a source; `labels` also compares them with what a network sees, which takes longer.

    `say` is told what is being done.
    """
    say(f"reading {len(source.items):,} pictures")
    looks = scan(source)
    copies = duplicate_findings(source, looks)
    findings = [*picture_findings(source, looks), *copies, *class_findings(source)]
    notes: list[str] = list(source.notices)
    if labels:
        conflicting = {name for each in copies if each.kind == "label-conflict" for name in each.files}
        usable = [
            index
            for index, look in enumerate(looks)
            if not look.error and source.items[index].name not in conflicting
        ]
        suspicious, note = label_findings(source, usable, say)
        findings += suspicious
        notes.append(note)
    return DoctorReport(source.name, len(source.items), source.classes, in_order(findings), tuple(notes))
