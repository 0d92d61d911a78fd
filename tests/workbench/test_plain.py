"""A run as plain lines."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.workbench.journals import applied, started, whole_run, write_metrics, write_run
from workbench import plain, plain_tables
from workbench.actions import Pause, SetEpochs, SetRate, Thaw
from workbench.cli_common import say
from workbench.protocol import (
    ClassReport,
    Event,
    Failed,
    Finished,
    Metrics,
    Notice,
    Progress,
    Rejected,
    Steps,
    encode,
)
from workbench.safe_text import has_unsafe
from workbench.words import columns, count, duration, percent


def lines_of(folder: Path, events: Iterable[Event]) -> list[str]:
    said: list[str] = []
    plain.follow(write_run(folder, events), said.append, lambda: False)
    return said


def metrics(classes: int = 2) -> Metrics:
    reports = tuple(ClassReport(f"class {place}", 0.5, 1.0, place / classes, 10) for place in range(classes))
    confusion = tuple(tuple(9 if a == b else int(b == 0) for b in range(classes)) for a in range(classes))
    return Metrics("test", "best", 20, 10 * classes, 0.25, 0.9, reports, confusion)


def test_a_whole_run_is_told_from_its_start_to_its_end(tmp_path: Path) -> None:
    expected = [
        "device   cpu (A processor), fp32, 2 threads",
        "model    small, weights none, 32 × 32 pixels, 2,273 parameters",
        "classes  2: ant, bee",
        "images   100 train, 20 val, 30 test; 10 steps of 10 an epoch",
        "trains   head: 310 of 2,273 parameters",
        (
            "epoch 1/2  train loss 0.9000 accuracy 50.0 %  val loss 0.8000 accuracy 60.0 %  50 images/s  3.0 s left  "
            "best so far"
        ),
        "epoch 2/2  train loss 0.5000 accuracy 70.0 %  val loss 0.4000 accuracy 80.0 %  50 images/s  best so far",
        "step 20: test (best checkpoint) loss 0.4500 accuracy 75.0 %, 30 images",
        "finished at step 20: all epochs done, 8.0 s",
    ]
    assert lines_of(tmp_path, whole_run()) == expected


def test_an_epoch_is_one_line_also_without_validation_images(tmp_path: Path) -> None:
    alone = [event for event in whole_run() if getattr(event, "split", "") != "val"]
    alone[0] = started(images={"train": 100, "val": 0, "test": 30})
    told = lines_of(tmp_path, alone)
    assert [line for line in told if line.startswith("epoch")] == [
        "epoch 1/2  train loss 0.9000 accuracy 50.0 %  50 images/s  2.0 s left",
        "epoch 2/2  train loss 0.5000 accuracy 70.0 %  50 images/s",
    ]


def test_a_long_epoch_is_never_silent_for_long(tmp_path: Path) -> None:
    slow = [
        Steps(
            time=1000.0 + 5 * step,
            step=step,
            loss=(0.5,),
            accuracy=(0.5,),
            lr=(0.1,),
            grad_norm=(1.0,),
            images_per_second=2.0,
        )
        for step in range(9)
    ]
    told = [line for line in lines_of(tmp_path, [started(), *slow]) if line.startswith("epoch")]
    assert told == [
        "epoch 1/2  step 5/10  loss 0.5000  2 images/s  1 m 15 s left",
        "epoch 1/2  step 9/10  loss 0.5000  2 images/s  55.0 s left",
    ]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Progress(message="reading"), "reading …"),
        (Notice(message="no GPU"), "no GPU"),
        (Notice(message="disk full", level="error"), "error: disk full"),
        (applied(4, SetRate(0.1)), "step 4: lr 0.1"),
        (applied(4, Pause()), "step 4: pause"),
        (
            applied(1234, Thaw(("stem",)), "schedule:4.0", changed=3, trainable_parameters=2000),
            "step 1,234: thaw stem (scheduled): 3 parameters changed, 2,000 numbers train",
        ),
        (
            Rejected(id="a", step=4, action=Thaw(("x",)), message="matches nothing"),
            "step 4: thaw x was rejected: matches nothing",
        ),
        (
            Finished(step=5, reason="early-stopping", seconds=70),
            "finished at step 5: stopped early, 1 m 10 s",
        ),
    ],
)
def test_what_happens_is_told_in_a_line(tmp_path: Path, event: Event, line: str) -> None:
    assert lines_of(tmp_path, [event]) == [line]


def test_a_changed_number_of_epochs_shows_from_then_on(tmp_path: Path) -> None:
    events = whole_run()
    told = lines_of(tmp_path, [*events[:3], applied(5, SetEpochs(4)), *events[3:]])
    assert any(line.startswith("epoch 1/4 ") and "9.0 s left" in line for line in told)


def test_following_goes_on_until_nobody_works(tmp_path: Path) -> None:
    run = write_run(tmp_path, whole_run()[:1])
    events = iter(whole_run()[1:])
    said: list[str] = []

    def works() -> bool:
        event = next(events, None)
        if event is not None:
            run.events.write_bytes(run.events.read_bytes() + encode(event) + b"\n")
        return event is not None

    end = plain.follow(run, said.append, works)
    assert end == whole_run()[-1]
    assert said[-1].startswith("finished at step 20")


def test_a_worker_that_dies_leaves_no_end(tmp_path: Path) -> None:
    assert plain.follow(write_run(tmp_path, whole_run()[:5]), lambda _: None, lambda: False) is None
    failed = Failed(message="no")
    assert plain.follow(write_run(tmp_path, [failed]), lambda _: None, lambda: False) == failed
    assert plain.follow(write_run(tmp_path, [failed, started(3)]), lambda _: None, lambda: False) is None


def test_the_final_report_is_that_of_the_test_split(tmp_path: Path) -> None:
    run = write_run(tmp_path, whole_run())
    assert plain.final_report(run) == []
    write_metrics(run, metrics())
    assert plain.final_report(run) == [
        "",
        "class    precision   recall      F1  images",
        "class 0     50.0 %  100.0 %   0.0 %      10",
        "class 1     50.0 %  100.0 %  50.0 %      10",
        "",
        "test accuracy 90.0 %  loss 0.2500  (20 images, best checkpoint, step 20)",
    ]


def test_the_confusion_matrix_has_true_classes_down() -> None:
    assert plain_tables.confusion_lines(metrics()) == [
        "true \\ predicted  class 0  class 1",
        "class 0                 9        .",
        "class 1                 1        9",
    ]


def test_many_classes_are_cut_to_the_worst_and_say_so() -> None:
    lines = plain_tables.per_class_lines(metrics(100))
    assert lines[1].startswith("class 0 ")
    assert lines[-1] == "(40 of 100 classes, lowest F1 first; --json gives all)"
    confusions = plain_tables.confusion_lines(metrics(100))
    assert confusions[0].split() == ["true", "taken", "for", "images"]
    assert len(confusions) == 21


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.0 s"), (59.94, "59.9 s"), (59.96, "1 m 00 s"), (3599, "59 m 59 s"), (7260, "2 h 01 m")],
)
def test_time_spans(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (9999, "9,999"), (10_000, "10.0 K"), (11_689_512, "11.7 M"), (2e9, "2.0 B")],
)
def test_counts(number: float, text: str) -> None:
    assert count(number) == text


def test_fractions_and_columns() -> None:
    assert percent(0.8731) == "87.3 %"
    assert columns([("a", "1"), ("bcd", "22")], "<>") == ["a     1", "bcd  22"]
    assert columns([], "<>") == []


NAMES = ("ant", "蟻と蜂", "e\u0301te\u0301", "🐜 bee", "\x1b[2J\x9b2J", "two\nlines", "\u202etxt", "[red]")


def test_foreign_names_stand_in_their_columns_and_command_nothing() -> None:
    reports = tuple(ClassReport(name, 0.5, 1.0, 0.5, 10) for name in NAMES)
    confusion = tuple(tuple(10 * (a == b) for b in NAMES) for a in NAMES)
    lines = plain_tables.metrics_lines(Metrics("test", "best", 20, 80, 0.25, 1.0, reports, confusion))
    assert not any(has_unsafe(line) for line in lines)
    ends = {cell_len(line.partition("  50.0 %  100")[0]) for line in lines if "  50.0 %  100" in line}
    assert len(ends) == 1


def test_foreign_names_in_events_command_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strange = "".join(NAMES)
    events = [
        started(classes=NAMES, device_name=strange),
        Notice(time=1.0, message=strange),
        Progress(time=1.0, message=strange),
        Failed(time=2.0, message=strange, hint=strange),
    ]
    plain.follow(write_run(tmp_path, events), say, lambda: False)
    told = capsys.readouterr().out.splitlines()
    assert "classes  8: ant, 蟻と蜂" in "\n".join(told)
    assert not any(has_unsafe(line) for line in told)
