"""`thaw tell RUN verify` and `find-lr` wait for what the worker answers; this process stands in for the worker."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import pytest

from tests.workbench.journals import whole_run, write_run
from tests.workbench.test_cli import Shell
from workbench.protocol import Applied, Event, RateSearched, Rejected, Verified, encode
from workbench.run import Lease, RunFolder, Tail, append, command_of

INTACT = Verified(step=10, since=0, still=4, expected="ab", found="ab", changed={"fc.weight": 0.25})
BROKEN = Verified(step=10, since=0, still=4, expected="ab", found="cd", broken=("conv1.weight",))
SEARCHED = RateSearched(step=10, rates=(1e-6, 0.1), losses=(2.0, 1.0), suggestion=0.00123)


@pytest.fixture
def thaw(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setenv("THAW_RUNS", str(tmp_path))
    return write_run(tmp_path, whole_run()[:4])


@contextmanager
def answering(run: RunFolder, *answers: Event, refused: str = "") -> Iterator[None]:
    """Hold the run and answer each command as a worker does: that it was applied, then the answers."""
    done, commands = Flag(), Tail(run.commands)

    def answer() -> None:
        while not done.wait(0.02):
            for line in commands.read():
                command = command_of(line)
                assert command is not None
                first: Event = Applied(id=command.id, step=10, action=command.action)
                if refused:
                    first = Rejected(id=command.id, step=10, action=command.action, message=refused)
                for event in (first, *answers):
                    append(run.events, encode(event))

    with Lease(run):
        thread = Thread(target=answer)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def test_an_intact_run(thaw: Shell, run: RunFolder) -> None:
    with answering(run, INTACT):
        assert thaw("tell", run.name, "verify") == 0
        assert "✓ 4 frozen tensors are bit-identical" in thaw.out
        assert "fc.weight" in thaw.out
        assert thaw("tell", "verify", "--json") == 0
        assert thaw.json["broken"] == []
        assert thaw.json["changed"] == {"fc.weight": 0.25}


def test_a_broken_run_fails(thaw: Shell, run: RunFolder) -> None:
    with answering(run, BROKEN):
        assert thaw("tell", "verify") == 1
        assert "✗ 1 of 4 frozen tensors changed: conv1.weight" in thaw.out
        assert thaw("tell", "verify", "--json") == 1
        assert thaw.json["broken"] == ["conv1.weight"]


def test_a_rate_search(thaw: Shell, run: RunFolder) -> None:
    with answering(run, SEARCHED):
        assert thaw("tell", "find-lr") == 0
        assert "suggests lr 0.0012" in thaw.out
        assert thaw("tell", "find-lr", "--json") == 0
        assert thaw.json["suggestion"] == 0.00123


def test_no_answer_is_no_proof(thaw: Shell, run: RunFolder) -> None:
    with answering(run):
        assert thaw("tell", "verify", "--wait", "0.3") == 1
        assert "verify was not answered in 0.3 s" in thaw.err
        assert thaw("tell", "verify", "--wait", "0") == 0
        assert "will be done at the worker's next step" in thaw.out


def test_a_refusal_is_told(thaw: Shell, run: RunFolder) -> None:
    with answering(run, refused="not now"):
        assert thaw("tell", "find-lr") == 2
        assert "find-lr was rejected: not now" in thaw.err
