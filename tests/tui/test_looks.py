"""What a path is called in a list, and that odd ones neither raise nor hang."""

import os
from pathlib import Path

import pytest

from tests.tui.made_models import SESSION
from tui.looks import look


def touch(folder: Path, *files: str) -> Path:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()
    return folder


@pytest.mark.parametrize(
    ("files", "words", "opens"),
    [
        (("ant/1.jpg", "bee/2.PNG"), "images, 2 classes", True),
        (("train/ant/1.jpg",), "images, 1 class", True),
        (("1.jpg",), "images, no classes", True),
        (("session.toml", "events.jsonl"), "run", True),
        (("model.safetensors",), "model weights", False),
        (("deep/er/1.jpg",), "folder", False),
        ((), "empty folder", False),
    ],
)
def test_folders(tmp_path: Path, files: tuple[str, ...], words: str, opens: bool) -> None:
    found = look(touch(tmp_path, *files))
    assert (found.words, found.opens) == (words, opens)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.toml", SESSION, "session"),
        ("a.toml", "", "session"),
        ("a.toml", "[project]\nname = 'x'", "no session"),
        ("a.toml", "x = [", "broken session"),
        ("a.CSV", "file,label", "label file"),
        ("a.txt", "", "file"),
    ],
)
def test_files(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    assert look(tmp_path / name).words == words


def test_what_can_not_be_looked_at_has_a_word_too(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "loop").symlink_to("loop")
    assert look(tmp_path / "pipe.toml").words == "no file"
    assert look(tmp_path / "nothing").words == "gone"
    assert look(tmp_path / "loop").words == "gone"
    assert look(Path("nu\0ll")).words == "gone"
