from pathlib import Path

import pytest
import torch
import torchvision
from safetensors.torch import save_file

from workbench.core.describe import describe
from workbench.core.models import build, build_empty, check_model_name, fill
from workbench.errors import BadInput, ThawError
from workbench.session import Data, Model, Session

FAMILIES = (
    "alexnet",
    "convnext_tiny",
    "densenet121",
    "efficientnet_b0",
    "googlenet",
    "inception_v3",
    "maxvit_t",
    "mnasnet0_5",
    "mobilenet_v3_small",
    "regnet_x_400mf",
    "resnet18",
    "shufflenet_v2_x0_5",
    "squeezenet1_1",
    "swin_t",
    "vgg11_bn",
    "vit_b_32",
)


def session(name: str, weights: str = "none", **model: float) -> Session:
    return Session(model=Model(name=name, weights=weights, **model), data=Data())


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_is_described_without_its_numbers(name: str) -> None:
    description = describe(session(name), classes=7)
    last = [row for row in description.modules if row.stage == "head" and row.type in ("Linear", "Conv2d")][
        -1
    ]
    assert description.stages[0] == "stem"
    assert description.stages[-1] == "head"
    assert len(description.stages) >= 5
    assert last.shape[0] == 7
    assert all(stage for stage in description.stage_of.values())
    total = sum(description.counts.values())
    reference = sum(each.numel() for each in build_empty(session(name), 7).module.parameters())
    assert total == reference


def test_the_stages_of_a_resnet_are_those_of_its_paper() -> None:
    assert describe(session("resnet50"), 3).stages == ("stem", "layer1", "layer2", "layer3", "layer4", "head")


def test_a_vision_transformers_stages_are_its_encoder_layers() -> None:
    stages = describe(session("vit_b_16"), 3).stages
    assert stages[1:-1] == tuple(f"encoder.layers.encoder_layer_{number}" for number in range(12))


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "mobilenet_v3_small", "vgg11"])
def test_dropout_stands_before_the_new_head(name: str) -> None:
    module = build_empty(session(name, dropout=0.4), 3).module
    rates = [each.p for each in module.modules() if isinstance(each, torch.nn.Dropout)]
    assert rates
    assert set(rates) == {0.4}


def test_the_seed_decides_the_initial_weights() -> None:
    first, second = build(session("resnet18"), 3), build(session("resnet18"), 3)
    other = build(session("resnet18").model_copy(update={"seed": 2}), 3)
    assert all(
        torch.equal(one, two)
        for one, two in zip(*(each.module.parameters() for each in (first, second)), strict=True)
    )
    assert not torch.equal(first.module.fc.weight, other.module.fc.weight)


def test_weights_from_files_arrive_whole_and_the_head_is_new(tmp_path: Path) -> None:
    original = torchvision.models.resnet18(num_classes=5)
    torch.save(original.state_dict(), tmp_path / "five.pth")
    save_file(original.state_dict(), tmp_path / "five.safetensors")
    for file in ("five.pth", "five.safetensors"):
        built = build(session("resnet18", str(tmp_path / file)), 3)
        loaded = built.module.state_dict()
        kept = {name: value for name, value in original.state_dict().items() if not name.startswith("fc.")}
        assert all(torch.equal(loaded[name], value) for name, value in kept.items())
        assert loaded["fc.weight"].shape == (3, 512)


def test_weights_of_another_model_are_refused_with_their_keys(tmp_path: Path) -> None:
    torch.save(torchvision.models.resnet18().state_dict(), tmp_path / "w.pth")
    with pytest.raises(BadInput, match=r"missing: layer1\.2\.conv1\.weight"):
        build(session("resnet34", str(tmp_path / "w.pth")), 3)


def test_a_pickle_with_code_in_it_is_refused_and_not_run(tmp_path: Path) -> None:
    class Malicious:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "was-run",)  # type: ignore[return-value]

    torch.save({"fc.weight": Malicious()}, tmp_path / "evil.pth")
    with pytest.raises(BadInput, match="refused: it holds code"):
        build(session("resnet18", str(tmp_path / "evil.pth")), 3)
    assert not (tmp_path / "was-run").exists()


@pytest.mark.parametrize("content", [b"", b"no weights at all", b"PK\x03\x04 torn"])
def test_what_is_no_pytorch_file_is_refused_without_advice_to_trust_it(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "w.pth").write_bytes(content)
    with pytest.raises(BadInput, match="damaged, or no PyTorch file") as refused:
        build(session("resnet18", str(tmp_path / "w.pth")), 3)
    assert "weights_only" not in str(refused.value)


def test_half_a_safetensors_file_is_refused(tmp_path: Path) -> None:
    save_file(torchvision.models.squeezenet1_1().state_dict(), tmp_path / "w.safetensors")
    data = (tmp_path / "w.safetensors").read_bytes()
    (tmp_path / "w.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(BadInput, match="not a complete safetensors file"):
        build(session("squeezenet1_1", str(tmp_path / "w.safetensors")), 3)


def test_weights_that_can_not_be_had_say_the_file_and_where_to_put_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(ThawError, match=r"resnet18-\w+\.pth .* is not on this disk") as caught:
        build(session("resnet18", "DEFAULT"), 3)
    assert str(tmp_path) in caught.value.hint


def test_weights_in_torchs_own_folder_need_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    original = torchvision.models.resnet18()
    place = tmp_path / "hub" / "checkpoints" / "resnet18-f37072fd.pth"
    place.parent.mkdir(parents=True)
    torch.save(original.state_dict(), place)
    built = build(session("resnet18", "DEFAULT"), 3)
    assert torch.equal(built.module.conv1.weight, original.conv1.weight)


def test_misspelt_names_come_with_the_nearest() -> None:
    with pytest.raises(BadInput) as caught:
        check_model_name("resnet81")
    assert "resnet" in caught.value.hint
    with pytest.raises(BadInput, match="IMAGENET1K_V9") as caught:
        build(session("resnet18", "IMAGENET1K_V9"), 3)
    assert "IMAGENET1K_V1" in caught.value.hint


def test_a_vision_transformer_takes_another_image_size(tmp_path: Path) -> None:
    original = torchvision.models.vit_b_32()
    torch.save(original.state_dict(), tmp_path / "w.pth")
    chosen = Session(model=Model(name="vit_b_32", weights=str(tmp_path / "w.pth")), data=Data(image_size=96))
    assert build(chosen, 3).module(torch.zeros(1, 3, 96, 96)).shape == (1, 3)
    with pytest.raises(BadInput, match="patches of 32"):
        build(Session(model=Model(name="vit_b_32", weights="none"), data=Data(image_size=100)), 3)


def test_a_checkpoint_fills_an_empty_model() -> None:
    built = build(session("shufflenet_v2_x0_5"), 3)
    empty = build_empty(session("shufflenet_v2_x0_5"), 3)
    fill(empty, built.module.state_dict())
    image = torch.rand(2, 3, 64, 64)
    assert torch.equal(empty.module.eval()(image), built.module.eval()(image))
