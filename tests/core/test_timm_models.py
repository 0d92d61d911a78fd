"""timm's models, where timm is installed: the same as torchvision's."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from workbench.core.describe import describe
from workbench.core.freezing import set_trainable, set_training_mode, trainable_names
from workbench.core.models import build, build_empty, fill
from workbench.core.weights import usual_preprocessing
from workbench.errors import BadInput, ThawError
from workbench.session import Data, Model, Session

timm = pytest.importorskip("timm")

MODELS = (
    "convnext_atto",
    "deit_tiny_distilled_patch16_224",
    "efficientnet_lite0",
    "mobilenetv3_small_050",
    "regnetx_002",
    "resnet10t",
    "vit_tiny_patch16_224",
)


def session(name: str, weights: str = "none", size: int = 64) -> Session:
    return Session(model=Model(name=f"timm:{name}", weights=weights, dropout=0.2), data=Data(image_size=size))


@pytest.mark.parametrize("name", MODELS)
def test_they_are_described_built_and_trained_as_others(name: str) -> None:
    description = describe(session(name), 3)
    assert (description.stages[0], description.stages[-1]) == ("stem", "head")
    assert len(description.stages) >= 5
    built = build(session(name), 3)
    assert description.stage_of.keys() == dict(built.module.named_parameters()).keys()
    trainable = trainable_names(session(name).plan(description.stages), built.stage_of)
    assert trainable == {name for name, stage in built.stage_of.items() if stage == "head"}
    set_trainable(built.module, trainable)
    set_training_mode(built.module, "frozen")
    before = {key: value.clone() for key, value in built.module.state_dict().items()}
    optimizer = torch.optim.AdamW([each for each in built.module.parameters() if each.requires_grad], lr=0.1)
    logits = built.module(torch.rand(2, 3, 64, 64))
    assert logits.shape == (2, 3)
    torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1])).backward()
    optimizer.step()
    after = built.module.state_dict()
    assert {key for key, value in after.items() if not torch.equal(value, before[key])} <= trainable
    assert all(each.grad is not None for each in built.module.parameters() if each.requires_grad)


def test_a_checkpoint_fills_one_whose_tables_are_in_no_checkpoint() -> None:
    chosen = session("swin_tiny_patch4_window7_224", size=224)
    built, empty = build(chosen, 3), build_empty(chosen, 3)
    fill(empty, built.module.state_dict())
    image = torch.rand(2, 3, 224, 224)
    assert torch.equal(empty.module.eval()(image), built.module.eval()(image))


def test_weights_from_a_file(tmp_path: Path) -> None:
    original = timm.create_model("resnet10t", num_classes=7)
    save_file(original.state_dict(), tmp_path / "w.safetensors")
    module = build(session("resnet10t", str(tmp_path / "w.safetensors")), 3).module
    assert torch.equal(module.layer1[0].conv1.weight, original.layer1[0].conv1.weight)
    assert module.fc.out_features == 3


def test_the_preprocessing_is_that_of_the_weights() -> None:
    assert usual_preprocessing("timm:vit_tiny_patch16_224").mean == (0.5, 0.5, 0.5)
    assert usual_preprocessing("timm:resnet18").resize_size == 235


def test_bad_names_and_weights_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_OFFLINE", "1")
    with pytest.raises(BadInput, match="timm has no model 'resnet81'"):
        build_empty(session("resnet81"), 3)
    with pytest.raises(BadInput) as caught:
        build_empty(session("resnet18.a1_in1k"), 3)
    assert "model.weights = 'a1_in1k'" in caught.value.hint
    with pytest.raises(BadInput, match="has no weights 'IMAGENET1K_V1'"):
        build(session("resnet18", "IMAGENET1K_V1"), 3)
    with pytest.raises(ThawError, match="is not on this disk"):
        build(session("test_resnet", "DEFAULT"), 3)
