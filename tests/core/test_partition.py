from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from workbench.core.partition import divide
from workbench.core.sources import Item, Source, folder
from workbench.errors import BadInput
from workbench.session import Data, SplitFractions


def source_of(counts: dict[str, int], split: str | None = None) -> Source:
    items = [
        Item(f"{name}/{number}", name, split) for name, count in counts.items() for number in range(count)
    ]
    return Source("made", tuple(items), lambda _index: Image.new("RGB", (8, 8)))


counts = st.dictionaries(st.sampled_from("abcdef"), st.integers(3, 40), min_size=2)
fractions = st.floats(0, 0.45)


@given(counts, fractions, fractions, st.integers(0, 100))
def test_every_image_has_one_place_and_every_class_trains(
    counts: dict[str, int], val: float, test: float, seed: int
) -> None:
    source = source_of(counts)
    parts = divide(source, Data(split=SplitFractions(val=val, test=test)), seed)
    together = [*parts.train, *parts.val, *parts.test]
    assert sorted(together) == list(range(len(source.items)))
    assert {source.items[index].label for index in parts.train} == set(counts)
    for name, count in counts.items():
        held = sum(source.items[index].label == name for index in parts.test)
        assert abs(held - count * test) <= 1


@given(counts, st.integers(0, 100))
def test_the_partition_follows_the_seed_alone(counts: dict[str, int], seed: int) -> None:
    source = source_of(counts)
    assert divide(source, Data(), seed) == divide(source, Data(), seed)


@given(st.integers(0, 50))
def test_a_new_image_moves_few_others(seed: int) -> None:
    before, after = source_of({"a": 40, "b": 40}), source_of({"a": 41, "b": 40})
    held = {before.items[index].name for index in divide(before, Data(), seed).test}
    still = {after.items[index].name for index in divide(after, Data(), seed).test}
    assert len(held - still) <= 1


def test_few_images_per_class_leave_the_held_back_ones_as_they_are() -> None:
    source = source_of({"a": 40, "b": 30})
    all_of_them, few = divide(source, Data(), 1), divide(source, Data(train_per_class=5), 1)
    assert few.sizes == {"train": 10, **{split: all_of_them.sizes[split] for split in ("val", "test")}}
    assert set(few.train) < set(all_of_them.train)
    assert few.val == all_of_them.val


def test_one_class_only_is_refused() -> None:
    with pytest.raises(BadInput, match="one class only"):
        divide(source_of({"a": 5}), Data(), 1)


def test_a_class_without_training_images_is_named() -> None:
    items = (Item("train/a/1", "a", "train"), Item("train/c/1", "c", "train"), Item("val/b/1", "b", "val"))
    source = Source("made", items, lambda _index: Image.new("RGB", (8, 8)))
    with pytest.raises(BadInput, match="no training image of 'b'"):
        divide(source, Data(), 1)


@given(st.lists(st.integers(0, 12), min_size=12, max_size=40), st.integers(0, 20))
@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_files_with_the_same_content_lie_in_one_part(contents: list[int], seed: int) -> None:
    with TemporaryDirectory() as folder:
        items = []
        for number, content in enumerate(contents):
            label = "ab"[number % 2]
            (Path(folder) / f"{label}{number}").write_bytes(bytes([content]) * (1 + content % 3))
            items.append(Item(f"{label}{number}", label))
        source = Source("made", tuple(items), lambda _index: Image.new("RGB", (8, 8)), root=Path(folder))
        parts = divide(source, Data(), seed)
    assert sorted([*parts.train, *parts.val, *parts.test]) == list(range(len(items)))
    part_of = {index: split for split in ("train", "val", "test") for index in parts.split(split)}
    for content in set(contents):
        assert len({part_of[index] for index, each in enumerate(contents) if each == content}) == 1


def test_a_copy_of_a_picture_lies_where_the_picture_does(photos: Path) -> None:
    before = divide(folder(photos), Data(), 1)
    names = [item.name for item in folder(photos).items]
    held = names[before.test[0]]
    (photos / held).with_name("zz-copy.png").write_bytes((photos / held).read_bytes())
    source = folder(photos)
    after = divide(source, Data(), 1)
    part_of = {
        source.items[index].name: split for split in ("train", "val", "test") for index in after.split(split)
    }
    copy = next(name for name in part_of if name.endswith("zz-copy.png"))
    assert part_of[copy] == part_of[held]
