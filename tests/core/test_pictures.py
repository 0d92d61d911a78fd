"""Pictures in batches: the same ones in the same order, read beside the training or in turn with it, kept or not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms.v2 import functional

from workbench.core.compute import choose
from workbench.core.identities import Identities
from workbench.core.pictures import Batch, Pictures, PictureStore
from workbench.core.preprocess import Preprocessing
from workbench.core.sources import Source, open_source
from workbench.session import Train

COUNT, UNREADABLE = 11, 4
PREPROCESSING = Preprocessing(16, 12)
BATCHES = [[3, 1, 4], [10, 5], [9, 2, 6, 0], [7], [8]]


@pytest.fixture
def source(tmp_path: Path) -> Source:
    random = np.random.default_rng(0)
    for number in range(COUNT):
        place = tmp_path / "pictures" / "ab"[number % 2] / f"{number:02}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (20, 31, 3), dtype=np.uint8)).save(place)
    found = open_source(str(tmp_path / "pictures"))
    (tmp_path / "pictures" / found.items[UNREADABLE].name).write_bytes(b"no picture")
    return found


def pictures(source: Source, *, kept: bool, beside: bool) -> tuple[Pictures, list[str]]:
    unreadable: list[str] = []
    store = PictureStore(Identities(source), PREPROCESSING) if kept else None
    compute = replace(choose(Train(device="cpu")), device=torch.device("cuda" if beside else "cpu"))
    return Pictures(source, PREPROCESSING, compute, unreadable.append, store), unreadable


def expected(source: Source, index: int) -> torch.Tensor:
    return functional.pil_to_tensor(PREPROCESSING.stored(source.open(index)))


def holds(source: Source, batch: Batch, wanted: list[int]) -> bool:
    pairs = zip(batch.read, batch.images, strict=True)
    return batch.read == wanted and all(torch.equal(image, expected(source, each)) for each, image in pairs)


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("kept", [False, True])
def test_batches_come_whole_and_in_order_again_and_again(source: Source, *, kept: bool, beside: bool) -> None:
    mine, unreadable = pictures(source, kept=kept, beside=beside)
    for _ in range(2):
        seen = list(mine.ahead(BATCHES))
        wanted = [[each for each in batch if each != UNREADABLE] for batch in BATCHES]
        assert [batch.indexes for batch in seen] == wanted
        assert all(holds(source, *pair) for pair in zip(seen, wanted, strict=True))
        mine.sync()
    assert len(unreadable) == 1


@pytest.mark.parametrize("beside", [False, True])
def test_only_what_is_needed_is_read_and_the_rest_on_demand(source: Source, *, beside: bool) -> None:
    mine, _ = pictures(source, kept=True, beside=beside)
    batches = BATCHES[1:]
    for batch, asked in zip(mine.ahead(batches, lambda indexes: indexes[:1]), batches, strict=True):
        assert holds(source, batch, asked[:1])
        readable, images = mine.images(batch, batch.indexes)
        assert holds(source, Batch(batch.indexes, readable, images), asked)


@pytest.mark.parametrize("kept", [False, True])
def test_a_batch_may_name_an_image_twice(source: Source, *, kept: bool) -> None:
    mine, _ = pictures(source, kept=kept, beside=False)
    for asked in ([3, 1, 3], [5, 3, 5, 1], [1, 1]):
        batch = mine.batch(asked)
        readable, images = mine.images(batch, batch.indexes)
        assert holds(source, Batch(batch.indexes, readable, images), asked)


@pytest.mark.parametrize("beside", [False, True])
def test_an_epoch_can_be_left_in_the_middle(source: Source, *, beside: bool) -> None:
    mine, _ = pictures(source, kept=False, beside=beside)
    ahead = mine.ahead(BATCHES)
    assert next(ahead).indexes == [3, 1]
    ahead.close()
    assert holds(source, mine.batch([5, 0]), [5, 0])


def test_what_one_run_kept_the_next_one_has(source: Source) -> None:
    first, _ = pictures(source, kept=True, beside=False)
    list(first.ahead(BATCHES))
    first.close()
    later = PictureStore(Identities(source), PREPROCESSING)
    assert [later.has(index) for index in range(COUNT)] == [index != UNREADABLE for index in range(COUNT)]
    (image,) = later.get([7])
    assert torch.equal(torch.from_numpy(image).permute(2, 0, 1), expected(source, 7))


def test_files_that_were_replaced_are_kept_anew(source: Source) -> None:
    first, _ = pictures(source, kept=True, beside=False)
    list(first.ahead(BATCHES))
    first.close()
    assert source.root is not None
    for item in source.items:
        file = source.root / item.name
        file.write_bytes(file.read_bytes() + b"\0")
    second, _ = pictures(source, kept=True, beside=False)
    list(second.ahead(BATCHES))
    assert second.sync() == ""
    second.close()
    assert PictureStore(Identities(source), PREPROCESSING).has(7)
