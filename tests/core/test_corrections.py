"""Dropped and relabelled images: by name, after the split, without touching the folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.core.conftest import TINY, events_of
from workbench.core.corrections import images_of
from workbench.core.preview import preview
from workbench.errors import BadInput
from workbench.protocol import Started
from workbench.run import RunFolder
from workbench.session import Data, Session
from workbench.session_file import parse, updated


def session(photos: Path, **data: object) -> Session:
    return Session(data=Data(source=str(photos), **data))  # type: ignore[arg-type]


def places(made: Session) -> dict[str, tuple[str, str]]:
    """The part and the class of every image that is in one."""
    source, partition = images_of(made)
    return {
        source.items[index].name: (part, source.items[index].label)
        for part in ("train", "val", "test")
        for index in partition.split(part)
    }


def test_every_other_image_keeps_its_place(photos: Path) -> None:
    before = places(session(photos))
    held_back = next(name for name, (part, _) in before.items() if part == "test")
    trained = next(name for name, (part, label) in before.items() if part == "train" and label == "red")
    after = places(session(photos, drop=[held_back], relabel={trained: "blue"}))
    assert after == {
        name: ("train", "blue") if name == trained else place
        for name, place in before.items()
        if name != held_back
    }


def test_the_preview_counts_and_tells_them(photos: Path) -> None:
    found = preview(session(photos, drop=["red/1.png"], relabel={"red/2.png": "blue"}), 0, 8)
    assert sum(one.train + one.val + one.test for one in found.classes if one.name == "red") == 10
    assert "images corrected by this session: 1 dropped, 1 relabelled" in found.notices


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"drop": ["red/1.pgn"]}, r"data.drop: .* has no image 'red/1.pgn'\ndid you mean 'red/1.png'\?"),
        ({"relabel": {"zzz": "red", "qqq": "red"}}, r"no image 'zzz' \(and 1 more\)\nnames are those of"),
        ({"relabel": {"red/1.png": "bleu"}}, r"no class of .*\ndid you mean 'blue'\?"),
        ({"drop": [f"red/{number}.png" for number in range(12)]}, "no training image of 'red'"),
    ],
)
def test_what_names_nothing_is_told(photos: Path, data: dict[str, object], message: str) -> None:
    with pytest.raises(BadInput) as caught:
        images_of(session(photos, **data))
    assert caught.match(message)


def test_a_session_keeps_them_and_a_run_of_it_heeds_them(
    make_run: Callable[..., RunFolder], train: Callable[..., RunFolder]
) -> None:
    plain = parse(TINY)
    source, partition = images_of(plain)
    first = source.items[partition.train[0]]
    other = next(label for label in source.classes if label != first.label)
    second = source.items[partition.val[0]]
    corrections = {"drop": (second.name,), "relabel": {first.name: other}}
    text = updated(TINY, plain.model_copy(update={"data": plain.data.model_copy(update=corrections)}))
    assert f'relabel = {{{first.name} = "{other}"}}' in text
    started = events_of(train(text.replace("epochs = 2", "epochs = 1")), Started)[0]
    assert isinstance(started, Started)
    assert started.images == {**partition.sizes, "val": len(partition.val) - 1}


def test_names_of_any_kind_survive_the_file() -> None:
    names = ['a b/ü "quoted" = x.png', "dot.ted", "back\\slash"]
    made = Session(data=Data(drop=tuple(names), relabel=dict.fromkeys(names, "class = 1")))
    text = updated('name = "x"  # mine\n[data]\nsource = "digits"\n[model]\nname = "resnet18"\n', made)
    read = parse(text)
    assert read.data == made.data.model_copy(update={"source": "digits"})
    assert "# mine" in text
