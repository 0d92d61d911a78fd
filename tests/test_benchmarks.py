"""The benchmarks are run by hand: here it is only that they still work, on a handful of pictures."""

import tarfile
from pathlib import Path

import pytest
from PIL import Image

from tests.benchmarks.choices import Choices
from tests.benchmarks.contest import CONTENDERS, NotRun, run
from tests.benchmarks.peers.task import Task
from tests.benchmarks.picture_folders import counts, picture_folder
from tests.benchmarks.training_time import ROWS, rows

BUNDLED = Path(__file__).parents[1] / "workbench" / "bundled" / "shufflenet_v2_x0_5-letters.safetensors"


def pictures(folder: Path, held_back: str) -> Path:
    for part, count in (("train", 6), (held_back, 2)):
        for label, colour in (("dark", "black"), ("light", "white")):
            place = folder / part / label
            place.mkdir(parents=True)
            for number in range(count):
                Image.new("RGB", (40, 32), colour).save(place / f"{number}.png")
    return folder


def task(folder: Path) -> Task:
    return Task(
        data=str(folder),
        model="shufflenet_v2_x0_5",
        weights=str(BUNDLED),
        strategy="feature-extraction",
        epochs=2,
        batch_size=4,
        image_size=32,
    )


@pytest.mark.parametrize("name", ["tutorial", "hand-tuned", "thaw"])
def test_a_contender_trains_what_it_is_given_and_tells_how_long_each_epoch_took(
    name: str, tmp_path: Path
) -> None:
    result = run(name, task(pictures(tmp_path / "pictures", "val")), tmp_path / "cache")
    assert result.pictures == (12, 4)
    assert len(result.epochs) == 2
    assert result.seconds == pytest.approx(sum(result.epochs))


def test_a_contender_that_fails_says_why(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "pictures", "val")
    (folder / "train" / "dark" / "0.png").write_bytes(b"no picture")
    with pytest.raises(NotRun, match="cannot identify image file"):
        run("hand-tuned", task(folder), tmp_path / "cache")


def test_an_archive_is_unpacked_its_test_pictures_validate_and_no_more_are_taken_than_asked_for(
    tmp_path: Path,
) -> None:
    pictures(tmp_path / "set", "test")
    with tarfile.open(tmp_path / "set.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "set", "set")
    folder = picture_folder(tmp_path / "set.tar.gz", 3, tmp_path / "place")
    assert counts(folder) == {"train": 6, "val": 4}


def test_the_usual_rows_stand_unless_others_are_named() -> None:
    assert rows(Choices(1)) == ROWS
    named = rows(Choices(1, models=("vit_b_16",), epochs=(1, 20), contenders=("thaw-again", "tutorial")))
    assert [(row.part, row.epochs) for row in named if row.epochs == 20] == [
        ("head", 20),
        ("last-block", 20),
        ("full", 20),
    ]
    # A second run needs a first, and comes after it.
    assert {row.contenders for row in named} == {("tutorial", "thaw", "thaw-again")}
    assert set(named[0].contenders) <= set(CONTENDERS)
