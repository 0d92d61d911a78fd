"""Completing a typed path: folders first, then sessions, hidden things only when asked for."""

from pathlib import Path

import pytest

from tui.completion import common_start, completions


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("photos", "phones", ".cache"):
        (tmp_path / name).mkdir()
    (tmp_path / "phase.toml").touch()
    (tmp_path / "photo.jpg").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_folders_and_sessions_that_begin_so(folder: Path) -> None:
    assert completions("ph") == ["phones/", "photos/", "phase.toml"]
    assert completions(f"{folder}/pho") == [f"{folder}/phones/", f"{folder}/photos/"]


def test_hidden_folders_only_after_a_dot(folder: Path) -> None:
    assert ".cache/" not in completions("")
    assert completions(".c") == [".cache/"]


def test_a_folder_that_is_not_there_has_nothing(folder: Path) -> None:
    assert completions("nowhere/x") == []


def test_the_common_start_never_shortens_what_was_typed() -> None:
    assert common_start(["phones/", "photos/"], "p") == "pho"
    assert common_start([], "p") == "p"
