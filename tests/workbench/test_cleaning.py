from pathlib import Path

import pytest

from tests.workbench.journals import whole_run, write_run
from workbench.errors import BadInput
from workbench.run import (
    Lease,
    Remarks,
    RunFolder,
    clean,
    freed,
    read_remarks,
    size_of,
    validation_course,
    write_remarks,
)
from workbench.session import Data, Optimizer, Session
from workbench.session_file import differences


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run over, with checkpoints of 100 (best) and 300 bytes (last)."""
    made = write_run(tmp_path, whole_run())
    for kind, size in (("best", 100), ("last", 300)):
        made.checkpoint(kind).mkdir(parents=True)
        (made.checkpoint(kind) / "model.safetensors").write_bytes(b"x" * size)
    return made


def test_what_each_part_frees_and_leaves(run: RunFolder) -> None:
    assert freed([run], "last") == 300
    assert freed([run], "checkpoints") == 400
    assert freed([run], "run") == size_of(run.path)
    assert clean([run], "last") == 300
    assert run.checkpoint("best").is_dir()
    assert freed([run], "last") == 0
    assert clean([run], "checkpoints") == 100
    assert run.events.exists()
    clean([run], "run")
    assert not run.path.exists()


def test_the_last_checkpoint_stays_where_it_is_the_only_one(run: RunFolder) -> None:
    (run.checkpoint("best") / "model.safetensors").unlink()
    run.checkpoint("best").rmdir()
    assert clean([run], "last") == 0
    assert run.checkpoint("last").is_dir()


def test_a_run_that_is_trained_is_not_touched(run: RunFolder) -> None:
    with Lease(run):
        assert freed([run], "run") == 0
        with pytest.raises(BadInput, match="still training"):
            clean([run], "run")
    assert run.path.exists()


def test_the_course_of_the_validation(run: RunFolder) -> None:
    assert validation_course(run) == [0.6, 0.8]


def test_remarks_are_kept_and_a_broken_file_counts_as_none(run: RunFolder) -> None:
    assert read_remarks(run) == Remarks()
    write_remarks(run, Remarks(("a", "ü"), "x"))
    assert read_remarks(run) == Remarks(("a", "ü"), "x")
    for broken in (b"{", b'{"note":"\xff"}'):
        (run.path / "remarks.json").write_bytes(broken)
        assert read_remarks(run) == Remarks()


def test_sessions_differ_in_keys_with_their_defaults_filled_in() -> None:
    other = Session(data=Data(drop=("a",)), optimizer=Optimizer(lr=0.1))
    assert differences(Session(), other) == [("data.drop", (), ("a",)), ("optimizer.lr", 1e-3, 0.1)]
    assert differences(other, other) == []
