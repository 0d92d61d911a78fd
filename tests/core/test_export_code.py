"""The exported script and notebook, run as their users would, against the run that they are of."""

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

from tests.core.conftest import TINY, events_of, picture
from workbench import session_file
from workbench.actions import Edit, Freeze, ScaleRate, SetBatchNorm, SetEpochs, SetRate, Thaw, Undo
from workbench.core.compute_choice import Choice
from workbench.core.export import export
from workbench.core.worker import work
from workbench.errors import BadInput, ThawError
from workbench.protocol import Applied, Evaluated, Started, Steps, encode
from workbench.run import RunFolder

DIGITS = (
    (session_file.bundled_folder() / "digits.toml")
    .read_text()
    .replace("[train]\nepochs = 40", '[train]\nepochs = 3\ndevice = "cpu"')
    .replace("epoch = 6", "epoch = 2")
)
"""The demo with fewer epochs: five steps each."""

FEW = TINY.replace("epochs = 2", "epochs = 3").replace(
    "train_per_class = 4", "train_per_class = 4\nsplit = { val = 0.02, test = 0.02 }"
)
"""Three steps an epoch, and few pictures to validate."""

Make = Callable[..., RunFolder]


def trained(run: RunFolder, *edits: tuple[int, Edit]) -> RunFolder:
    """Train a run in which a person made these edits at these steps."""
    made = [
        Applied(id=f"by-hand-{place}", step=step, action=edit) for place, (step, edit) in enumerate(edits)
    ]
    run.replay.write_bytes(b"".join(encode(event) + b"\n" for event in made))
    assert work(run) == 0, run.events.read_text()[-2000:]
    return run


def losses(run: RunFolder) -> list[float]:
    return [loss for event in events_of(run, Steps) for loss in event.loss]


def run_script(path: Path) -> str:
    """What the script prints; it finds no Thaw, only what pip install torch torchvision scikit-learn brings."""
    program = "import runpy, sys; sys.modules.update(workbench=None, tui=None); runpy.run_path(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", program, path.name],
        cwd=path.parent,
        env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"},
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def losses_of_code(path: Path) -> list[float]:
    with path.with_name(f"{path.stem}-history.csv").open(newline="") as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def assert_same_losses(run: RunFolder, path: Path) -> str:
    """Export, run, compare; returns what the script printed."""
    export(run, path)
    printed = run_script(path)
    assert losses(run)
    assert losses_of_code(path) == losses(run)
    for event in events_of(run, Evaluated):
        if event.epoch_end:
            said = f"epoch {event.epoch}: validation loss {event.loss:.4f}, accuracy {event.accuracy:.1%}"
            assert said in printed
    return printed


def test_script_and_notebook_of_digits_with_two_live_edits_give_the_losses_of_the_run(
    make_run: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Threads that wait for each other by spinning are slow where other work shares the cores.
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    run = trained(make_run(DIGITS), (7, SetRate(0.001)), (12, Freeze(("stem", "stage2"))))
    script, notebook = tmp_path / "again.py", tmp_path / "again.ipynb"
    assert_same_losses(run, script)
    assert len(losses(run)) == 15

    nbclient = pytest.importorskip("nbclient", reason="needs nbclient and ipykernel")
    (tmp_path / "again-history.csv").unlink()
    exported = export(run, notebook)
    assert exported.files == (str(notebook), str(tmp_path / "again-start.pth"))
    book = nbformat.read(notebook, as_version=4)
    place = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(book, timeout=90, kernel_name="python3", resources=place).execute()
    assert losses_of_code(notebook) == losses(run)


def test_undone_and_redone_edits_and_more_epochs_are_told_by_what_they_came_to(
    make_run: Make, tmp_path: Path
) -> None:
    run = make_run(
        FEW.replace("[optimizer]", '[optimizer]\nname = "sgd"\nschedule = "one-cycle"\nwarmup_steps = 2')
    )
    edits = [
        (2, Thaw(("*",))),
        (3, Undo()),
        (4, ScaleRate("conv5", 0.5)),
        (5, SetBatchNorm("follow")),
        (6, SetEpochs(4)),
        (7, Freeze(("conv5",))),
    ]
    trained(run, *edits)
    assert len(losses(run)) == 12
    assert_same_losses(run, tmp_path / "again.py")


def test_strong_augmentation_mixing_and_averages_draw_what_the_run_drew(
    make_run: Make, tmp_path: Path
) -> None:
    text = FEW.replace(
        "[data]", '[data]\naugment = "strong"\nflip = true\nmixup = 0.2\ncutmix = 1.0\nsampling = "balanced"'
    )
    text = text.replace("[optimizer]", '[optimizer]\nname = "rmsprop"\nl2_sp = 0.01\nschedule = "plateau"')
    text = text.replace("[train]", "[train]\nema = 0.9\naccumulate = 2\nearly_stopping = 2")
    assert_same_losses(trained(make_run(text)), tmp_path / "again.py")


def test_a_folder_of_photos_in_splits_with_bad_ones_among_them(
    make_run: Make, photos: Path, tmp_path: Path
) -> None:
    root = tmp_path / "splits"
    (root / "train").mkdir(parents=True)
    for folder in ("red", "blue"):
        (photos / folder).rename(root / "train" / folder)
        for number in range(3):
            picture(root / "valid" / folder / "more" / f"{number}.png", (number * 60, 90, 90))
    (root / "train" / "red" / "empty.png").touch()
    Image.fromarray(np.arange(1600, dtype=np.uint16).reshape(40, 40) * 40).save(
        root / "train" / "red" / "deep.png"
    )
    text = FEW.replace('source = "digits"', f'source = "{root}"').replace("train_per_class = 4\n", "")
    text = text.replace("split = { val = 0.02, test = 0.02 }\n", "")
    text += '[loss]\nclass_weights = "balanced"\nlabel_smoothing = 0.1\n'
    printed = assert_same_losses(trained(make_run(text)), tmp_path / "again.py")
    assert "skipped 'train/red/empty.png'" in printed
    assert not list(tmp_path.glob("again-images*"))


def test_images_that_no_simple_rule_splits_are_listed_beside_the_code(
    make_run: Make, photos: Path, tmp_path: Path
) -> None:
    for number in range(6):
        (photos / "red" / f"twin-{number}.png").write_bytes((photos / "red" / "3.png").read_bytes())
    text = FEW.replace('source = "digits"', f'source = "{photos}"').replace("train_per_class = 4\n", "")
    text = text.replace("val = 0.02, test = 0.02", "val = 0.3, test = 0.3")
    run = trained(make_run(text))
    assert_same_losses(run, tmp_path / "again.py")
    assert (tmp_path / "again-images.csv").is_file()


def test_a_set_of_torchvision(make_run: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_DATA", str(tmp_path / "data"))
    for number in range(10):
        for place, name in enumerate(("Forest", "River", "Sea")):
            path = tmp_path / "data" / "eurosat" / "2750" / name / f"{number}.jpg"
            picture(path, (90 * place, 60, 60 + 60 * place))
    text = FEW.replace('"digits"', '"torchvision:EuroSAT"').replace("train_per_class = 4\n", "")
    run = trained(make_run(text.replace("[freeze]", '[freeze]\nfreeze = ["conv5.1"]')))
    assert_same_losses(run, tmp_path / "again.py")


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_arithmetic_that_a_run_took_is_told(
    make_run: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: str
) -> None:
    taken = Choice(precision, "channels_last")
    monkeypatch.setattr("workbench.core.compute_choice._measured", lambda *_: taken)
    monkeypatch.setattr("workbench.core.compute_choice.cache.recall", lambda *_: None)
    run = trained(make_run(FEW))
    started = events_of(run, Started)[0]
    assert (started.precision, started.memory_format) == (precision, "channels_last")
    assert_same_losses(run, tmp_path / "again.py")


def test_a_memory_format_with_other_last_bits_has_a_plain_form_too(
    make_run: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.core.compute_choice._measured", lambda *_: Choice("fp32", "channels_last"))
    monkeypatch.setattr("workbench.core.compute_choice.cache.recall", lambda *_: None)
    text = TINY.replace("shufflenet_v2_x0_5", "resnet18").replace(
        'thaw = ["head", "conv5"]', 'thaw = ["head"]'
    )
    run = trained(make_run(text))
    assert events_of(run, Started)[0].memory_format == "channels_last"
    assert export(run, tmp_path / "again.py").files


def test_settings_that_code_can_not_tell_are_named(make_run: Make, tmp_path: Path) -> None:
    run = trained(make_run(FEW.replace("[optimizer]", '[optimizer]\nname = "muon"')))
    with pytest.raises(BadInput, match=r"optimizer\.name = 'muon'"):
        export(run, tmp_path / "again.py")
    assert not list(tmp_path.glob("again*"))


def test_a_run_that_never_started_has_no_code(make_run: Make, tmp_path: Path) -> None:
    with pytest.raises(ThawError, match="not started"):
        export(make_run(), tmp_path / "again.py")
