"""Stores of rows: what comes back is what was put in, across writers, kills and full disks."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core import stores
from workbench.core.row_store import Rows, RowStore

WIDTH = 24


def much(wanted: int) -> int:
    """As much room as is asked for."""
    return wanted


def key(number: int) -> bytes:
    return number.to_bytes(16, "little")


def row(number: int, width: int = WIDTH) -> Rows:
    """The row that belongs to a number."""
    return np.random.default_rng(number).integers(0, 256, width, dtype=np.uint8)


def put(store: RowStore, numbers: Sequence[int]) -> None:
    store.put([key(each) for each in numbers], np.stack([row(each) for each in numbers]))


def holds(store: RowStore, numbers: Sequence[int]) -> bool:
    rows = store.rows([key(each) for each in numbers])
    return bool((rows == np.stack([row(each) for each in numbers])).all())


@settings(max_examples=25, deadline=None)
@given(
    batches=st.lists(
        st.lists(st.integers(0, 40), min_size=1, max_size=8, unique=True), min_size=1, max_size=8
    ),
    order=st.randoms(use_true_random=False),
)
def test_rows_come_back_in_any_order_from_any_number_of_writers(
    batches: list[list[int]], order: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("store")
    here = RowStore(folder, WIDTH, much)
    for number, batch in enumerate(batches):
        put(here, batch)
        if number % 2:
            here.close()
            here = RowStore(folder, WIDTH, much)
    everything = sorted({each for batch in batches for each in batch})
    order.shuffle(everything)  # type: ignore[attr-defined]
    assert holds(here, everything)
    here.close()
    later = RowStore(folder, WIDTH, much)
    assert len(later) == len(everything)
    assert holds(later, everything)


def test_a_killed_writer_leaves_what_it_had_synced_and_nothing_wrong(tmp_path: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from tests.core.test_row_store import put
from workbench.core.row_store import RowStore
store = RowStore(Path({str(tmp_path)!r}), {WIDTH}, lambda wanted: wanted)
put(store, range(10)); store.sync(); put(store, range(10, 20))
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], check=False)
    store = RowStore(tmp_path, WIDTH, much)
    assert store.has([key(each) for each in range(20)]) == [True] * 10 + [False] * 10
    assert holds(store, range(10))


def test_rows_are_read_and_written_while_others_go_to_the_disk(tmp_path: Path) -> None:
    store = RowStore(tmp_path, WIDTH, much)
    for first in range(0, 60, 6):
        put(store, range(first, first + 6))
        assert store.begin_sync() == ""
        assert holds(store, range(first + 6))
    store.close()
    assert holds(RowStore(tmp_path, WIDTH, much), range(60))


def test_a_folder_that_is_taken_away_costs_what_is_kept_later_and_nothing_else(tmp_path: Path) -> None:
    earlier = RowStore(tmp_path / "store", WIDTH, much)
    put(earlier, range(5))
    earlier.close()
    store = RowStore(tmp_path / "store", WIDTH, much)
    put(store, range(5, 10))
    shutil.rmtree(tmp_path / "store")
    assert holds(store, range(10))
    put(store, range(10, 15))
    assert holds(store, range(15))
    assert "store" in store.sync()
    store.close()
    assert store.has([key(1)]) == [False]


def test_a_key_file_cut_short_or_longer_than_its_rows_gives_the_whole_rows_alone(tmp_path: Path) -> None:
    first = RowStore(tmp_path, WIDTH, much)
    put(first, range(5))
    first.close()
    rows_file = next(tmp_path.glob("*.rows"))
    os.truncate(rows_file, 3 * WIDTH + 5)
    keys_file = next(tmp_path.glob("*.keys"))
    os.truncate(keys_file, 4 * 16 + 7)
    assert len(RowStore(tmp_path, WIDTH, much)) == 3


def test_no_more_is_kept_than_there_is_room_for_and_that_is_told_once(tmp_path: Path) -> None:
    store = RowStore(tmp_path, WIDTH, lambda wanted: min(wanted, 10 * WIDTH))
    put(store, range(8))
    assert store.sync() == ""
    put(store, range(8, 25))
    assert len(store) == 8
    assert holds(store, range(8))
    assert "THAW_STORE_GB" in store.sync()
    assert store.sync() == ""


def test_a_store_that_cannot_be_written_says_so_and_keeps_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    store = RowStore(blocked / "store", WIDTH, much)
    put(store, range(3))
    assert store.has([key(1)]) == [False]
    assert str(blocked) in store.sync()


def test_the_store_used_longest_ago_goes_first_and_one_in_use_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("THAW_STORE_GB", str(3500 / 1e9))
    folders = [stores.place("test", number=number) for number in range(5)]
    opened = [stores.open_store(folder, WIDTH) for folder in folders[:3]]
    for store in opened:
        put(store, range(30))
        assert store.sync() == ""
    for number in (0, 1):
        opened[number].close()
    os.utime(folders[0] / "in-use", (1, 1))
    fourth = stores.open_store(folders[3], WIDTH)
    put(fourth, range(30))
    assert [folder.exists() for folder in folders[:3]] == [False, True, True]
    assert fourth.sync() == ""
    fifth = stores.open_store(folders[4], WIDTH)
    put(fifth, range(200))
    assert [folder.exists() for folder in folders[:3]] == [False, False, True]
    assert "THAW_STORE_GB" in fifth.sync()
    assert len(fifth) == 0


def test_a_store_full_of_others_rows_still_takes_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = stores.place("test")
    first = stores.open_store(folder, WIDTH)
    put(first, range(30))
    first.close()
    second = stores.open_store(folder, WIDTH)
    put(second, range(30, 60))
    assert holds(second, range(60))


def test_nothing_is_kept_where_nothing_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("THAW_STORE_GB", "0")
    store = stores.open_store(stores.place("test"), WIDTH)
    put(store, range(5))
    assert len(store) == 0
    assert store.sync() == ""


def test_reading_much_more_than_memory_should_hold_keeps_little_resident(tmp_path: Path) -> None:
    script = f"""
import resource
from pathlib import Path
import numpy as np
from workbench.core.row_store import RowStore
width, count = 1 << 20, 300
store = RowStore(Path({str(tmp_path)!r}), width, lambda wanted: wanted)
keys = [number.to_bytes(16, "little") for number in range(count)]
block = np.zeros((10, width), np.uint8)
for first in range(0, count, 10):
    store.put(keys[first:first + 10], block)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for first in range(0, count, 10):
    store.rows(keys[first:first + 10])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    grown = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[2],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    unit = 1024 if sys.platform != "darwin" else 1
    assert int(grown) * unit < 150 << 20
