"""A run's network as a file: read by others it says what the run says, and nothing is left of a file that does not."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torchvision
from safetensors import safe_open
from safetensors.torch import load_file

from tests.core.conftest import TINY
from workbench.core.evaluate_run import evaluate_run
from workbench.core.export import export, network
from workbench.core.models import build
from workbench.core.worker import work
from workbench.errors import BadInput, ThawError
from workbench.exports import Exported
from workbench.run import RunFolder, create
from workbench.session_file import parse

Train = Callable[..., RunFolder]

ONE_EPOCH = TINY.replace("epochs = 2", "epochs = 1")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """One trained run, which no test changes."""
    folder = tmp_path_factory.mktemp("runs")
    made = create(ONE_EPOCH, "tiny", folder, at=folder / "run")
    assert work(made) == 0
    return made


@pytest.fixture(scope="module")
def onnx_file(run: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Exported]:
    pytest.importorskip("onnxruntime", reason="needs the extra thaw[onnx]")
    pytest.importorskip("onnxscript", reason="needs the extra thaw[onnx]")
    path = tmp_path_factory.mktemp("onnx") / "net.onnx"
    return path, export(run, path)


def assert_agrees(exported: Exported) -> None:
    assert exported.images >= 200
    assert exported.split == "val"
    assert exported.agreement == 1
    assert exported.max_difference < 1e-3


def test_onnx_agrees_says_what_it_expects_and_takes_any_batch(onnx_file: tuple[Path, Exported]) -> None:
    import onnxruntime

    path, exported = onnx_file
    assert_agrees(exported)
    assert [each.name for each in path.parent.iterdir()] == ["net.onnx"]
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    said = session.get_modelmeta().custom_metadata_map
    assert json.loads(said["classes"]) == [str(digit) for digit in range(10)]
    assert said["image_size"] == "32"
    assert [each.name for each in session.get_inputs()] == ["images"]
    for count in (1, 7):
        (logits,) = session.run(None, {"images": torch.zeros(count, 3, 32, 32).numpy()})
        assert logits.shape == (count, 10)


def test_a_pt2_file_agrees_and_needs_nothing_but_torch(run: RunFolder, tmp_path: Path) -> None:
    path = tmp_path / "net.pt2"
    assert_agrees(export(run, path, "last"))
    extra = {"metadata.json": ""}
    module = torch.export.load(path, extra_files=extra).module()
    assert module(torch.zeros(1, 3, 32, 32)).shape == (1, 10)
    assert module(torch.zeros(5, 3, 32, 32)).shape == (5, 10)
    assert json.loads(extra["metadata.json"])["model"] == "shufflenet_v2_x0_5"


def test_safetensors_load_into_torchvisions_own_model_and_into_a_session(
    run: RunFolder, train: Train, tmp_path: Path
) -> None:
    path = tmp_path / "net.safetensors"
    assert_agrees(export(run, path))
    torchvision.models.shufflenet_v2_x0_5(num_classes=10).load_state_dict(load_file(path))
    with safe_open(path, framework="pt") as file:
        said = file.metadata()
    assert {"model", "image_size", "resize_size", "mean", "std", "interpolation", "classes"} <= said.keys()

    text = TINY.replace('weights = "none"', f'weights = "{path}"').replace("image_size = 32\n", "")
    text = text.replace('thaw = ["head", "conv5"]', 'thaw = ["head"]').replace("epochs = 2", "epochs = 1")
    built = build(parse(text), 10)
    assert built.preprocessing.image_size == 32
    backbone = load_file(path)
    state = built.module.state_dict()
    assert all(torch.equal(state[name], value) for name, value in backbone.items() if "fc." not in name)
    assert evaluate_run(train(text, "again"), "val", "last").images == 269


def test_the_preprocessing_comes_back_from_the_file_with_its_interpolation(
    run: RunFolder, tmp_path: Path
) -> None:
    from workbench.core import weights
    from workbench.core.export.subject import subject_of

    path = tmp_path / "net.safetensors"
    export(run, path)
    assert (
        weights.load("shufflenet_v2_x0_5", str(path)).preprocessing == subject_of(run, "best").preprocessing
    )


def test_a_file_that_differs_from_the_run_is_an_error_and_removed(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = network.READERS[".safetensors"]

    def off(subject: network.Subject, path: Path) -> network.Network:
        right = read(subject, path)
        return lambda images: right(images) + torch.linspace(0, 0.01, 10)

    monkeypatch.setitem(network.READERS, ".safetensors", off)
    before = (tmp_path / "net.safetensors").write_text("what was there before")
    with pytest.raises(ThawError, match="does not agree"):
        export(run, tmp_path / "net.safetensors", overwrite=True)
    assert len((tmp_path / "net.safetensors").read_text()) == before
    with pytest.raises(ThawError, match="does not agree"):
        export(run, tmp_path / "other.safetensors")
    assert [path.name for path in tmp_path.glob("*other*")] == []


def test_networks_without_numbers_never_agree() -> None:
    images = torch.zeros(3, 3, 8, 8)
    found = network.compare(
        lambda batch: torch.zeros(len(batch), 2),
        lambda batch: torch.full((len(batch), 2), torch.nan),
        "val",
        images,
    )
    assert found.max_difference == float("inf")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("net.pth", "unknown suffix"),
        ("net", "has no suffix"),
        ("nowhere/net.onnx", "no folder"),
        ("run", "has no suffix"),
    ],
)
def test_what_can_not_be_written_is_told_before_anything_is_read(
    tmp_path: Path, name: str, words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        export(RunFolder(tmp_path / "no run at all"), tmp_path / name)


def test_a_file_is_replaced_only_when_asked(run: RunFolder, tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    path.write_text("mine")
    with pytest.raises(BadInput, match="exists already"):
        export(run, path)
    assert path.read_text() == "mine"
    export(run, path, overwrite=True)
    assert load_file(path)


def test_a_run_whose_data_is_gone_is_refused(run: RunFolder, tmp_path: Path) -> None:
    other = RunFolder(Path(shutil.copytree(run.path, tmp_path / "copy")))
    other.session.write_text(run.session.read_text().replace('"digits"', f'"{tmp_path / "gone"}"'))
    with pytest.raises(BadInput, match="gone"):
        export(other, tmp_path / "net.pt2")
