from pathlib import Path

import pytest

from tests.core.conftest import picture
from workbench.core.class_map import check_classes, difference
from workbench.core.evaluate_run import evaluate_run
from workbench.core.worker import work
from workbench.errors import BadInput

SESSION = """
name = "map"
[data]
source = "{source}"
image_size = 32
batch_size = 8
[model]
name = "shufflenet_v2_x0_5"
weights = "none"
[train]
epochs = 1
device = "cpu"
"""


def test_the_same_classes_pass() -> None:
    check_classes("run", ("a", "b"), "photos", ("a", "b"))


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ("abc", "ab", "missing c"),
        ("ab", "abc", "new c"),
        ("ab", "ac", "missing b; new c"),
        ("ab", "ba", "in another order, first b, a"),
        (["a\n"], ["a"], "missing a\\n; new a"),
    ],
)
def test_other_classes_are_refused_with_the_difference(before: str, now: str, told: str) -> None:
    assert difference(before, now) == told
    with pytest.raises(BadInput) as caught:
        check_classes("run", before, "photos", now)
    assert caught.value.message.endswith(told)


def test_a_run_whose_data_has_another_class_is_neither_evaluated_nor_resumed(photos: Path, make_run) -> None:
    run = make_run(SESSION.format(source=photos))
    assert work(run) == 0
    picture(photos / "green" / "1.png")
    picture(photos / "green" / "2.png")
    with pytest.raises(BadInput, match="new green"):
        evaluate_run(run, "test", "best")
    assert work(run) == 2
    assert "new green" in run.events.read_text().splitlines()[-1]
