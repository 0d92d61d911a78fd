"""The text of a path and the path that it means: home, parents, and names that are shown with escapes."""

from pathlib import Path

import pytest

from tui.folder_listing import listing
from tui.path_text import above, meant_path, split

NASTY = ["a\x1b[2J\nb", "\u202egnp.exe", "back\\slash", "\udc80bytes", "two words"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ("", "")),
        ("pho", ("", "pho")),
        ("a/b", ("a/", "b")),
        ("a/b/", ("a/b/", "")),
        ("~", ("~/", "")),
        ("..", ("../", "")),
        ("a/..", ("a/../", "")),
        (".", ("", ".")),
        ("/", ("/", "")),
    ],
)
def test_a_text_is_a_folder_and_the_start_of_a_name(text: str, parts: tuple[str, str]) -> None:
    assert split(text) == parts


@pytest.mark.parametrize(
    ("head", "up"),
    [
        ("", "../"),
        ("../", "../../"),
        ("./", "../"),
        ("a/", ""),
        ("a/b/", "a/"),
        ("a/./", "a/../"),
        ("/a/", "/"),
        ("/", "/"),
        ("~/x/", "~/"),
    ],
)
def test_the_folder_above(head: str, up: str) -> None:
    assert above(head) == up


def test_above_home_is_where_home_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert above("~/") == f"{tmp_path.parent}/"
    assert meant_path("~/x") == tmp_path / "x"
    assert meant_path("~nobody-has-this-name/x") == Path("~nobody-has-this-name/x")


@pytest.mark.parametrize("name", NASTY)
def test_what_is_shown_of_a_name_means_that_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name / "inside").mkdir(parents=True)
    (shown,) = (each.shown for each in listing(str(tmp_path)).entries)
    assert shown.isprintable()
    assert meant_path(f"{tmp_path}/{shown}/inside") == tmp_path / name / "inside"


def test_a_name_that_has_the_letters_of_an_escape_wins(tmp_path: Path) -> None:
    for name in ("a\nb", r"a\nb"):
        (tmp_path / name).mkdir()
    assert meant_path(rf"{tmp_path}/a\nb").name == r"a\nb"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nowhere/", "there is no folder nowhere"),
        ("file/", "file is a file"),
        ("loop/", "loop can't be read"),
    ],
)
def test_a_folder_that_can_not_be_read_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, problem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("loop").symlink_to("loop")
    assert listing(text).problem.startswith(problem)
