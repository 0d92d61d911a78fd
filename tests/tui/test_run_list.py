"""The list of runs: order, filter, sparklines."""

from pathlib import Path

import pytest

from tests.tui.made_runs import life, made_run
from tui.run_list import ORDERS, RunLister, chosen, sparkline
from workbench.run import Remarks, write_remarks


@pytest.fixture
def lister(tmp_path: Path) -> RunLister:
    made_run(tmp_path, life())
    made_run(tmp_path, life(stop=50))
    return RunLister()


def test_a_run_has_its_course_its_size_and_its_remarks(lister: RunLister, tmp_path: Path) -> None:
    first = lister.read(tmp_path)[0]
    write_remarks(first.run, Remarks(("good",), "try a lower rate"))
    first = lister.read(tmp_path)[0]
    assert first.remarks.tags == ("good",)
    assert len(first.course) in (2, 5)
    assert first.bytes >= first.run.events.stat().st_size


def test_every_wanted_word_must_stand_somewhere(lister: RunLister, tmp_path: Path) -> None:
    write_remarks(lister.read(tmp_path)[0].run, Remarks(("good",), ""))
    runs = lister.read(tmp_path)
    assert len(chosen(runs, "", "name")) == 2
    assert len(chosen(runs, "LETTERS shuffle", "name")) == 2
    assert [one.remarks.tags for one in chosen(runs, "shuffle good", "name")] == [("good",)]
    assert chosen(runs, "nothing", "name") == []


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_keeps_all_runs(lister: RunLister, tmp_path: Path, order: str) -> None:
    runs = lister.read(tmp_path)
    assert sorted(one.run.name for one in chosen(runs, "", order)) == sorted(one.run.name for one in runs)


def test_runs_without_a_figure_come_last(lister: RunLister, tmp_path: Path) -> None:
    ordered = chosen(lister.read(tmp_path), "", "best test first")
    assert [one.summary.test_accuracy is None for one in ordered] == [False, True]


def test_sparklines_go_from_the_lowest_to_the_highest() -> None:
    assert sparkline([0.0, 0.5, 1.0]) == "▁▅█"
    assert sparkline([0.3, 0.3]) == "▄▄"
    assert sparkline([]) == ""
    assert len(sparkline([number / 100 for number in range(100)])) == 12
