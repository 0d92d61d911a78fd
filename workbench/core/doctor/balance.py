"""Findings on classes: how many images each has, and in which splits.

Only splits that the data itself makes are looked at; those that Thaw draws hold every class by construction.
"""

from collections import Counter

from workbench.core.sources import Source
from workbench.findings import Finding

UNEVEN = 5
"""The largest class has at least this many times the images of the smallest."""

SPLITS = ("train", "val", "test")


def class_findings(source: Source) -> list[Finding]:
    """Findings on the number of classes, on those that a split lacks, and on their sizes."""
    return [*_one_class(source), *_missing(source), *_imbalance(source)]


def _one_class(source: Source) -> list[Finding]:
    if len(source.classes) > 1:
        return []
    message = f"all images are of class {source.classes[0]}"
    return [Finding("one-class", message, (), "training is refused: a classifier needs two classes")]


def _missing(source: Source) -> list[Finding]:
    given = [split for split in SPLITS if any((item.split or "train") == split for item in source.items)]
    found = []
    for label in source.classes:
        files = {split: _files(source, label, split) for split in given}
        lacking = [split for split in given if not files[split]]
        if lacking:
            there = " and ".join(split for split in given if files[split])
            action = (
                "training is refused: nothing can be learned of it"
                if "train" in lacking
                else "nothing: how well it is recognised is not measured there"
            )
            every = tuple(name for names in files.values() for name in names)
            message = f"{label} is in {there} alone, not in {' and '.join(lacking)}"
            found.append(Finding("one-split-class", message, every, action))
    return found


def _files(source: Source, label: str, split: str) -> list[str]:
    return [item.name for item in source.items if item.label == label and (item.split or "train") == split]


def _imbalance(source: Source) -> list[Finding]:
    counts = Counter(item.label for item in source.items if (item.split or "train") == "train")
    if not is_uneven(counts):
        return []
    rare, common = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    message = f"{rare} has {counts[rare]:,} images to train on, {common} {counts[common]:,}"
    action = "nothing by itself; loss.class_weights = 'balanced' lets rare classes weigh more"
    return [Finding("imbalance", message, tuple(_files(source, rare, "train")), action)]


def is_uneven(counts: Counter[str]) -> bool:
    """Whether the largest class has many times the images of the smallest."""
    return bool(counts) and max(counts.values()) >= UNEVEN * min(counts.values())
