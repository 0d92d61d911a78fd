import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from workbench.core.content_hashes import cache_file, same_contents


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


def remembered(cache: Path) -> int:
    with closing(sqlite3.connect(cache)) as opened:
        return int(opened.execute("SELECT count(*) FROM hashes").fetchone()[0])


def test_files_with_the_same_bytes_are_a_group(files: dict[int, Path]) -> None:
    assert same_contents(files) == [(0, 3)]


def test_only_files_of_one_size_are_read_and_remembered(files: dict[int, Path], cache: Path) -> None:
    assert same_contents(files) == [(0, 3)]
    assert remembered(cache) == 3


def test_what_is_remembered_is_not_read_again(files: dict[int, Path], cache: Path) -> None:
    assert same_contents(files) == [(0, 3)]
    with closing(sqlite3.connect(cache)) as opened, opened:
        opened.execute("UPDATE hashes SET hash = 'same'")
    assert same_contents(files) == [(0, 1, 3)]


def test_a_changed_file_is_read_again(files: dict[int, Path]) -> None:
    assert same_contents(files) == [(0, 3)]
    files[3].write_bytes(b"two")
    os.utime(files[3], ns=(1, 1))
    assert same_contents(files) == [(1, 3)]


def test_a_cache_that_can_not_be_used_does_no_harm(files: dict[int, Path], cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("no database at all, but long enough to be taken for a damaged one" * 20)
    assert same_contents(files) == [(0, 3)]
    cache.unlink()
    cache.mkdir()
    assert same_contents(files) == [(0, 3)]


def test_files_that_are_gone_are_in_no_group(files: dict[int, Path]) -> None:
    files[3].unlink()
    assert same_contents(files) == []
