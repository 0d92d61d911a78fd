"""Which entries fit a typed name, and how far tab completes it."""

import pytest

from tui.completion import common_start, fitting
from tui.folder_listing import Entry, entry


def entries(*names: str) -> list[Entry]:
    return [entry(name.rstrip("/"), is_folder=name.endswith("/")) for name in names]


FOLDER = entries("phones/", "Photos/", "run-of-photos/", ".cache/", "phase.toml", "ÉTÉ/")


@pytest.mark.parametrize(
    ("start", "fits"),
    [
        ("ph", ["phones", "phase.toml", "Photos"]),
        ("Ph", ["Photos", "phones", "phase.toml"]),
        ("of-", ["run-of-photos"]),
        ("rphs", ["run-of-photos"]),
        (".", [".cache"]),
        ("", ["phones", "Photos", "run-of-photos", "phase.toml", "ÉTÉ"]),
        ("e\u0301t", ["ÉTÉ"]),
        ("xyz", []),
    ],
)
def test_what_starts_so_fits_else_what_holds_it_else_what_has_its_letters(
    start: str, fits: list[str]
) -> None:
    assert [each.name for each in fitting(FOLDER, start)] == fits


@pytest.mark.parametrize(
    ("names", "start", "completed"),
    [
        (["phones/", "photos/"], "p", "pho"),
        (["Phones/", "photos/"], "p", "photos"),
        (["Phones/", "Photos/"], "p", "Pho"),
        (["run-of-photos/"], "rphs", "run-of-photos/"),
        (["run-of-photos/", "runs-of-phones/"], "rof", "rof"),
        (["digits.toml"], "d", "digits.toml"),
        ([], "p", "p"),
    ],
)
def test_tab_completes_what_all_agree_on_and_never_shortens(
    names: list[str], start: str, completed: str
) -> None:
    assert common_start(entries(*names), start) == completed
