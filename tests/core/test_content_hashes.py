import os
from pathlib import Path

import pytest

from workbench.core.content_hashes import END, same_contents
from workbench.core.hash_cache import Known, cache_file, recall, remember


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return cache_file()


@pytest.fixture
def files(tmp_path: Path) -> dict[int, Path]:
    """Five files: two alike, one of the same size, one of another, and one that is empty."""
    found = {}
    for key, content in enumerate([b"one", b"two", b"longer", b"one", b""]):
        found[key] = tmp_path / f"{key}.png"
        found[key].write_bytes(content)
    return found


def known(files: dict[int, Path]) -> dict[int, Known]:
    """What is remembered of the files as they are."""
    found = {}
    for key, path in files.items():
        status = path.stat()
        found[key] = Known(status.st_size, status.st_mtime_ns)
    recalled = recall({str(files[key]): each for key, each in found.items()})
    return {key: recalled[str(path)] for key, path in files.items()}


def alike(files: dict[int, Path]) -> list[tuple[int, ...]]:
    return same_contents({key: str(path) for key, path in files.items()})


def test_files_with_the_same_bytes_are_a_group(files: dict[int, Path]) -> None:
    assert alike(files) == [(0, 3)]


@pytest.mark.parametrize("late", [0.0, 1.0])
def test_many_files_are_read_in_pieces_by_threads_where_the_disk_is_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: float
) -> None:
    monkeypatch.setattr("workbench.core.content_hashes.TASK", 3)
    monkeypatch.setattr("workbench.core.content_hashes.LATE", late)
    files = {}
    for key in range(20):
        files[key] = tmp_path / f"{key}.png"
        files[key].write_bytes(bytes([key % 7]))
    assert alike(files) == [tuple(range(first, 20, 7)) for first in range(7)]
    assert all(each.whole for each in known(files).values())


def test_only_files_of_one_size_are_read_and_remembered(files: dict[int, Path], cache: Path) -> None:
    assert alike(files) == [(0, 3)]
    assert [key for key, each in known(files).items() if each.end] == [0, 1, 3]


def test_what_is_remembered_is_not_read_again(files: dict[int, Path]) -> None:
    assert alike(files) == [(0, 3)]
    foreign = known(files)[0]._replace(changed=known(files)[1].changed)
    remember({str(files[1]): foreign})
    assert alike(files) == [(0, 1, 3)]


def test_large_files_that_share_an_end_are_read_as_a_whole(tmp_path: Path) -> None:
    end = bytes(END)
    contents = [b"one" + end, b"two" + end, b"one" + end, b"three" + end, b"one" + end[:-1] + b"."]
    files = {}
    for key, content in enumerate(contents):
        files[key] = tmp_path / f"{key}.png"
        files[key].write_bytes(content)
    for _ in range(2):
        assert alike(files) == [(0, 2)]
    assert [bool(each.whole) for each in known(files).values()] == [True, True, True, False, False]


def test_a_file_that_is_listed_twice_is_a_copy_of_itself(files: dict[int, Path]) -> None:
    assert alike({0: files[0], 1: files[1], 2: files[0]}) == [(0, 2)]


def test_a_changed_file_is_read_again(files: dict[int, Path]) -> None:
    assert alike(files) == [(0, 3)]
    files[3].write_bytes(b"two")
    os.utime(files[3], ns=(1, 1))
    assert alike(files) == [(1, 3)]


def test_a_cache_that_can_not_be_used_does_no_harm(files: dict[int, Path], cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("no database at all, but long enough to be taken for a damaged one" * 20)
    assert alike(files) == [(0, 3)]
    cache.unlink()
    cache.mkdir()
    assert alike(files) == [(0, 3)]


def test_files_that_are_gone_are_in_no_group(files: dict[int, Path]) -> None:
    files[3].unlink()
    assert alike(files) == []
