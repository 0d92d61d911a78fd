from pathlib import Path

import pytest

from tests.core.conftest import picture
from workbench.core.partition import divide
from workbench.core.sources import Item, open_source
from workbench.errors import BadInput
from workbench.session import Data


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A label file beside eight pictures."""
    lines = ["file,label,split"]
    for number in range(8):
        picture(tmp_path / "pictures" / f"{number}.png")
        lines.append(
            f"pictures/{number}.png,{'ant' if number % 2 else 'bee, honey'},".replace(
                "bee, honey", '"bee, honey"'
            )
        )
    path = tmp_path / "labels.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_label_file_is_a_source(table: Path) -> None:
    source = open_source(str(table))
    assert source.classes == ("ant", "bee, honey")
    assert source.items[1] == Item("pictures/1.png", "ant", None)
    assert source.open(1).mode == "RGB"
    assert divide(source, Data(), 1).sizes == {"train": 4, "val": 2, "test": 2}


def test_its_splits_are_kept(table: Path) -> None:
    text = table.read_text().replace('6.png,"bee, honey",', '6.png,"bee, honey",Validation')
    table.write_text(text.replace("7.png,ant,", "7.png,ant,test"))
    parts = divide(open_source(str(table)), Data(), 1)
    assert (parts.val, parts.test) == ((6,), (7,))


def test_other_delimiters_and_a_byte_order_mark(table: Path) -> None:
    wanted = open_source(str(table)).items
    rows = [(item.name, item.label) for item in wanted]
    text = "\n".join(["label;file;note", *(f"{label};{name};x" for name, label in rows)])
    table.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert open_source(str(table)).items == wanted


def test_parquet_says_the_same(table: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    wanted = open_source(str(table)).items
    columns = {"file": [item.name for item in wanted], "label": [item.label for item in wanted]}
    parquet.write_table(pyarrow.table(columns), table.with_suffix(".parquet"))
    assert open_source(str(table.with_suffix(".parquet"))).items == wanted


def test_missing_pictures_are_counted_and_named(table: Path) -> None:
    for number in range(7):
        (table.parent / "pictures" / f"{number}.png").unlink()
    with pytest.raises(BadInput, match=r"7 of 8 pictures are missing: pictures/0\.png, pictures/1\.png"):
        open_source(str(table))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,label\n", "line 1: no column 'file'"),
        ("file,labels\n", "line 1: no column 'label'"),
        ("", "line 1: no column 'file' and 'label'"),
        ("file,label\n", "lists no pictures"),
        ("file,label\n,ant\na.png,\n", "line 2: no file; line 3: no label"),
        ("file,label\na.png,x\na.png,y\n", "line 3: a.png stands in line 2 already"),
        ("file,label,split\na.png,x,trian\n", "line 2: split 'trian' is none of train, val, test"),
        ('file,label\n"a.png,x\n', "can't be read"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(BadInput) as caught:
        open_source(str(tmp_path / "labels.csv"))
    assert message in caught.value.message


def test_what_is_no_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        open_source(str(tmp_path / "absent.csv"))
    (tmp_path / "latin.csv").write_bytes("file,label\nä.png,x\n".encode("latin-1"))
    with pytest.raises(BadInput, match="not UTF-8"):
        open_source(str(tmp_path / "latin.csv"))
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    pytest.importorskip("pyarrow")
    with pytest.raises(BadInput, match="no readable Parquet"):
        open_source(str(tmp_path / "broken.parquet"))
