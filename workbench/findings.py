"""What can be wrong with a data set, and how it reads: the doctor's report as data and as lines.

Finding things is the part of `workbench.core.doctor`; the command line and the data screen show what is here.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Literal

import msgspec

from workbench.safe_text import inert, some

Kind = Literal[
    "unreadable",
    "leak",
    "label-conflict",
    "suspicious-label",
    "duplicate",
    "near-duplicate",
    "one-class",
    "one-split-class",
    "imbalance",
    "graphic",
    "odd-mode",
    "animated",
    "tiny",
    "huge",
    "elongated",
]

TITLES: dict[Kind, str] = {
    "unreadable": "pictures that can't be read",
    "leak": "the same picture in several splits",
    "label-conflict": "the same picture in several classes",
    "suspicious-label": "labels that look wrong",
    "duplicate": "pictures that are there twice",
    "near-duplicate": "pictures that are nearly the same",
    "one-class": "one class only",
    "one-split-class": "classes that are missing in a split",
    "imbalance": "classes of very different size",
    "graphic": "graphics among photos",
    "odd-mode": "unusual colour modes",
    "animated": "pictures of several frames",
    "tiny": "very small pictures",
    "huge": "very large pictures",
    "elongated": "very long pictures",
}
"""What each kind of finding is called, the gravest first."""

SHOWN = 10
"""Findings of one kind, and files of one finding, that lines show; JSON holds all."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that was found, the images that it is about by name, and what Thaw does about it."""

    kind: Kind
    message: str
    files: tuple[str, ...]
    action: str


class DoctorReport(msgspec.Struct, frozen=True):
    """All findings on a source, the gravest first; `notes` say what was looked at how, or could not be."""

    source: str
    images: int
    classes: tuple[str, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """The findings by kind, the gravest first, and as they came within a kind."""
    rank = {kind: place for place, kind in enumerate(TITLES)}
    return tuple(sorted(findings, key=lambda finding: rank[finding.kind]))


def report_lines(report: DoctorReport) -> Iterator[str]:
    """The report as lines of plain text, every foreign name inert."""
    yield f"{inert(report.source)}: {report.images:,} images of {len(report.classes):,} classes"
    for kind, group in groupby(report.findings, key=lambda finding: finding.kind):
        findings = list(group)
        yield ""
        yield f"{TITLES[kind]} ({len(findings):,})"
        for finding in findings[:SHOWN]:
            yield f"  - {inert(finding.message)}"
            if finding.files:
                yield f"      {some(finding.files, SHOWN)}"
            yield f"      → {finding.action}"
        if len(findings) > SHOWN:
            yield f"  … and {len(findings) - SHOWN:,} more; --json lists all"
    yield ""
    yield from (inert(note) for note in report.notes)
    yield summary(report)


def summary(report: DoctorReport) -> str:
    """How many things were found, in one line."""
    count = len(report.findings)
    return f"{count:,} {'finding' if count == 1 else 'findings'}" if count else "nothing wrong was found"
