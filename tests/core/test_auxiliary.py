"""Auxiliary heads of GoogLeNet and Inception v3: replaced, trained with, absent from what is evaluated."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torchvision
from torch.nn.functional import cross_entropy

from tests.core.conftest import TINY, events_of
from workbench.core.auxiliary import LAST_LAYERS, logits_and_loss
from workbench.core.models import build, build_empty
from workbench.errors import BadInput
from workbench.protocol import Finished, Frozenness
from workbench.run import RunFolder
from workbench.session import Data, Model, Session


def googlenet(**model: object) -> Session:
    chosen = {"name": "googlenet", "weights": "none"} | model
    return Session(model=Model.model_validate(chosen), data=Data(image_size=64))


def has_auxiliary(session: Session) -> bool:
    return any(
        name.startswith(("aux", "Aux")) for name, _ in build_empty(session, 3).module.named_parameters()
    )


def test_their_losses_are_added_by_weight_and_reach_them() -> None:
    built = build(googlenet(), 3)
    images, labels = torch.rand(2, 3, 64, 64), torch.tensor([0, 2])
    output = built.module.train()(images)
    logits, loss = logits_and_loss(output, labels, cross_entropy)
    parts = [cross_entropy(each, labels) for each in (output.aux_logits1, output.aux_logits2)]
    assert torch.equal(loss, cross_entropy(output.logits, labels) + 0.3 * parts[0] + 0.3 * parts[1])
    assert logits is output.logits
    loss.backward()
    for path in ("aux1.fc2", "aux2.fc2", "fc"):
        layer = built.module.get_submodule(path)
        assert layer.out_features == 3
        assert layer.weight.grad.abs().sum() > 0
    assert built.module.eval()(images).shape == (2, 3)


def test_they_belong_to_the_head_and_are_weighed_by_their_sources() -> None:
    stages = build_empty(googlenet(), 3).stage_of
    assert {stage for name, stage in stages.items() if name.startswith("aux")} == {"head"}
    assert LAST_LAYERS == {"AuxLogits.fc": 0.4, "aux1.fc2": 0.3, "aux2.fc2": 0.3}


def test_they_are_there_where_everything_trains_or_when_asked_for(tmp_path: Path) -> None:
    assert has_auxiliary(googlenet())
    assert not has_auxiliary(googlenet(auxiliary=False))
    pretrained = googlenet(weights=str(tmp_path / "w.pth"))
    assert not has_auxiliary(pretrained)
    assert has_auxiliary(pretrained.model_copy(update={"strategy": "full"}))
    assert has_auxiliary(googlenet(weights=str(tmp_path / "w.pth"), auxiliary=True))


@pytest.mark.parametrize("in_file", [True, False])
def test_weights_come_with_or_without_them(tmp_path: Path, in_file: bool) -> None:
    original = torchvision.models.googlenet(num_classes=4, aux_logits=in_file, init_weights=False)
    torch.save(original.state_dict(), tmp_path / "w.pth")
    for auxiliary in (True, False):
        module = build(googlenet(weights=str(tmp_path / "w.pth"), auxiliary=auxiliary), 3).module
        assert torch.equal(module.conv1.conv.weight, original.conv1.conv.weight)
        if auxiliary and in_file:
            assert torch.equal(module.aux1.fc1.weight, original.aux1.fc1.weight)
        assert module.transform_input


def test_inceptions_needs_large_images() -> None:
    def inception(size: int, *, auxiliary: bool | None = None) -> Session:
        return Session(
            model=Model(name="inception_v3", weights="none", auxiliary=auxiliary), data=Data(image_size=size)
        )

    assert has_auxiliary(inception(299))
    assert not has_auxiliary(inception(96))
    with pytest.raises(BadInput, match="96 is too small for inception_v3's auxiliary head, which needs 299"):
        build_empty(inception(96, auxiliary=True), 3)


def test_other_models_have_none() -> None:
    with pytest.raises(BadInput, match="resnet18 has no auxiliary heads"):
        build_empty(Session(model=Model(name="resnet18", weights="none", auxiliary=True)), 3)


def test_a_run_trains_with_them(train: Callable[..., RunFolder]) -> None:
    text = TINY.replace("shufflenet_v2_x0_5", "googlenet").replace('"conv5"', '"inception5b"')
    run = train(text.replace("epochs = 2", "epochs = 1"))
    assert events_of(run, Finished)
    assert "aux1.fc2.weight" in events_of(run, Frozenness)[0].trainable
