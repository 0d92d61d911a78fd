import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from workbench.core.partition import divide
from workbench.core.sources import Item, Source
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
