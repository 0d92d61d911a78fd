"""`thaw doctor` from the shell: its lines, its JSON, and its exit codes."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.workbench.test_cli import Shell, thaw

__all__ = ["thaw"]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two classes of three pictures, one of them there twice and one with a name that is no plain text."""
    root = tmp_path / "photos"
    for number in range(6):
        place = root / ("bees" if number % 2 else "ants")
        place.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(number).integers(0, 256, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(noise).save(place / f"{number}.png")
    (root / "bees" / "copy.png").write_bytes((root / "bees" / "1.png").read_bytes())
    (root / "ants" / "\x1b[31m[red].jpg").write_text("no picture")
    return root


def test_findings_as_lines(thaw: Shell, photos: Path) -> None:
    assert thaw("doctor", photos, "--no-labels") == 0
    assert "8 images of 2 classes" in thaw.out
    assert "bees/1.png, bees/copy.png\n      → kept on one side of the split" in thaw.out
    assert "ants/\\x1b[31m[red].jpg" in thaw.out
    assert "\x1b" not in thaw.out
    assert thaw.out.endswith("2 findings\n")
    assert "reading 8 pictures" in thaw.err


def test_findings_as_json(thaw: Shell, photos: Path) -> None:
    assert thaw("doctor", photos, "--json") == 0
    report = json.loads(thaw.out)
    assert set(report) == {"source", "images", "classes", "findings", "notes"}
    assert [finding["kind"] for finding in report["findings"]] == ["unreadable", "duplicate"]
    assert report["findings"][0]["files"] == ["ants/\x1b[31m[red].jpg"]
    assert "labels were not judged" in report["notes"][0]


@pytest.mark.parametrize("name", ["absent", "empty", "labels.csv"])
def test_what_is_no_data_set_is_bad_input(thaw: Shell, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    assert thaw("doctor", tmp_path / name) == 2
    assert "data.source" in thaw.err


EVIL = ("bees/[red]\n\x1b[2J", "../ants\u202e")
SESSION = """
name = "evil"
[data]
source = {source}
image_size = 32
batch_size = 8
[model]
name = "shufflenet_v2_x0_5"
weights = "none"
[train]
epochs = 1
device = "cpu"
"""


def test_class_names_stay_inert_from_the_label_file_to_the_evaluation(thaw: Shell, photos: Path) -> None:
    with (photos / "labels.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(("file", "label"))
        for number in range(6):
            table.writerow((f"{'bees' if number % 2 else 'ants'}/{number}.png", EVIL[number % 2]))
    session = photos / "evil.toml"
    session.write_text(SESSION.format(source=json.dumps(str(photos / "labels.csv"))))
    assert thaw("run", session, "--out", photos / "run") == 0
    assert "classes  2: ../ants\\u202e, bees/[red]\\n\\x1b[2J" in thaw.out
    assert not {"\x1b", "\u202e"} & set(thaw.out)
    assert {path.name for path in (photos / "run" / "evaluation").iterdir()} == {"val", "test"}
    assert thaw("eval", photos / "run") == 0
    assert "bees/[red]\\n\\x1b[2J" in thaw.out
    assert not {"\x1b", "\u202e"} & set(thaw.out)
    assert thaw("eval", photos / "run", "--json") == 0
    assert {report["name"] for report in json.loads(thaw.out)["per_class"]} == set(EVIL)
