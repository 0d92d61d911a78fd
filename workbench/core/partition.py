"""Which images train, validate and test: deterministic, stratified, by name.

An image's place follows from the seed and its name, class by class, so that adding or removing files leaves the
others where they are as far as the fractions allow.
"""

from collections import defaultdict
from dataclasses import dataclass

from workbench.core.draws import draw
from workbench.core.sources import Source
from workbench.errors import BadInput
from workbench.session import Data


@dataclass(frozen=True)
class Partition:
    """Indexes into a source's items, one tuple a split."""

    train: tuple[int, ...]
    val: tuple[int, ...]
    test: tuple[int, ...]

    def split(self, name: str) -> tuple[int, ...]:
        """The indexes of the split of that name."""
        return {"train": self.train, "val": self.val, "test": self.test}[name]

    @property
    def sizes(self) -> dict[str, int]:
        """The number of images per split."""
        return {"train": len(self.train), "val": len(self.val), "test": len(self.test)}


def divide(source: Source, data: Data, seed: int) -> Partition:
    """The partition of a source; BadInput where a class has nothing to train on or there is but one class."""
    if len(source.classes) < 2:
        raise BadInput(
            f"data.source: {source.name} holds one class only ({source.classes[0]!r})",
            "a classifier needs at least two: one folder of images for each class",
        )
    given = any(item.split for item in source.items)
    by_class: dict[str, list[int]] = defaultdict(list)
    found: dict[str, list[int]] = {"train": [], "val": [], "test": []}
    for index, item in enumerate(source.items):
        if item.split in ("val", "test"):
            found[item.split].append(index)
        else:
            by_class[item.label].append(index)
    needs_val = not found["val"]
    needs_test = not found["test"] and not given
    for members in by_class.values():
        members.sort(key=lambda index: draw(seed, "split", source.items[index].name))
        tests = _share(len(members), data.split.test) if needs_test else 0
        vals = min(_share(len(members), data.split.val), len(members) - tests - 1) if needs_val else 0
        found["test"] += members[:tests]
        found["val"] += members[tests : tests + vals]
        train = members[tests + vals :]
        found["train"] += train[: data.train_per_class] if data.train_per_class else train
    partition = Partition(*(tuple(sorted(found[split])) for split in ("train", "val", "test")))
    _check(source, partition)
    return partition


def _share(count: int, fraction: float) -> int:
    """How many of `count` images to hold back: rounded, at least one where asked for, and never all."""
    return min(max(round(count * fraction), 1), count - 1) if fraction > 0 else 0


def _check(source: Source, partition: Partition) -> None:
    trained = {source.items[index].label for index in partition.train}
    missing = [label for label in source.classes if label not in trained]
    if missing:
        raise BadInput(
            f"data.source: no training image of {', '.join(map(repr, missing))} in {source.name}",
            "every class of val and test must be in train too: add images, or move that class's folder away",
        )
