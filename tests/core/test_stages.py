"""The stages of each family are those a practitioner would name."""

import pytest

from workbench.core.describe import describe
from workbench.core.models import build_empty, model_names
from workbench.plan import matches, strategy_plan
from workbench.session import Model, Session


def stages(name: str) -> tuple[str, ...]:
    return describe(Session(model=Model(name=name, weights="none")), 7).stages


@pytest.mark.parametrize(
    ("name", "between"),
    [
        ("resnet50", "layer1 layer2 layer3 layer4"),
        ("shufflenet_v2_x0_5", "stage2 stage3 stage4+conv5"),
        ("vgg16_bn", "features.7+10 features.14+17+20 features.24+27+30 features.34+37+40 classifier.0+3"),
        ("alexnet", "features.3 features.6+8+10 classifier.1+4"),
        ("squeezenet1_1", "features.3+4 features.6+7 features.9+10+11+12"),
        ("convnext_tiny", "features.1 features.2+3 features.4+5 features.6+7"),
        ("swin_v2_t", "features.1 features.2+3 features.4+5 features.6+7"),
        ("regnet_y_400mf", "trunk_output.block1 trunk_output.block2 trunk_output.block3 trunk_output.block4"),
        ("maxvit_t", "blocks.0 blocks.1 blocks.2 blocks.3+classifier.3"),
        ("mnasnet0_5", "layers.8 layers.9 layers.10 layers.11 layers.12 layers.13+14"),
        (
            "efficientnet_b0",
            "features.1 features.2 features.3 features.4 features.5 features.6 features.7+8",
        ),
        (
            "densenet121",
            (
                "features.denseblock1+transition1 features.denseblock2+transition2 "
                "features.denseblock3+transition3 features.denseblock4"
            ),
        ),
        (
            "inception_v3",
            "Mixed_5b Mixed_5c Mixed_5d Mixed_6a Mixed_6b Mixed_6c Mixed_6d Mixed_6e Mixed_7a Mixed_7b Mixed_7c",
        ),
    ],
)
def test_a_familys_stages_are_its_blocks(name: str, between: str) -> None:
    assert stages(name) == ("stem", *between.split(), "head")


def test_no_model_but_a_transformer_has_more_than_twenty_stages() -> None:
    for name in model_names():
        built = build_empty(Session(model=Model(name=name, weights="none")), 3)
        found = list(dict.fromkeys(built.stage_of.values()))
        assert (found[0], found[-1]) == ("stem", "head"), name
        assert 5 <= len(found) <= (34 if name.startswith("vit_") else 20), name


def test_the_last_block_is_a_block_with_what_follows_it() -> None:
    built = build_empty(Session(model=Model(name="mobilenet_v3_small", weights="none")), 3)
    plan = strategy_plan("last-block", list(dict.fromkeys(built.stage_of.values())))
    trained = {name.split(".block")[0] for name in plan.trainable(built.stage_of)}
    assert {path.rpartition(".")[0] if path.count(".") > 1 else path for path in trained} >= {"features.11"}
    assert {"classifier.0.weight", "classifier.3.weight"} <= trained
    assert not any(path.startswith("features.10") for path in trained)


def test_a_joined_stage_is_named_whole_and_its_modules_alone() -> None:
    built = build_empty(Session(model=Model(name="convnext_tiny", weights="none")), 3)

    def named(pattern: str) -> set[str]:
        return {
            name.split(".")[1]
            for name, stage in built.stage_of.items()
            if name.startswith("features.") and matches(pattern, name, stage)
        }

    assert named("features.2+3") == {"2", "3"}
    assert named("features.3") == {"3"}
    assert named("features.2*") == {"2"}
