import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workbench.journals import whole_run, write_run
from workbench import cli

Thaw = Callable[..., int]


@pytest.fixture
def thaw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Thaw:
    """The command line in a folder with one run, ``small``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THAW_RUNS", raising=False)
    made = write_run(Path("runs"), whole_run())
    made.path.rename(Path("runs/small"))

    def call(*words: object) -> int:
        with pytest.raises(SystemExit) as caught:
            cli.main([str(word) for word in words])
        assert isinstance(caught.value.code, int)
        return caught.value.code

    return call


def test_the_latest_run_goes_to_a_file_of_its_name(thaw: Thaw, capsys: pytest.CaptureFixture[str]) -> None:
    assert thaw("report") == 0
    assert Path("small.html").read_text("utf-8").startswith("<!doctype html>")
    assert capsys.readouterr().out.startswith("small.html: ")


def test_as_json_with_a_run_and_a_file(thaw: Thaw, capsys: pytest.CaptureFixture[str]) -> None:
    assert thaw("report", "small", "mine.html", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["run"], found["file"]) == ("small", "mine.html")
    assert found["bytes"] == Path("mine.html").stat().st_size


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["smal"], "smal: neither a run nor a file that ends in .html\ndid you mean 'small'?"),
        (["small", "mine.pdf"], "mine.pdf: neither a run nor a file"),
        (["small", "mine.html", "more"], "too many words"),
        (["small", "nowhere/mine.html"], "there is no folder nowhere"),
        (["small", "--split", "val"], "val was never evaluated"),
    ],
)
def test_bad_words(thaw: Thaw, capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    assert thaw("report", *words) == 2
    assert message in capsys.readouterr().err
