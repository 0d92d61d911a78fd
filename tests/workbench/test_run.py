"""The run folder: its files under kills and many writers, its lease, and the list of runs."""

import math
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.workbench.journals import applied, started, whole_run, write_run
from workbench import run as runs
from workbench.actions import SetRate, Thaw
from workbench.errors import BadInput
from workbench.protocol import EpochEnded, Evaluated, Event, Failed, Paused, Rejected, Steps, encode
from workbench.run import Lease, Tail, event_of

HOLD = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from workbench.run import Lease, RunFolder
    try:
        with Lease(RunFolder(Path(sys.argv[1]))):
            print("held", flush=True)
            {inside}
            sys.stdin.readline()
    except Exception as error:
        print(type(error).__name__, flush=True)
    """
)


def holder(run: runs.RunFolder, inside: str = "pass") -> subprocess.Popen[str]:
    """A process that tries to take the run's lease, and holds it until its standard input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLD.format(inside=inside), str(run.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def word_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


# ---- making and finding ----


def test_a_new_run_holds_a_byte_copy_of_its_session(tmp_path: Path) -> None:
    text = "# why\nname = 'héron'\n"
    run = runs.create(text, "héron am Fluss", tmp_path)
    assert run.session.read_bytes() == text.encode()
    assert run.name.endswith("-h-ron-am-Fluss")
    assert runs.summarise(run).state == "new"


def test_runs_made_within_a_second_get_names_of_their_own(tmp_path: Path) -> None:
    made = [runs.create("", "same", tmp_path) for _ in range(5)]
    assert len({run.path for run in made}) == 5


def test_a_chosen_folder_is_never_overwritten(tmp_path: Path) -> None:
    runs.create("", "one", tmp_path, at=tmp_path / "chosen")
    with pytest.raises(BadInput, match="exists already"):
        runs.create("", "one", tmp_path, at=tmp_path / "chosen")


def test_a_place_that_can_not_be_written_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="can't be created"):
        runs.create("", "one", tmp_path / "file")


def test_a_run_is_found_by_folder_by_name_and_as_the_latest(tmp_path: Path) -> None:
    first = write_run(tmp_path, whole_run(), name="first")
    second = write_run(tmp_path, whole_run(), name="second")
    os.utime(first.session, (1, 1))
    assert runs.find(str(first.path), tmp_path / "elsewhere") == first
    assert runs.find(first.name, tmp_path) == first
    assert runs.find(None, tmp_path) == second
    assert runs.list_runs(tmp_path) == [second, first]


def test_a_wrong_name_is_answered_with_the_nearest(tmp_path: Path) -> None:
    run = runs.create("", "digits", tmp_path, at=tmp_path / "digits")
    with pytest.raises(BadInput) as caught:
        runs.find("digit", tmp_path)
    assert caught.value.hint == f"did you mean '{run.name}'?"


def test_where_no_run_is_the_latest_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no runs here"):
        runs.find(None, tmp_path)


@pytest.mark.parametrize("name", ["by name", None])
def test_a_run_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path, name: str | None) -> None:
    run = write_run(tmp_path, [started(format=99)])
    before = run.events.read_bytes()
    with pytest.raises(BadInput, match="written by a newer Thaw"):
        runs.find(name and run.name, tmp_path)
    assert run.events.read_bytes() == before


def test_the_runs_folder_is_the_chosen_one_else_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("THAW_RUNS", "somewhere")
    assert runs.runs_folder(Path("chosen")) == Path("chosen")
    assert runs.runs_folder() == Path("somewhere")
    monkeypatch.delenv("THAW_RUNS")
    assert runs.runs_folder() == Path("runs")


def test_a_run_is_deleted_unless_it_trains(tmp_path: Path) -> None:
    run = write_run(tmp_path, whole_run())
    with Lease(run), pytest.raises(BadInput, match="still training"):
        runs.delete(run)
    runs.delete(run)
    assert not run.path.exists()


# ---- lines ----


JOURNAL = b"".join(encode(event) + b"\n" for event in whole_run())


@given(st.integers(0, len(JOURNAL)))
def test_a_journal_cut_at_any_byte_reads_as_its_beginning(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("journal") / "events.jsonl"
    path.write_bytes(JOURNAL[:cut])
    events = list(runs.read_events(path))
    assert events == whole_run()[: JOURNAL[:cut].count(b"\n")]


@given(st.integers(0, len(JOURNAL)), st.lists(st.integers(0, len(JOURNAL)), max_size=5))
def test_a_tail_sees_every_line_once_however_it_grows(
    tmp_path_factory: pytest.TempPathFactory, cut: int, sizes: list[int]
) -> None:
    path = tmp_path_factory.mktemp("journal") / "events.jsonl"
    tail, seen = Tail(path), list[bytes]()
    for end in [*sorted([cut, *sizes]), len(JOURNAL)]:
        path.write_bytes(JOURNAL[:end])
        seen.extend(tail.read())
    assert seen == JOURNAL.splitlines()


@given(st.integers(0, len(JOURNAL)))
def test_the_next_worker_cuts_what_a_kill_left_torn(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("journal") / "events.jsonl"
    path.write_bytes(JOURNAL[:cut])
    runs.cut_torn_line(path)
    runs.append(path, encode(Failed(message="after")))
    assert list(runs.read_events(path)) == [
        *whole_run()[: JOURNAL[:cut].count(b"\n")],
        Failed(message="after"),
    ]


@given(st.integers(0, len(JOURNAL) - 1), st.sampled_from(b'\n{}"x\xff'))
def test_a_damaged_byte_costs_no_more_than_its_line(
    tmp_path_factory: pytest.TempPathFactory, place: int, byte: int
) -> None:
    path = tmp_path_factory.mktemp("journal") / "events.jsonl"
    path.write_bytes(JOURNAL[:place] + bytes([byte]) + JOURNAL[place + 1 :])
    line = JOURNAL[:place].count(b"\n")
    hurt = {line, line + 1} if JOURNAL[place : place + 1] == b"\n" else {line}
    spared = [event for number, event in enumerate(whole_run()) if number not in hurt]
    assert [event for event in runs.read_events(path) if event in spared] == spared


def test_lines_that_can_not_be_read_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(
        b'not json\n{"event":"of a later version"}\n\n' + encode(Failed(message="m")) + b"\n\xff\n"
    )
    assert list(runs.read_events(path)) == [Failed(message="m")]


def test_a_file_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert Tail(tmp_path / "absent").read() == []
    assert runs.cut_torn_line(tmp_path / "absent") == 0


def test_lines_of_many_writers_stay_whole(tmp_path: Path) -> None:
    run = write_run(tmp_path, [])
    script = "import sys; from pathlib import Path\n"
    script += "from workbench.run import RunFolder; from workbench.actions import Thaw\n"
    script += "for n in range(200): RunFolder(Path(sys.argv[1])).tell(Thaw((sys.argv[2] * 50, str(n))))"
    writers = [subprocess.Popen([sys.executable, "-c", script, str(run.path), letter]) for letter in "ab"]
    assert [writer.wait() for writer in writers] == [0, 0]
    commands = [runs.command_of(line) for line in Tail(run.commands).read()]
    for letter in "ab":
        numbers = [
            c.action.patterns[1]
            for c in commands
            if c and isinstance(c.action, Thaw) and c.action.patterns[0][0] == letter
        ]
        assert numbers == [str(number) for number in range(200)]
    assert len({command.id for command in commands if command}) == 400


def test_the_last_events_are_those_at_the_end(tmp_path: Path) -> None:
    run = write_run(tmp_path, whole_run() * 300)
    last = runs.last_events(run)
    assert 0 < len(last) < len(whole_run()) * 300
    assert last[-1] == whole_run()[-1]


def test_commands_wait_until_the_journal_answers_them(tmp_path: Path) -> None:
    run = write_run(tmp_path, whole_run())
    done, refused, waiting = (run.tell(SetRate(rate)) for rate in (0.1, 0.2, 0.3))
    runs.append(run.events, encode(applied(3, SetRate(0.1), done.id)))
    runs.append(run.events, encode(Rejected(id=refused.id, step=3, action=None, message="no")))
    assert runs.waiting_commands(run) == [waiting]


# ---- the lease ----


def test_two_leases_are_never_held_at_once(tmp_path: Path) -> None:
    run = write_run(tmp_path, [])
    processes = [holder(run) for _ in range(4)]
    try:
        assert sorted(map(word_of, processes)) == ["BadInput"] * 3 + ["held"]
    finally:
        for process in processes:
            process.communicate("\n")


def test_the_refused_one_learns_who_holds_the_lease(tmp_path: Path) -> None:
    run = write_run(tmp_path, [])
    with (
        Lease(run),
        pytest.raises(BadInput, match=f"another worker trains this run .process {os.getpid()} "),
        Lease(run),
    ):
        pass


def test_a_lease_ends_with_its_process_however_it_ends(tmp_path: Path) -> None:
    run = write_run(tmp_path, [])
    process = holder(run)
    assert word_of(process) == "held"
    assert runs.is_alive(run)
    assert runs.holder_of(run)["pid"] == process.pid
    process.kill()
    process.communicate()
    assert not runs.is_alive(run)
    with Lease(run):
        assert runs.is_alive(run)
    assert not runs.is_alive(run)


def test_a_process_that_the_holder_forked_does_not_keep_the_lease(tmp_path: Path) -> None:
    run = write_run(tmp_path, [])
    process = holder(run, "import os; child = os.fork(); child or time.sleep(60); print(child, flush=True)")
    assert word_of(process) == "held"
    child = int(word_of(process))
    try:
        process.kill()
        process.wait()
        assert not runs.is_alive(run)
        with Lease(run):
            pass
    finally:
        os.kill(child, 9)


def test_looking_at_a_lease_never_refuses_a_worker(tmp_path: Path) -> None:
    run = write_run(tmp_path, [])
    with Lease(run):
        pass
    look = "import sys; from pathlib import Path; from workbench.run import RunFolder, is_alive\n"
    look += "print('looking', flush=True)\nwhile True: is_alive(RunFolder(Path(sys.argv[1])))"
    watcher = subprocess.Popen([sys.executable, "-c", look, str(run.path)], stdout=subprocess.PIPE, text=True)
    try:
        word_of(watcher)
        for _ in range(50):
            with Lease(run):
                pass
    finally:
        watcher.kill()
        watcher.communicate()


def test_a_worker_elsewhere_counts_as_alive_while_its_journal_grows(tmp_path: Path) -> None:
    run = write_run(tmp_path, whole_run()[:3])
    run.lease.write_text('{"pid": 1, "host": "another-host"}')
    assert runs.is_alive(run)
    os.utime(run.events, (1, 1))
    assert not runs.is_alive(run)


# ---- summaries ----


@pytest.mark.parametrize(
    ("events", "state"),
    [
        (whole_run(), "finished"),
        (whole_run()[:4], "crashed"),
        ([*whole_run()[:4], Failed(message="no")], "failed"),
        ([*whole_run(), started(20)], "crashed"),
    ],
)
def test_the_state_of_a_run_without_a_worker(tmp_path: Path, events: list[Event], state: str) -> None:
    run = write_run(tmp_path, events)
    run.lease.write_text("{}")
    assert runs.summarise(run).state == state


def test_the_state_of_a_run_with_a_worker(tmp_path: Path) -> None:
    run = write_run(tmp_path, whole_run()[:3])
    with Lease(run):
        assert runs.summarise(run).state == "running"
        runs.append(run.events, encode(Paused(step=10)))
        assert runs.summarise(run).state == "paused"
        more = Steps(
            step=10, loss=(0.1,), accuracy=(1.0,), lr=(0.1,), grad_norm=(1.0,), images_per_second=1.0
        )
        runs.append(run.events, encode(more))
        assert runs.summarise(run).state == "running"


def test_a_summary_tells_how_far_a_run_came_and_how_well(tmp_path: Path) -> None:
    summary = runs.summarise(write_run(tmp_path, whole_run()))
    assert (summary.model, summary.step, summary.epoch, summary.epochs) == ("small", 20, 2, 2)
    assert (summary.val_accuracy, summary.test_accuracy) == (0.8, 0.75)


def test_a_damaged_description_or_evaluation_counts_as_absent(tmp_path: Path) -> None:
    run = write_run(tmp_path, [])
    assert run.model() is not None
    for damaged in (b"{", b'{"name":"\xff"}'):
        (run.path / "model.json").write_bytes(damaged)
        assert run.model() is None
    assert run.metrics("test") is None
    assert run.predictions("test") == []


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_is_read_as_such(tmp_path: Path, loss: float) -> None:
    steps = next(event for event in whole_run() if isinstance(event, Steps))
    events: list[Event] = [
        replace(steps, loss=(0.5, loss), grad_norm=(1.0, loss), accuracy=(0.5,) * 2, lr=(0.1,) * 2),
        EpochEnded(epoch=1, step=2, loss=loss, accuracy=0.1, seconds=1.0),
        Evaluated(split="val", epoch=1, step=2, images=3, loss=loss, accuracy=0.1, seconds=1.0),
    ]
    run = write_run(tmp_path, events)
    read = list(runs.read_events(run.events))
    assert [type(event) for event in read] == [Steps, EpochEnded, Evaluated]
    assert read[0].loss[0] == 0.5
    figures = (read[0].loss[1], read[0].grad_norm[1], read[1].loss, read[2].loss)
    assert all(math.isnan(figure) for figure in figures)
    assert runs.read_record(run).loss[0] == 0.5


def test_event_of_reads_what_was_encoded() -> None:
    for event in whole_run():
        assert event_of(encode(event)) == event
