"""Which images train, validate and test: deterministic, stratified, by name.

An image's place follows from the seed and its name, class by class, so that adding or removing files leaves the
others where they are as far as the fractions allow. Files with the same content lie in one part, so that no picture
is tested that was trained on.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.core.content_hashes import same_contents
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
    units = _units(source, by_class) if needs_val or needs_test else {}
    for members in by_class.values():
        tests = _share(len(members), data.split.test) if needs_test else 0
        vals = min(_share(len(members), data.split.val), len(members) - tests - 1) if needs_val else 0
        parts = _deal(source, seed, members, units, {"test": tests, "val": vals})
        found["test"] += parts["test"]
        found["val"] += parts["val"]
        train = parts["train"]
        found["train"] += train[: data.train_per_class] if data.train_per_class else train
    partition = Partition(*(tuple(sorted(found[split])) for split in ("train", "val", "test")))
    _check(source, partition)
    return partition


def _units(source: Source, by_class: Mapping[str, Sequence[int]]) -> dict[int, tuple[int, ...]]:
    """The images that must lie in one part, by each of them: those whose files hold the same bytes."""
    drawn = sorted(index for members in by_class.values() for index in members)
    files = {index: path for index in drawn if (path := source.file(index)) is not None}
    return {index: group for group in same_contents(files) for index in group}


def _deal(
    source: Source,
    seed: int,
    members: Sequence[int],
    units: Mapping[int, tuple[int, ...]],
    sizes: Mapping[str, int],
) -> dict[str, list[int]]:
    """A class's images by part, in the order of their draws: test and val are filled, and the rest trains.

    Images of one unit share a draw and a part, the first that has room for all of them. A unit that bears several
    labels trains, since no part can tell which of them is right.
    """
    items, mine = source.items, set(members)

    def place(index: int) -> tuple[int, int]:
        unit = units.get(index)
        name = items[index].name if unit is None else min(items[each].name for each in unit)
        return draw(seed, "split", name), index

    parts: dict[str, list[int]] = {"test": [], "val": [], "train": []}
    for index in sorted(members, key=place):
        unit = units.get(index, (index,))
        inside = [each for each in unit if each in mine] if len(unit) > 1 else [index]
        if index != inside[0]:
            continue  # it has its place since the first one of its unit
        fits = (part for part, size in sizes.items() if len(parts[part]) + len(inside) <= size)
        bears_one_label = len(unit) == 1 or len({items[each].label for each in unit}) == 1
        parts[next(fits, "train") if bears_one_label else "train"] += inside
    return parts


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
