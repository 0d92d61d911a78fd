import csv
import json
from pathlib import Path

import pytest

from workbench.errors import BadInput, ThawError
from workbench.evaluation_files import save
from workbench.protocol import ClassReport, Metrics, Prediction

PREDICTIONS = [
    Prediction('a "quoted", name.png', "ant", "ant", 0.9),
    Prediction("b\n.png", "ant", "=bee", 0.6),
    Prediction("ü.png", "=bee", "=bee", 0.7),
]
METRICS = Metrics(
    split="test",
    checkpoint="best",
    step=20,
    images=3,
    loss=0.4,
    accuracy=2 / 3,
    per_class=(ClassReport("ant", 1.0, 0.5, 2 / 3, 2), ClassReport("=bee", 0.5, 1.0, 2 / 3, 1)),
    confusion=((1, 1), (0, 1)),
)


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_the_tables_hold_every_prediction_class_and_cell(tmp_path: Path) -> None:
    written = save("run", METRICS, PREDICTIONS, tmp_path / "bees.csv")
    assert [path.name for path in written] == [
        "bees.csv",
        "bees-classes.csv",
        "bees-confusion.csv",
        "bees-calibration.csv",
    ]
    images, classes, confusion, calibration = map(rows, written)
    assert images[0] == ["file", "label", "predicted", "probability", "right"]
    assert images[1:] == [
        ['a "quoted", name.png', "ant", "ant", "0.9", "1"],
        ["b\n.png", "ant", "=bee", "0.6", "0"],
        ["ü.png", "=bee", "=bee", "0.7", "1"],
    ]
    assert classes[1][:3] == ["ant", "1.0", "0.5"]
    assert confusion == [["true", "ant", "=bee"], ["ant", "1", "1"], ["=bee", "0", "1"]]
    assert sum(int(row[2]) for row in calibration[1:]) == 3


def test_the_json_file_holds_all_of_it(tmp_path: Path) -> None:
    save("run", METRICS, PREDICTIONS, tmp_path / "bees.json")
    found = json.loads((tmp_path / "bees.json").read_text())
    assert found["run"] == "run"
    assert found["classes"] == ["ant", "=bee"]
    assert found["confusion"] == [[1, 1], [0, 1]]
    assert found["predictions"][1]["predicted"] == "=bee"
    assert found["calibration"]["expected_error"] > 0


def test_what_can_not_be_written_is_refused_before_anything_is(tmp_path: Path) -> None:
    (tmp_path / "bees-confusion.csv").write_text("mine")
    with pytest.raises(BadInput, match=r"bees-confusion\.csv: exists already"):
        save("run", METRICS, PREDICTIONS, tmp_path / "bees.csv")
    assert not (tmp_path / "bees.csv").exists()
    with pytest.raises(BadInput, match=r"unknown suffix '\.txt'"):
        save("run", METRICS, PREDICTIONS, tmp_path / "bees.txt")
    save("run", METRICS, PREDICTIONS, tmp_path / "bees.csv", overwrite=True)
    assert rows(tmp_path / "bees-confusion.csv")[0] == ["true", "ant", "=bee"]


def test_predictions_of_another_evaluation_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ThawError, match="incomplete"):
        save("run", METRICS, PREDICTIONS[:2], tmp_path / "bees.json")
