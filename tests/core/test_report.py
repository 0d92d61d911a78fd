"""The report of a run as a browser and a strict parser see it."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import pytest

from tests.core.conftest import picture
from tests.workbench.journals import applied, started, whole_run, write_run
from workbench import reports
from workbench.actions import Thaw
from workbench.core.report import write_report
from workbench.errors import BadInput
from workbench.protocol import ClassReport, Metrics, Notice, Prediction, Steps, encode
from workbench.run import RunFolder

EVIL = "<script>alert(1)</script>"
"""A class whose name is markup."""
TURNED = "bee\u202egnp.exe"
CHROMIUM = next((found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), None)


def evaluated(run: RunFolder, names: list[str], predictions: list[Prediction], split: str = "test") -> None:
    """What a worker leaves of an evaluation."""
    confusion = [[0] * len(names) for _ in names]
    for one in predictions:
        confusion[names.index(one.label)][names.index(one.predicted)] += 1
    right = sum(confusion[number][number] for number in range(len(names)))
    metrics = Metrics(
        split=split,
        checkpoint="best",
        step=20,
        images=len(predictions),
        loss=0.45,
        accuracy=right / len(predictions),
        per_class=tuple(ClassReport(name, 0.5, 0.6, 0.55, sum(confusion[n])) for n, name in enumerate(names)),
        confusion=tuple(map(tuple, confusion)),
    )
    run.evaluation(split).mkdir(parents=True)
    (run.evaluation(split) / "metrics.json").write_bytes(encode(metrics))
    (run.evaluation(split) / "predictions.json").write_bytes(encode(predictions))


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run with live edits whose classes and files have names that mean harm."""
    photos = tmp_path / "photos"
    picture(photos / "ants" / "large.jpg", size=(900, 600))
    picture(photos / "ants" / "small.png", size=(8, 8))
    rough = Steps(
        step=20,
        loss=(0.4, 0.3),
        accuracy=(1.0, 1.0),
        lr=(0.1, 0.1),
        grad_norm=(90.0, 0.1),
        images_per_second=1,
    )
    session = f'name = "small"\n[data]\nsource = "{photos}"  # {EVIL}\n'
    events = [*whole_run(), rough, applied(12, Thaw((f"layer2.*{EVIL}",)), "c1", trainable_parameters=99)]
    made = write_run(
        tmp_path / "runs", [*events, Notice(message=f"skipped {EVIL}", level="warning")], session
    )
    evaluated(
        made,
        ["ant", EVIL],
        [
            Prediction("ants/large.jpg", "ant", EVIL, 0.97),
            Prediction("ants/small.png", "ant", EVIL, 0.8),
            Prediction(f"ants/{TURNED}", "ant", EVIL, 0.7),
            *(Prediction(f"ants/{number}.png", "ant", "ant", 0.9) for number in range(9)),
        ],
    )
    return made


@pytest.fixture
def page(run: RunFolder, tmp_path: Path) -> Path:
    """The run's report."""
    write_report(run, tmp_path / "report.html")
    return tmp_path / "report.html"


def tree(page: Path) -> Element:
    """The page as a strict HTML parser reads it: whatever is not valid raises."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    found = parser.parse(page.read_text("utf-8"))
    assert isinstance(found, Element)
    return found


def text_of(element: Element) -> str:
    return " ".join(" ".join(element.itertext()).split())


def test_it_is_valid_and_has_every_part(page: Path) -> None:
    root = tree(page)
    parts = {element.get("id") for element in root.iter("section")}
    assert parts == {
        *("curves", "edits", "confusion", "classes", "calibration", "mistakes", "epochs", "session"),
        "environment",
    }
    assert [text_of(figure) for figure in root.iter("figcaption")][:4] == [
        "Loss",
        "Accuracy",
        "Learning rate",
        "Gradient norm",
    ]
    assert "test accuracy 75.0 %" in text_of(root)


def test_no_id_stands_twice_and_every_reference_leads_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    ids = re.findall(r'\bid="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:url\(#|href="#)([^")]*)', text)) <= set(ids)


def test_it_asks_the_network_for_nothing_and_runs_no_script(page: Path) -> None:
    root = tree(page)
    assert not list(root.iter("script"))
    sources = [element.get(key, "") for element in root.iter() for key in ("src", "href")]
    assert all(source.startswith(("data:image/", "#")) for source in sources if source)
    assert "default-src 'none'" in page.read_text("utf-8")
    assert "@import" not in page.read_text("utf-8")


def test_names_can_do_nothing(page: Path) -> None:
    text = page.read_text("utf-8")
    assert EVIL not in text
    assert "\u202e" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert r"bee\u202egnp.exe" in text


def test_no_axis_is_labelled_with_a_formula(page: Path) -> None:
    assert "mathdefault" not in page.read_text("utf-8")


def test_live_edits_are_told_and_marked(page: Path) -> None:
    root = tree(page)
    edits = next(element for element in root.iter("section") if element.get("id") == "edits")
    assert "1 2 12 thaw layer2.*<script>alert(1)</script> hand 99" in text_of(edits)
    assert "skipped" in text_of(edits)


def test_pictures_are_embedded_small_and_missing_ones_said(page: Path) -> None:
    figures = [
        element for element in tree(page).iter("img") if (element.get("src") or "").startswith("data:image/")
    ]
    assert [image.get("class") for image in figures] == [None, "tiny"]
    assert [(image.get("src") or "")[:16] for image in figures] == ["data:image/jpeg;", "data:image/png;b"]
    assert len(figures[0].get("src") or "") < 30_000
    assert "can't be read" in text_of(tree(page))


def test_colours_follow_the_readers_choice(page: Path) -> None:
    text = page.read_text("utf-8")
    assert "@media (prefers-color-scheme: dark)" in text
    assert "stroke: var(--train)" in text
    assert "#010a" not in text


def test_many_classes_become_a_picture_with_the_worst_mix_ups(tmp_path: Path) -> None:
    run = write_run(tmp_path / "runs", whole_run())
    names = [f"class {number:03}" for number in range(120)]
    predictions = [
        Prediction(f"{number}.png", name, names[(number + (number % 5 == 0)) % 120], 0.8)
        for number, name in enumerate(names)
    ]
    evaluated(run, names, predictions, "val")
    made = write_report(run, tmp_path / "many.html")
    assert made.split == "val"
    root = tree(tmp_path / "many.html")
    assert not [table for table in root.iter("table") if table.get("class") == "matrix"]
    assert "class 000 class 001 1 100.0 %" in text_of(root)


def test_a_run_that_has_only_begun_says_what_is_not_there(tmp_path: Path) -> None:
    run = write_run(tmp_path / "runs", [started()])
    write_report(run, tmp_path / "begun.html")
    assert "No split was evaluated: thaw eval" in text_of(tree(tmp_path / "begun.html"))


@pytest.mark.parametrize(
    ("events", "split", "message"),
    [([], None, "has not started yet"), ([started()], "train", "train was never evaluated")],
)
def test_what_can_not_be_reported(
    tmp_path: Path, events: list[object], split: str | None, message: str
) -> None:
    run = write_run(tmp_path / "runs", events)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=message):
        write_report(run, tmp_path / "report.html", split)
    assert not (tmp_path / "report.html").exists()


def test_a_file_is_replaced_only_where_that_is_wanted(run: RunFolder, page: Path) -> None:
    with pytest.raises(BadInput, match="exists already"):
        write_report(run, page)
    write_report(run, page, overwrite=True)


def test_without_matplotlib_it_says_how_to_get_it(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent: Callable[[str], None] = lambda _name: None  # noqa: E731
    monkeypatch.setattr(reports, "find_spec", absent)
    with pytest.raises(BadInput, match=r"pip install 'thaw\[report\]'"):
        write_report(run, tmp_path / "report.html")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_a_browser_shows_it_without_a_complaint(page: Path, tmp_path: Path) -> None:
    switches = ("--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    done = subprocess.run(
        [str(CHROMIUM), *switches, profile, "--virtual-time-budget=2000", "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("<svg") == 5
    assert "CONSOLE" not in done.stderr, done.stderr
