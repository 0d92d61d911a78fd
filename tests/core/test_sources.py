import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.core.conftest import picture
from workbench.core.sources import Source, UnreadablePicture, digits, folder, open_source
from workbench.errors import BadInput


def only_item(root: Path) -> Source:
    picture(root / "other" / "x.png")
    source = folder(root)
    assert len(source.items) == 2
    return source


def test_the_digits_are_scikit_learns_though_its_package_is_not_loaded() -> None:
    from sklearn.datasets import load_digits

    bunch, source = load_digits(), digits()
    expected = np.round(bunch.images * (255.0 / 16.0)).astype(np.uint8)
    assert all((np.asarray(source.open_index(index)) == each).all() for index, each in enumerate(expected))
    assert [item.label for item in source.items] == [str(label) for label in bunch.target]


def test_the_digits_are_all_there() -> None:
    source = digits()
    assert len(source.items) == 1797
    assert source.classes == tuple("0123456789")
    assert source.open(0).size == (8, 8)
    assert not source.photos


def test_a_folder_of_class_folders(photos: Path) -> None:
    source = folder(photos)
    assert source.classes == ("blue", "red")
    assert {item.split for item in source.items} == {None}
    assert "red/0.png" in {item.name for item in source.items}


def test_a_folder_with_splits_keeps_them(tmp_path: Path) -> None:
    for split, name in (("train", "a"), ("validation", "a"), ("test", "b"), ("train", "b")):
        picture(tmp_path / split / name / "1.png")
    source = folder(tmp_path)
    assert {(item.split, item.label) for item in source.items} == {
        ("train", "a"),
        ("val", "a"),
        ("test", "b"),
        ("train", "b"),
    }


def test_what_is_no_folder_of_classes_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no folder"):
        open_source(str(tmp_path / "nowhere"))
    picture(tmp_path / "loose.png")
    with pytest.raises(BadInput, match="no images in class folders") as caught:
        folder(tmp_path)
    assert "put the images of each class into a folder" in caught.value.hint


def cmyk(path: Path) -> None:
    Image.new("CMYK", (20, 10), (0, 200, 200, 0)).save(path)


def sixteen_bit(path: Path) -> None:
    Image.fromarray(np.linspace(0, 65535, 200, dtype=np.uint16).reshape(10, 20)).save(path)


def animated(path: Path) -> None:
    frames = [Image.new("P", (20, 10), number) for number in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:])


def transparent(path: Path) -> None:
    Image.new("RGBA", (20, 10), (0, 0, 0, 0)).save(path)


@pytest.mark.parametrize(
    ("name", "make"), [("a.jpg", cmyk), ("a.png", sixteen_bit), ("a.gif", animated), ("a.png", transparent)]
)
def test_odd_modes_become_rgb(tmp_path: Path, name: str, make) -> None:
    (tmp_path / "odd").mkdir()
    make(tmp_path / "odd" / name)
    source = only_item(tmp_path)
    opened = source.open([item.label for item in source.items].index("odd"))
    assert opened.mode == "RGB"
    assert opened.size == (20, 10)
    if make is sixteen_bit:
        assert np.asarray(opened).max() == 255
        assert 100 < np.asarray(opened).mean() < 155
    if make is transparent:
        assert np.asarray(opened).min() == 255


def huge(path: Path) -> None:
    """A PNG that says it is 60,000 × 60,000 pixels."""
    picture(path)
    data = bytearray(path.read_bytes())
    data[16:24] = (60000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    path.write_bytes(bytes(data))


def truncated(path: Path) -> None:
    picture(path, size=(200, 200))
    path.write_bytes(path.read_bytes()[:800])


@pytest.mark.parametrize("make", [huge, truncated, Path.touch, lambda path: path.write_text("not a picture")])
def test_what_can_not_be_read_says_which_file(tmp_path: Path, make) -> None:
    (tmp_path / "odd").mkdir()
    make(tmp_path / "odd" / "a.png")
    source = only_item(tmp_path)
    with pytest.raises(UnreadablePicture, match=r"odd/a\.png"):
        source.open([item.label for item in source.items].index("odd"))


def test_a_photo_taken_on_its_side_is_turned_upright(tmp_path: Path) -> None:
    image = Image.new("RGB", (30, 10))
    exif = image.getexif()
    exif[0x0112] = 6
    (tmp_path / "odd").mkdir()
    image.save(tmp_path / "odd" / "a.jpg", exif=exif)
    source = only_item(tmp_path)
    assert source.open([item.label for item in source.items].index("odd")).size == (10, 30)


def test_torchvision_sets_come_with_their_own_splits() -> None:
    source = open_source("torchvision:FakeData")
    assert len(source.items) == 200
    assert source.open(3).mode == "RGB"


def test_an_unknown_torchvision_set_names_the_nearest() -> None:
    with pytest.raises(BadInput) as caught:
        open_source("torchvision:CIFAR11")
    assert "CIFAR10" in caught.value.hint


def test_a_set_that_is_not_on_disk_says_where_to_put_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THAW_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(BadInput, match="can't be downloaded") as caught:
        open_source("torchvision:CIFAR10")
    assert "THAW_DATA" in caught.value.hint
