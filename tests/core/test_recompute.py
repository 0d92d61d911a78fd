"""Gradient checkpointing: the same run to the bit, with less to keep."""

from collections.abc import Callable

import pytest
import torch
import torchvision
from safetensors.torch import load_file
from torch import nn

from tests.core.conftest import TINY, events_of
from workbench.core.freezing import set_trainable, set_training_mode
from workbench.core.heads import head_path
from workbench.core.recompute import Recomputation, blocks_of, is_recomputed
from workbench.core.stages import stage_of_parameters
from workbench.core.worker import work
from workbench.protocol import Notice, Steps
from workbench.run import RunFolder

Make = Callable[..., RunFolder]

FEW = TINY.replace('thaw = ["head", "conv5"]', 'thaw = ["*"]').replace("batch_size = 16", "batch_size = 8")
FEW = FEW.replace("epochs = 2", "epochs = 1").replace("train_per_class = 4", "train_per_class = 2")


def losses(run: RunFolder) -> list[float]:
    return [loss for event in events_of(run, Steps) for loss in event.loss]


def weights(run: RunFolder) -> dict[str, torch.Tensor]:
    return load_file(run.checkpoint("last") / "model.safetensors")


@pytest.mark.parametrize("name", ["shufflenet_v2_x0_5", "densenet121", "mobilenet_v3_small"])
def test_a_run_is_the_same_with_and_without_also_across_a_freeze(make_run: Make, name: str) -> None:
    text = FEW.replace("shufflenet_v2_x0_5", name) + '[[schedule]]\nstep = 2\nfreeze = ["stem"]\n'
    plain = make_run(text, "plain")
    checked = make_run(text.replace("[train]", "[train]\ngradient_checkpointing = true"), "checked")
    assert work(plain) == 0
    assert work(checked) == 0, checked.events.read_text()[-1000:]
    assert losses(plain) == losses(checked)
    other = weights(checked)
    assert all(torch.equal(value, other[key]) for key, value in weights(plain).items())


def test_norms_that_follow_the_data_see_each_batch_once(make_run: Make) -> None:
    text = FEW.replace('batchnorm = "frozen"', 'batchnorm = "follow"')
    plain = make_run(text, "plain")
    checked = make_run(text.replace("[train]", "[train]\ngradient_checkpointing = true"), "checked")
    assert work(plain) == 0
    assert work(checked) == 0
    assert any("are not recomputed" in event.message for event in events_of(checked, Notice))
    assert losses(plain) == losses(checked)


def void(_value: object) -> None:
    """Nothing, which a hook gives back to change nothing."""


def kept_bytes(model: nn.Module, images: torch.Tensor) -> int:
    """The bytes of the tensors, apart from parameters, that a forward pass keeps for the backward pass.

    A recomputed block keeps its input in its own way, of which torch's hooks tell nothing.
    """
    kept: dict[int, int] = {}
    own = {each.data_ptr() for each in model.parameters()}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.data_ptr() not in own:
            kept[tensor.data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    hooks = [
        each.register_forward_pre_hook(lambda _module, inputs: void(keep(inputs[0])))
        for each in model.modules()
        if is_recomputed(each)
    ]
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model(images).sum()
    for hook in hooks:
        hook.remove()
    return sum(kept.values())


def model_of(name: str) -> tuple[nn.Module, dict[str, str]]:
    model = getattr(torchvision.models, name)(weights=None, num_classes=10)
    return model, stage_of_parameters(model, head_path(model))


@pytest.mark.parametrize("name", ["resnet50", "convnext_tiny", "efficientnet_b0"])
def test_less_is_kept_and_the_gradients_are_the_same(name: str) -> None:
    torch.manual_seed(0)
    model, stage_of = model_of(name)
    set_trainable(model, set(stage_of))
    set_training_mode(model, "frozen")
    images = torch.randn(2, 3, 64, 64)

    def gradients() -> list[torch.Tensor]:
        torch.manual_seed(1)
        model.zero_grad()
        model(images).square().sum().backward()
        return [each.grad for each in model.parameters() if each.grad is not None]

    before, plain = kept_bytes(model, images), gradients()
    Recomputation(model, stage_of, pytest.fail).follow()
    assert kept_bytes(model, images) < 0.6 * before
    assert all(torch.equal(one, other) for one, other in zip(plain, gradients(), strict=True))


@pytest.mark.parametrize(
    ("name", "count"),
    [("resnet50", 16), ("vit_b_16", 12), ("densenet121", 4), ("swin_t", 12), ("googlenet", 9)],
)
def test_blocks_are_what_papers_call_so(name: str, count: int) -> None:
    with torch.device("meta"):
        model, stage_of = model_of(name)
    assert len([each for each in blocks_of(model, stage_of) if "Aux" not in type(each).__name__]) >= count


def test_only_blocks_that_train_are_recomputed() -> None:
    model, stage_of = model_of("resnet18")
    recomputation = Recomputation(model, stage_of, pytest.fail)
    for thawed in ("layer4", "layer3", "fc"):
        set_trainable(model, {name for name in stage_of if name.startswith(thawed)})
        set_training_mode(model, "frozen")
        recomputation.follow()
        recomputed = {path for path, module in model.named_modules() if is_recomputed(module)}
        assert recomputed == ({f"{thawed}.0", f"{thawed}.1"} if thawed != "fc" else set())


def test_a_model_without_blocks_says_so() -> None:
    model, stage_of = model_of("alexnet")
    said: list[str] = []
    Recomputation(model, stage_of, said.append).follow()
    assert said == ["gradient checkpointing: this model has no blocks that could be recomputed"]
