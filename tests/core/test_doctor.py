"""A data set with planted faults: the doctor finds all of them and nothing else."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from workbench.core.doctor import examine
from workbench.core.sources import folder, open_source
from workbench.findings import DoctorReport, report_lines

SIDE = 72


def photo(number: int, kind: str) -> Image.Image:
    """A picture with many colours: blots of red on a bright ground, or bands of blue on a dark one."""
    draws = np.random.default_rng([number, len(kind)])
    noise = Image.fromarray(draws.integers(0, 256, (6, 6, 3), dtype=np.uint8))
    base = np.asarray(noise.resize((SIDE, SIDE), Image.Resampling.BICUBIC)).astype(float)
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    if kind == "blots":
        shape = ((x - draws.integers(20, 50)) ** 2 + (y - draws.integers(20, 50)) ** 2 < 350)[..., None]
        base = 150 + base * 0.4 - shape * np.array([0, 130, 130])
    else:
        shape = ((x + draws.integers(0, 8)) % 12 < 6)[..., None]
        base = base * 0.4 + shape * np.array([0, 40, 150])
    grain = draws.integers(-6, 7, base.shape)
    return Image.fromarray((base + grain).clip(0, 255).astype(np.uint8))


def plant(root: Path, name: str, number: int, kind: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    photo(number, kind).save(path)
    return path


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes with nothing wrong, as train and val folders."""
    root = tmp_path_factory.mktemp("healthy")
    for number in range(36):
        split = "val" if number % 4 == 0 else "train"
        plant(root, f"{split}/blots/{number:02}.png", number, "blots")
        plant(root, f"{split}/bands/{number:02}.png", number, "bands")
    return root


def plant_single(root: Path) -> dict[str, set[frozenset[str]]]:
    """Faults of single pictures: the files of the finding expected for each."""
    place = root / "train" / "blots"
    photo(100, "blots").convert("CMYK").save(place / "print.jpg")
    grey = np.asarray(photo(101, "blots").convert("L")).astype(np.uint16) * 257
    Image.fromarray(grey).save(place / "deep.png")
    photo(102, "blots").quantize(200).save(place / "palette.png")
    frames = [photo(number, "blots") for number in (103, 104, 105)]
    frames[0].save(place / "moving.webp", save_all=True, append_images=frames[1:])
    photo(106, "blots").resize((9, 9)).save(place / "tiny.png")
    photo(107, "blots").resize((400, 60)).save(place / "long.png")
    clear = photo(108, "blots").convert("RGBA")
    clear.putalpha(100)
    clear.save(place / "clear.png")
    Image.new("RGB", (SIDE, SIDE), "white").save(place / "blank.png")
    return {
        "odd-mode": {one("print.jpg"), one("deep.png"), one("palette.png"), one("clear.png")},
        "animated": {one("moving.webp")},
        "tiny": {one("tiny.png")},
        "elongated": {one("long.png")},
        "graphic": {one("blank.png")},
    }


def one(name: str) -> frozenset[str]:
    return frozenset({f"train/blots/{name}"})


def plant_unreadable(root: Path) -> set[frozenset[str]]:
    place = root / "train" / "blots"
    (place / "empty.png").touch()
    (place / "text.jpg").write_text("not a picture")
    whole = plant(root, "train/blots/cut.png", 110, "blots")
    whole.write_bytes(whole.read_bytes()[:1500])
    return {one("empty.png"), one("text.jpg"), one("cut.png")}


def plant_copies(root: Path) -> dict[str, set[frozenset[str]]]:
    for source, copy in (
        ("train/blots/01.png", "train/blots/twice.png"),
        ("train/blots/02.png", "val/blots/leaked.png"),
        ("train/bands/03.png", "train/blots/conflict.png"),
    ):
        shutil.copy(root / source, root / copy)
    lighter = ImageEnhance.Brightness(Image.open(root / "train/bands/05.png")).enhance(1.2)
    lighter.resize((60, 60)).save(root / "train/bands/smaller.jpg", quality=80)
    Image.open(root / "val/bands/08.png").convert("RGB").save(root / "train/bands/again.jpg", quality=85)
    return {
        "duplicate": {frozenset({"train/blots/01.png", "train/blots/twice.png"})},
        "leak": {
            frozenset({"train/blots/02.png", "val/blots/leaked.png"}),
            frozenset({"val/bands/08.png", "train/bands/again.jpg"}),
        },
        "label-conflict": {frozenset({"train/bands/03.png", "train/blots/conflict.png"})},
        "near-duplicate": {frozenset({"train/bands/05.png", "train/bands/smaller.jpg"})},
    }


def plant_classes(root: Path) -> dict[str, set[frozenset[str]]]:
    plant(root, "train/rare/1.png", 120, "blots")
    plant(root, "train/rare/2.png", 121, "bands")
    rare = frozenset({"train/rare/1.png", "train/rare/2.png"})
    return {"one-split-class": {rare}, "imbalance": {rare}}


@pytest.fixture(scope="module")
def ill(healthy: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[DoctorReport, dict]:
    """The report on a data set with a fault of every kind, and the files of each finding that it should have."""
    root = tmp_path_factory.mktemp("ill") / "photos"
    shutil.copytree(healthy, root)
    planted = {"unreadable": plant_unreadable(root)} | plant_single(root) | plant_copies(root)
    planted |= plant_classes(root)
    plant(root, "train/blots/wrong.png", 130, "bands")
    planted["suspicious-label"] = {one("wrong.png")}
    return examine(folder(root)), planted


def found_by_kind(report: DoctorReport) -> dict[str, set[frozenset[str]]]:
    found: dict[str, set[frozenset[str]]] = {}
    for finding in report.findings:
        found.setdefault(finding.kind, set()).add(frozenset(finding.files))
    return found


def test_nothing_is_found_where_nothing_is_wrong(healthy: Path) -> None:
    report = examine(folder(healthy))
    assert report.findings == ()
    assert report.images == 72
    assert "labels were judged by the features of the bundled" in report.notes[0]


def test_every_planted_fault_is_found_and_nothing_else(ill: tuple[DoctorReport, dict]) -> None:
    report, planted = ill
    assert found_by_kind(report) == planted
    assert all(finding.message and finding.action for finding in report.findings)


def test_the_report_in_lines_names_every_kind_and_what_is_done(ill: tuple[DoctorReport, dict]) -> None:
    report, _ = ill
    text = "\n".join(report_lines(report))
    assert "pictures that can't be read (3)" in text
    assert "→ skipped, in training and in evaluations" in text
    assert "is labelled blots, looks like bands" in text
    assert text.endswith(f"{len(report.findings)} findings")


def test_copies_are_kept_together_where_thaw_makes_the_split(healthy: Path, tmp_path: Path) -> None:
    root = tmp_path / "photos"
    shutil.copytree(healthy / "train", root)
    shutil.copy(root / "blots/01.png", root / "blots/copy.png")
    [finding] = examine(folder(root), labels=False).findings
    assert (finding.kind, finding.action) == ("duplicate", "kept on one side of the split")


def test_names_of_files_and_classes_are_inert(healthy: Path, tmp_path: Path) -> None:
    root = tmp_path / "photos"
    shutil.copytree(healthy / "train", root)
    evil = root / "blots" / "\x1b[2J\nfake line.png"
    evil.touch()
    report = examine(folder(root), labels=False)
    [finding] = report.findings
    assert finding.files == (f"blots/{evil.name}",)
    assert not any({"\x1b", "\n"} & set(line) for line in report_lines(report))


def test_one_class_only_is_a_finding(healthy: Path) -> None:
    report = examine(folder(healthy / "train"), labels=True)
    assert report.findings == ()
    alone = healthy.parent / "alone"
    shutil.copytree(healthy / "train" / "blots", alone / "blots", dirs_exist_ok=True)
    report = examine(folder(alone))
    assert [finding.kind for finding in report.findings] == ["one-class"]
    assert "labels were not judged" in report.notes[0]


def test_embedded_pictures_can_be_examined() -> None:
    report = examine(open_source("digits"), labels=False)
    assert {finding.kind for finding in report.findings} == {"tiny"}
