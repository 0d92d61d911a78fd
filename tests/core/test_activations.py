"""What a prefix gave is found again only for the same picture, view, weights, structure, inputs and precision."""

import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.conftest import picture
from tests.core.test_split import Layers
from workbench.core.activations import FEW_BATCHES, Activations
from workbench.core.augment import Augmentation
from workbench.core.compute import Compute
from workbench.core.digests import Digests
from workbench.core.identities import Identities
from workbench.core.preprocess import Preprocessing
from workbench.core.sources import folder
from workbench.core.split import Cutter

SIDE = 12
COMPUTE = Compute(torch.device("cpu"), "a CPU", "fp32", 2, torch.contiguous_format)
PREPROCESSING = Preprocessing(SIDE, SIDE)
AUGMENTATION = Augmentation("light", flip=True, seed=1, preprocessing=PREPROCESSING, repeat=2)


def model() -> Layers:
    """The same model every time, in eval mode."""
    torch.manual_seed(5)
    return Layers().eval()


class Asker:
    """Asks for activations of eight pictures, and counts those that had to be computed."""

    def __init__(self) -> None:
        self.module, self.moving = model(), {"head.weight", "head.bias"}
        self.compute, self.preprocessing, self.augmentation = COMPUTE, PREPROCESSING, AUGMENTATION
        self.identity: Callable[[int], bytes] = lambda index: b"picture %d" % index
        self.view = 0
        self.images = torch.rand(8, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(6))
        self.computed = 0

    def ask(self) -> torch.Tensor:
        """The first tensor of the activations; `computed` counts."""
        cut = Cutter(self.module, SIDE).split(self.moving)
        assert cut is not None
        inputs = {**self.augmentation.description, "preprocessing": asdict(self.preprocessing)}
        weights = Digests(self.module).of(cut.names)
        told: list[str] = []
        kept = Activations(
            cut, weights, self.compute, self.identity, inputs, 16, {8}, told.append, ordered=False
        )
        found = kept.of(range(8), self.view, self.read)
        kept.close()
        assert not told
        return found.tensors[0]

    def read(self, indexes: list[int]) -> tuple[list[int], torch.Tensor]:
        """These pictures, counted."""
        self.computed += len(indexes)
        return indexes, self.images[indexes]


def _weight(asker: Asker) -> None:
    with torch.no_grad():
        asker.module.first.weight[0, 0, 0, 0] += 1e-7


def _statistic(asker: Asker) -> None:
    asker.module.norm.running_mean[3] += 1e-7  # type: ignore[index]


def _setting(asker: Asker) -> None:
    asker.module.norm.eps = 2e-5


def _thaw_line(asker: Asker) -> None:
    asker.moving |= {"second.weight"}


def _precision(asker: Asker) -> None:
    asker.compute = replace(COMPUTE, precision="bf16")


def _threads(asker: Asker) -> None:
    asker.compute = replace(COMPUTE, threads=1)


def _mean(asker: Asker) -> None:
    asker.preprocessing = replace(PREPROCESSING, mean=(0.4, 0.4, 0.4))


def _seed(asker: Asker) -> None:
    asker.augmentation = replace(AUGMENTATION, seed=2)


def _kind(asker: Asker) -> None:
    asker.augmentation = replace(AUGMENTATION, kind="strong")


def _flip(asker: Asker) -> None:
    asker.augmentation = replace(AUGMENTATION, flip=False)


def _view(asker: Asker) -> None:
    asker.view = 1


def _picture(asker: Asker) -> None:
    asker.identity = lambda index: b"another %d" % index


CHANGES = [
    _weight,
    _statistic,
    _setting,
    _thaw_line,
    _precision,
    _threads,
    _mean,
    _seed,
    _kind,
    _flip,
    _view,
    _picture,
]


@settings(max_examples=30, deadline=None)
@given(changes=st.lists(st.sampled_from(CHANGES), min_size=0, max_size=2, unique=True))
def test_every_change_of_a_key_misses_and_nothing_else_does(
    changes: list[Callable[[Asker], None]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("stores")))
        first, again, changed = Asker(), Asker(), Asker()
        before = first.ask()
        assert torch.equal(again.ask(), before)
        assert (first.computed, again.computed) == (8, 0)
        for change in changes:
            change(changed)
        changed.ask()
        assert changed.computed == (8 if changes else 0)


def test_a_file_that_changes_is_another_picture(tmp_path: Path) -> None:
    for number in range(3):
        picture(tmp_path / "red" / f"{number}.png")
    before = [Identities(folder(tmp_path))(index) for index in range(3)]
    assert len(set(before)) == 3
    same_size = (tmp_path / "red" / "0.png").read_bytes()
    times = (tmp_path / "red" / "0.png").stat()
    (tmp_path / "red" / "0.png").write_bytes(same_size[:-1] + bytes([same_size[-1] ^ 1]))
    os.utime(tmp_path / "red" / "0.png", ns=(times.st_atime_ns, times.st_mtime_ns))
    (tmp_path / "red" / "1.png").unlink()
    picture(tmp_path / "red" / "3.png")
    now = [Identities(folder(tmp_path))(index) for index in range(3)]
    assert now[0] not in before
    assert now[1] == before[2]
    assert now[2] not in before


def test_a_lone_picture_and_a_short_batch_come_as_in_any_other_batch() -> None:
    asker = Asker()
    cut = Cutter(asker.module, SIDE).split(asker.moving)
    assert cut is not None
    kept = Activations(
        cut, "alone", COMPUTE, asker.identity, {"test": "alone"}, 16, {8, 3, 1}, print, ordered=False
    )

    whole = kept.of(range(8), 0, asker.read).tensors[0]
    assert torch.equal(kept.of([6, 2, 4], 0, asker.read).tensors[0], whole[[6, 2, 4]])
    assert torch.equal(kept.of([5], 0, asker.read).tensors[0], whole[[5]])


@pytest.mark.parametrize(("rows", "again"), [(16, 3), (16 * FEW_BATCHES, 0)])
def test_where_batches_are_the_same_each_time_others_are_found_only_among_many(rows: int, again: int) -> None:
    asker = Asker()
    cut = Cutter(asker.module, SIDE).split(asker.moving)
    assert cut is not None
    about = {"test": f"the same batches, {rows} rows"}
    kept = Activations(
        cut, "ordered", COMPUTE, asker.identity, about, rows, {8, 3}, pytest.fail, ordered=True
    )

    whole = kept.of(range(8), 0, asker.read).tensors[0]
    for batch in (range(8), [6, 2, 4], range(8), [6, 2, 4]):
        assert torch.equal(kept.of(batch, 0, asker.read).tensors[0], whole[list(batch)])
    assert asker.computed == 8 + again


def test_a_picture_that_cannot_be_read_leaves_the_others() -> None:
    asker = Asker()
    cut = Cutter(asker.module, SIDE).split(asker.moving)
    assert cut is not None
    kept = Activations(
        cut, "unreadable", COMPUTE, asker.identity, {"test": "gone"}, 16, {8}, print, ordered=False
    )

    def read(indexes: list[int]) -> tuple[list[int], torch.Tensor]:
        readable = [index for index in indexes if index != 3]
        return readable, asker.images[readable]

    found = kept.of(range(8), 0, read)
    assert found.indexes == [0, 1, 2, 4, 5, 6, 7]
    assert len(found.tensors[0]) == 7
