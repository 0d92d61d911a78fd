from pathlib import Path

from tests.core.conftest import picture
from workbench.core.propose import propose
from workbench.session_file import parse

EVIL = 'x"\n[model]\nname = "\x1b[2J'


def test_a_folder_becomes_a_session(photos: Path) -> None:
    session = parse(propose(photos))
    assert session.data.source == str(photos)
    assert session.name == "photos"


def test_a_label_file_becomes_a_session(photos: Path) -> None:
    rows = [f"{path.relative_to(photos)},{path.parent.name}" for path in sorted(photos.rglob("*.*"))]
    table = photos / "my labels.csv"
    table.write_text("\n".join(["file,label", *rows]))
    session = parse(propose(table))
    assert session.data.source == str(table)
    assert session.name == "my-labels"


def test_the_name_of_a_folder_can_not_write_into_the_session(tmp_path: Path) -> None:
    for number in range(4):
        picture(tmp_path / EVIL / "a" / f"{number}.png")
        picture(tmp_path / EVIL / "b\n" / f"{number}.png")
    text = propose(tmp_path / EVIL)
    assert parse(text).data.source == str(tmp_path / EVIL)
    assert "\x1b" not in text
