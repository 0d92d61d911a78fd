"""The command line without a terminal: what it prints, and its exit codes.

Most of it runs in this process; what trains runs real workers, once for all tests that look at a trained run.
"""

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workbench.journals import applied, started, whole_run, write_run
from tests.workbench.test_launch import SESSION, has, wait_for
from workbench import __version__, cli, session_file
from workbench import run as runs
from workbench.actions import Thaw
from workbench.protocol import Applied, Failed, Steps
from workbench.run import RunFolder

DATA = Path(__file__).parent.parent / "data" / "sessions"
VERBS = [
    "demo",
    "run",
    "attach",
    "runs",
    "resume",
    "stop",
    "tell",
    "check",
    "tree",
    "models",
    "eval",
    "predict",
    "keep",
    "doctor",
    "report",
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THAW_RUNS", raising=False)
    return tmp_path


class Shell:
    """Runs command lines in this process and keeps what they print."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture
        self.out = self.err = ""

    def __call__(self, *words: object) -> int:
        self._capture.readouterr()
        with pytest.raises(SystemExit) as caught:
            cli.main([str(word) for word in words])
        self.out, self.err = self._capture.readouterr()
        code = caught.value.code
        assert isinstance(code, int)
        assert "Traceback" not in self.err
        return code

    @property
    def json(self) -> object:
        return json.loads(self.out)


@pytest.fixture
def thaw(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def thaw_process(*words: object, cwd: Path) -> subprocess.Popen[str]:
    """The command line as a process of its own."""
    # A test runner in the background ignores interrupts, and its children would too.
    heed = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{heed}; from workbench.cli import main; main()", *map(str, words)]
    return subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, str]:
    """A run that `thaw run` trained, and what that printed."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "short.toml").write_text(SESSION.format(epochs=2))
    process = thaw_process("run", "short.toml", "--set", "seed=3", "--out", "runs/short", cwd=folder)
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, out + err
    return RunFolder(folder / "runs" / "short"), out


# ---- help, version, wrong words ----


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(thaw: Shell, verb: str) -> None:
    assert thaw(verb, "--help") == 0
    assert f"\n  thaw {verb}" in thaw.out


def test_the_help_lists_every_verb(thaw: Shell) -> None:
    assert thaw("--help") == 0
    commands = thaw.out.partition("Commands:")[2]
    assert all(f"\n  {verb} " in commands for verb in VERBS)


def test_the_version(thaw: Shell) -> None:
    assert thaw("--version") == 0
    assert thaw.out == f"thaw {__version__}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rnu", "digits"], "Did you mean 'run'"),
        (["nowhere/at/all"], "nowhere/at/all: no such folder, session or run"),
        (["run", "--epochs", "3"], "No such option"),
        (["run"], "which session?"),
        (["run", "digit"], "did you mean 'digits'?"),
        (["run", "digits", "--set", "train.epochs=none"], "train.epochs: input should be a valid integer"),
        (["run", "digits", "--replay", "nothing"], "nothing: no such run"),
        (["attach"], "no runs here"),
        (["attach", "nothing"], "nothing: no such run"),
        (["tell", "thaw layer4"], "no runs here"),
        (["check"], "which session?"),
        (["eval", "--split", "everything"], "everything"),
    ],
)
def test_wrong_words_are_answered_with_what_to_do(thaw: Shell, words: list[str], message: str) -> None:
    assert thaw(*words) == 2
    assert message in thaw.err
    assert thaw.out == ""


def test_a_file_that_is_no_session_is_told_apart_from_a_missing_one(thaw: Shell, here: Path) -> None:
    (here / "photo.png").write_bytes(b"")
    assert thaw("photo.png") == 2
    assert "photo.png: neither a session (.toml) nor a folder" in thaw.err


# ---- check ----


@pytest.mark.parametrize(
    "path", sorted(session_file.bundled_folder().glob("*.toml")), ids=lambda path: path.stem
)
def test_every_bundled_session_is_valid(thaw: Shell, path: Path) -> None:
    assert thaw("check", path.stem) == 0
    assert "a valid session" in thaw.out


def test_a_session_is_checked_down_to_its_patterns(thaw: Shell) -> None:
    assert thaw("check", DATA / "unknown_module.toml") == 2
    assert "line 5: freeze.thaw: 'layre4' matches no module of this model; did you mean 'layer4'?" in thaw.err
    assert thaw("check", DATA / "unknown_model.toml") == 2
    assert (
        "line 2: model.name: torchvision has no classifier 'resnet81'; did you mean 'resnet18'?" in thaw.err
    )


def test_checking_as_json(thaw: Shell) -> None:
    assert thaw("check", DATA / "commented.toml", "--json") == 0
    assert thaw.json == {"valid": True, "problems": []}
    assert thaw("check", DATA / "unknown_key.toml", "--json") == 2
    found = thaw.json
    assert isinstance(found, dict)
    assert found["valid"] is False
    [problem] = found["problems"]
    assert (problem["line"], problem["key"]) == (5, "optimizer.learning_rate")


def test_the_schema_is_json(thaw: Shell) -> None:
    assert thaw("check", "--schema") == 0
    assert isinstance(thaw.json, dict)


# ---- runs that are only looked at ----


def test_runs_are_listed_with_their_states(thaw: Shell, here: Path) -> None:
    assert thaw("runs") == 0
    assert "no runs in runs" in thaw.out
    run = write_run(here / "runs", whole_run())
    assert thaw("runs") == 0
    assert thaw.out.splitlines()[1].split()[:6] == [run.name, "finished", "small", "2/2", "80.0", "%"]
    assert thaw("runs", "--json") == 0
    assert isinstance(thaw.json, list)
    assert thaw.json[0] == {
        "run": run.name,
        "path": f"runs/{run.name}",
        "state": "finished",
        "model": "small",
        "step": 20,
        "epoch": 2,
        "epochs": 2,
        "val_accuracy": 0.8,
        "test_accuracy": 0.75,
        "modified": run.events.stat().st_mtime,
    }


def test_runs_live_where_the_option_or_the_environment_says(
    thaw: Shell, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = write_run(here / "elsewhere", whole_run())
    assert thaw("runs", "--runs", "elsewhere") == 0
    assert run.name in thaw.out
    monkeypatch.setenv("THAW_RUNS", "elsewhere")
    assert thaw("attach") == 0
    assert "finished at step 20" in thaw.out


def test_a_path_of_a_run_attaches_to_it(thaw: Shell, here: Path) -> None:
    run = write_run(here / "runs", whole_run())
    assert thaw(f"runs/{run.name}") == 0
    assert "finished at step 20" in thaw.out
    assert thaw(run.name) == 0
    assert "finished at step 20" in thaw.out


def test_attaching_to_a_failed_run_tells_why_and_fails(thaw: Shell, here: Path) -> None:
    write_run(here / "runs", [started(), Failed(message="the disk is full", hint="free space")])
    assert thaw("attach") == 1
    assert "the disk is full\nfree space" in thaw.err


def test_attaching_to_a_crashed_run_tells_how_to_go_on(thaw: Shell, here: Path) -> None:
    run = write_run(here / "runs", whole_run()[:4])
    assert thaw("attach") == 1
    assert f"thaw resume {run.name}" in thaw.err


def test_a_finished_run_is_not_resumed(thaw: Shell, here: Path) -> None:
    write_run(here / "runs", whole_run())
    assert thaw("resume") == 2
    assert "finished, there is nothing left to train" in thaw.err


@pytest.mark.parametrize("words", [["stop"], ["tell", "pause"]])
def test_what_needs_a_worker_says_that_there_is_none(thaw: Shell, here: Path, words: list[str]) -> None:
    write_run(here / "runs", whole_run())
    assert thaw(*words) == 2
    assert "not training" in thaw.err


def test_an_edit_waits_for_a_run_that_does_not_train(thaw: Shell, here: Path) -> None:
    run = write_run(here / "runs", whole_run()[:4])
    assert thaw("tell", run.name, "epochs", "5") == 0
    assert f"epochs 5 will be done when it is resumed (thaw resume {run.name})" in thaw.out
    assert thaw("tell", "freeze stem layer1") == 0
    assert len(runs.waiting_commands(run)) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("thaw layre1", "did you mean 'layer1'?"),
        ("lr fast", "expected: lr RATE"),
        ("melt stem", "'melt' is no verb"),
    ],
)
def test_a_wrong_command_is_refused_before_it_is_written(
    thaw: Shell, here: Path, text: str, message: str
) -> None:
    run = write_run(here / "runs", whole_run()[:4])
    assert thaw("tell", run.name, text) == 2
    assert message in thaw.err
    assert run.commands.read_bytes() == b""


def test_what_was_done_by_hand_is_kept(thaw: Shell, here: Path) -> None:
    run = write_run(here / "runs", [started(), applied(4, Thaw(("stem",))), *whole_run()[-1:]])
    assert thaw("keep", run.name, "mine.toml") == 0
    assert "1 live edits" in thaw.out
    assert session_file.load(here / "mine.toml").schedule[0].thaw == ("stem",)
    assert thaw("keep", run.name, "mine.toml") == 2
    assert "exists already" in thaw.err


def test_the_tree_of_a_run_shows_what_its_worker_said(thaw: Shell, here: Path) -> None:
    write_run(here / "runs", whole_run())
    assert thaw("tree", "--json") == 0
    rows = thaw.json
    assert isinstance(rows, list)
    by_path = {row["path"]: row for row in rows}
    assert by_path["fc"] == {
        "path": "fc",
        "type": "Module",
        "shape": [3, 8, 8],
        "parameters": 310,
        "requires_grad": True,
        "state": "trainable",
        "stage": "head",
        "own": {
            "fc.weight": {"count": 300, "requires_grad": True},
            "fc.bias": {"count": 10, "requires_grad": True},
        },
    }
    assert (by_path["conv1"]["requires_grad"], by_path["conv1"]["state"]) == (False, "frozen")
    assert by_path[""]["state"] == "mixed"
    assert thaw("tree") == 0
    assert "310 of 2,273 parameters train" in thaw.out


# ---- with torch ----


def test_the_tree_of_a_model_is_that_of_torchvision(thaw: Shell) -> None:
    assert thaw("tree", "resnet18", "--json") == 0
    rows = thaw.json
    assert isinstance(rows, list)
    by_path = {row["path"]: row for row in rows}
    assert by_path["fc"]["shape"] == [1000]
    assert by_path["fc"]["parameters"] == 513_000
    assert by_path["fc"]["requires_grad"] is True
    assert by_path["layer4.1.conv2"]["shape"] == [512, 7, 7]
    assert by_path["layer4.1.conv2"]["stage"] == "layer4"
    assert by_path["layer4.1.conv2"]["requires_grad"] is False
    assert thaw("tree", "resnet81") == 2
    assert "did you mean 'resnet18'?" in thaw.err


def test_the_tree_of_a_session_shows_how_it_starts(thaw: Shell) -> None:
    assert thaw("tree", "from-scratch") == 0
    assert "352,042 of 352,042 parameters train" in thaw.out
    assert thaw("tree", "folder") == 0
    assert "5,130 of 11,181,642 parameters train" in thaw.out
    assert "photos is no folder: the head is shown for 10 classes" in thaw.err


def test_a_folder_of_images_becomes_a_session(thaw: Shell, here: Path) -> None:
    from PIL import Image

    for name, colour in (("ants", "black"), ("bees", "yellow")):
        (here / "photos" / name).mkdir(parents=True)
        for number in range(6):
            Image.new("RGB", (40, 30), colour).save(here / "photos" / name / f"{number}.png")
    assert thaw("photos") == 0
    session = session_file.parse(thaw.out)
    assert "photos" in session.data.source
    assert "thaw run" in thaw.err
    (here / "mine.toml").write_text(thaw.out)
    assert thaw("mine.toml") == 0
    assert "a valid session" in thaw.out


def test_a_training_is_told_line_by_line(trained: tuple[RunFolder, str]) -> None:
    run, out = trained
    assert out.startswith("run      runs/short\n")
    for beginning in (
        "device   cpu",
        "model    shufflenet_v2_x0_5",
        "classes  10:",
        "images   40 train",
        "trains   head:",
    ):
        assert f"\n{beginning}" in out
    assert sum(line.startswith("epoch ") for line in out.splitlines()) == 2
    assert "\ntest accuracy " in out
    assert "seed = 3" in run.session.read_text()
    assert run.session.read_text().startswith('\nname = "short"')


def test_evaluating_a_run(thaw: Shell, trained: tuple[RunFolder, str]) -> None:
    run, _ = trained
    assert thaw("eval", run.path, "--json") == 0
    found = thaw.json
    assert isinstance(found, dict)
    assert {"split", "images", "loss", "accuracy", "per_class", "confusion"} <= found.keys()
    assert found["split"] == "test"
    assert (
        sum(map(sum, found["confusion"]))
        == found["images"]
        == sum(row["images"] for row in found["per_class"])
    )
    right = sum(found["confusion"][place][place] for place in range(10))
    assert found["accuracy"] == pytest.approx(right / found["images"])
    assert thaw("eval", run.path, "--split", "val", "--checkpoint", "last") == 0
    assert thaw.out.startswith("val accuracy ")
    assert "true \\ predicted" in thaw.out


def test_an_evaluation_is_saved_for_other_programs(
    thaw: Shell, trained: tuple[RunFolder, str], here: Path
) -> None:
    run, _ = trained
    assert thaw("eval", run.path, "--save", "found.txt") == 2
    assert "give one of .json, .csv" in thaw.err
    assert thaw("eval", run.path, "--save", "found.json") == 0
    found = json.loads((here / "found.json").read_text())
    assert len(found["predictions"]) == found["images"] == sum(map(sum, found["confusion"]))


def test_predicting_pictures(thaw: Shell, here: Path, trained: tuple[RunFolder, str]) -> None:
    from PIL import Image

    run, _ = trained
    Image.new("L", (8, 8), 100).save(here / "one.png")
    (here / "broken.png").write_bytes(b"no picture")
    assert thaw("predict", run.path, "one.png", "--json") == 0
    [result] = json.loads(thaw.out)
    assert result["label"] in "0123456789"
    assert sum(result["probabilities"].values()) == pytest.approx(1.0, abs=1e-4)
    assert result["probability"] == max(result["probabilities"].values())
    assert thaw("predict", run.path, "one.png", "broken.png", "absent.png") == 1
    assert [line.split()[0] for line in thaw.out.splitlines()] == ["one.png", "broken.png", "absent.png"]
    assert thaw("predict", run.path) == 2
    assert "which pictures?" in thaw.err


def test_predicting_folders_and_patterns(thaw: Shell, here: Path, trained: tuple[RunFolder, str]) -> None:
    from PIL import Image

    run, _ = trained
    names = ["pictures/a/1.png", "pictures/a/2.png", "pictures/b/3.png", "pictures/\x1b[2J.png"]
    for shade, name in enumerate(names):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), 60 * shade).save(here / name)
    (here / "pictures" / "notes.txt").touch()
    assert thaw("predict", run.path, "pictures", "--json") == 0
    by_file = {result["file"]: result for result in json.loads(thaw.out)}
    assert sorted(by_file) == sorted(names)
    assert "\x1b" not in thaw.out
    assert thaw("predict", run.path, "pictures/**/[12].png", "pictures/a/1.png", "--csv") == 0
    table = list(csv.DictReader(thaw.out.splitlines()))
    assert [row["file"] for row in table] == [names[0], names[1], names[0]]
    assert float(table[0]["probability"]) == pytest.approx(by_file[names[0]]["probability"], abs=1e-4)
    assert thaw("predict", run.path, "*.jpg") == 1
    assert "no file matches this pattern" in thaw.out
    assert thaw("predict", run.path, "pictures", "--json", "--csv") == 2


def test_a_bad_session_ends_a_run_with_its_message(thaw: Shell, here: Path) -> None:
    (here / "bad.toml").write_text(
        '[data]\nsource = "nowhere"\n[model]\nname = "resnet18"\nweights = "none"\n'
    )
    assert thaw("run", "bad.toml") == 2
    assert "data.source: nowhere is no folder" in thaw.err
    assert runs.summarise(runs.find(None, here / "runs")).state == "failed"


def test_a_live_run_is_told_what_to_do_and_stopped(thaw: Shell, here: Path) -> None:
    (here / "long.toml").write_text(SESSION.format(epochs=3000))
    assert thaw("run", "long.toml", "--detach", "--json") == 0
    told = thaw.json
    assert isinstance(told, dict)
    run = RunFolder(Path(str(told["path"])))
    wait_for(lambda: has(run, Steps))
    assert thaw("tell", "thaw stage4", "--json") == 0
    answer = thaw.json
    assert isinstance(answer, dict)
    assert answer["event"] == "applied"
    assert answer["changed"] > 0
    [event] = [event for event in runs.read_events(run.events) if isinstance(event, Applied)]
    assert event.step == answer["step"]
    assert thaw("tell", "freeze *") == 2
    assert "rejected" in thaw.err
    assert thaw("run", "digits", "--out", run.path) == 2
    assert "exists already" in thaw.err
    assert thaw("stop") == 0
    assert f"thaw resume {run.name}" in thaw.out
    assert runs.summarise(run).state == "stopped"


def test_an_interrupt_stops_with_a_checkpoint_and_the_run_can_be_resumed(here: Path) -> None:
    (here / "long.toml").write_text(SESSION.format(epochs=3000))
    process = thaw_process("run", "long.toml", "--out", "runs/long", cwd=here)
    run = RunFolder(here / "runs" / "long")
    wait_for(lambda: run.events.exists() and has(run, Steps))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "asked to stop with a checkpoint" in err
    assert "thaw resume long" in err
    assert runs.summarise(run).state == "stopped"
    assert (run.checkpoint("last") / "state.json").is_file()


def test_a_killed_worker_is_told_with_the_way_back(here: Path) -> None:
    (here / "long.toml").write_text(SESSION.format(epochs=3000))
    process = thaw_process("run", "long.toml", "--out", "runs/long", cwd=here)
    run = RunFolder(here / "runs" / "long")
    wait_for(lambda: run.events.exists() and has(run, Steps))
    os.kill(int(runs.holder_of(run)["pid"]), signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "was killed (signal 9)" in err
    assert "thaw resume long" in err


def test_who_stops_reading_does_not_stop_the_run(here: Path) -> None:
    (here / "short.toml").write_text(SESSION.format(epochs=1))
    process = thaw_process("run", "short.toml", "--out", "runs/short", cwd=here)
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait(60) in (0, 1)
    assert "Traceback" not in err
    run = RunFolder(here / "runs" / "short")
    wait_for(lambda: runs.summarise(run).state == "finished")
