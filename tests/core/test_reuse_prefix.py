"""Training on what the prefix gave before is training on the whole model: same losses, same weights, to the bit."""

from collections.abc import Callable

import pytest

from tests.core.conftest import TINY, events_of
from tests.core.test_split import FAMILIES
from workbench.core.checkpoint import load_model
from workbench.protocol import Evaluated, Frozenness, Notice, Steps
from workbench.run import RunFolder

PLAIN = TINY.replace('source = "digits"', 'source = "digits"\naugment = "none"\nflip = false').replace(
    "epochs = 2", 'epochs = 4\nprecision = "fp32"'
)
MOVES = """
[[schedule]]
step = 2
only = ["head"]
[[schedule]]
step = 5
thaw = ["stage4*"]
[[schedule]]
step = 6
freeze = ["conv5*", "stage4*"]
[[schedule]]
step = 8
thaw = ["*"]
[[schedule]]
step = 10
only = ["head", "conv5*"]
"""


def losses(run: RunFolder) -> list[float]:
    """Every training loss, then every validation's."""
    steps = [loss for event in events_of(run, Steps) for loss in event.loss]  # type: ignore[attr-defined]
    return steps + [event.loss for event in events_of(run, Evaluated)]  # type: ignore[attr-defined]


def without(text: str) -> str:
    """The session that runs the whole model every time."""
    return text.replace("[train]", "[train]\nreuse_prefix = false")


def same_weights(one: RunFolder, other: RunFolder) -> bool:
    first, second = load_model(one, "last")[0], load_model(other, "last")[0]
    return all(first[name].equal(second[name]) for name in first)


@pytest.mark.parametrize("augment", ["none", "views"])
def test_five_moves_of_the_thaw_line_give_the_same_with_and_without(
    augment: str, train: Callable[..., RunFolder]
) -> None:
    text = PLAIN + MOVES
    if augment == "views":
        text = text.replace('augment = "none"', 'augment = "light"\naugment_views = 2')
    kept, whole, again = train(text, "kept"), train(without(text), "whole"), train(text, "again")
    assert len(events_of(kept, Frozenness)) == 6
    assert losses(kept) == losses(whole) == losses(again)
    told = [each.message for each in events_of(kept, Notice) if "frozen in front" in each.message]  # type: ignore[attr-defined]
    often = "once" if augment == "none" else "once for each of 2 views"
    assert told[:2] == [
        f"frozen in front up to {module}: computed {often} a picture, then read"
        for module in ("stage4.3.branch2.6", "conv5.1")
    ]
    assert same_weights(kept, whole)
    assert same_weights(kept, again)


@pytest.mark.parametrize("name", [name for name in FAMILIES if name != "shufflenet_v2_x0_5"])
def test_ten_families_give_the_same_with_and_without(name: str, train: Callable[..., RunFolder]) -> None:
    text = f"""
    name = "family"
    strategy = "last-block"
    [data]
    source = "digits"
    train_per_class = 2
    split = {{ val = 0.02, test = 0.01 }}
    image_size = 32
    batch_size = 7
    augment = "none"
    [model]
    name = "{name}"
    weights = "none"
    [freeze]
    batchnorm = "frozen"
    [train]
    epochs = 2
    device = "cpu"
    precision = "fp32"
    [[schedule]]
    step = 4
    only = ["head"]
    """
    kept, whole = train(text, "kept"), train(without(text), "whole")
    assert losses(kept) == losses(whole)
    assert same_weights(kept, whole)


def test_want_of_room_is_told_once_and_changes_nothing(
    train: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    plenty = train(PLAIN, "plenty")
    monkeypatch.setenv("THAW_STORE_GB", "1e-6")
    monkeypatch.setenv("XDG_CACHE_HOME", str(plenty.path.parent / "cache"))
    scarce = train(PLAIN, "scarce")
    assert losses(scarce) == losses(plenty)
    told = [event.message for event in events_of(scarce, Notice) if "no more room" in event.message]
    assert len(told) == len({message.partition(":")[0] for message in told}) == 2
