"""What is kept of models: read without torch, told apart by what was asked, ignored when damaged."""

import subprocess
import sys
from pathlib import Path

import pytest

from workbench import cache
from workbench.core.remember import remember
from workbench.protocol import ModelDescription, ModuleRow
from workbench.session import Data, Model, Session

DESCRIPTION = ModelDescription(
    "net", "none", 64, ("stem", "head"), (ModuleRow("fc", "Linear", (3,), 30, "head"),)
)


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "folder", lambda: tmp_path)


def session(source: str = "digits", size: int | None = None, **model: object) -> Session:
    return Session(
        model=Model.model_validate({"name": "net"} | model), data=Data(source=source, image_size=size)
    )


def test_what_is_kept_is_had_back_for_the_same_question_alone() -> None:
    remember(cache.description_place(session(), 3), DESCRIPTION)
    assert cache.recall_description(session(), 3) == DESCRIPTION
    for other in (session(size=32), session(name="other"), session(weights="none"), session(dropout=0.5)):
        assert cache.recall_description(other, 3) is None
    assert cache.recall_description(session(), 4) is None


def test_without_classes_those_of_the_source_as_last_seen_count() -> None:
    remember(cache.description_place(session(), 3), DESCRIPTION)
    assert cache.recall_description(session()) is None
    remember(cache.class_count_place("digits"), 3)
    assert cache.recall_description(session()) == DESCRIPTION
    assert cache.recall_description(session("photos")) is None


@pytest.mark.parametrize("content", [b"", b"{", b'{"name": 3}', b"\xff\x00"])
def test_what_is_damaged_counts_as_nothing(content: bytes) -> None:
    place = cache.description_place(session(), 3)
    assert place is not None
    remember(place, DESCRIPTION)
    place.write_bytes(content)
    assert cache.recall_description(session(), 3) is None


def test_other_versions_or_changed_code_ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    remember(cache.description_place(session(), 3), DESCRIPTION)
    monkeypatch.setattr(cache, "__version__", "99")
    assert cache.recall_description(session(), 3) is None


def test_a_file_of_weights_may_change_so_nothing_is_kept() -> None:
    assert cache.description_place(session(weights="my.safetensors"), 3) is None
    remember(None, DESCRIPTION)


def test_a_cache_that_can_not_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    remember(tmp_path / "file" / "x.json", DESCRIPTION)


def test_the_tree_of_a_known_model_is_shown_without_torch(tmp_path: Path) -> None:
    code = (
        "import sys; from workbench.cli_look import described;"
        "from pathlib import Path; described('resnet18', Path('.')); print('torch' in sys.modules)"
    )
    for expected in ("True", "False"):
        found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert found.stdout.split() == [expected]
