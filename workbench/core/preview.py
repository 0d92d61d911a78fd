"""What the data screen shows of a session's data, and small pictures of it."""

from collections import Counter
from collections.abc import Sequence

from PIL import Image

from workbench.core.corrections import images_of
from workbench.core.partition import Partition
from workbench.core.sources import Source, UnreadablePicture
from workbench.core.weights import preprocessing_of
from workbench.protocol import ClassCount, DataPreview, Thumbnail
from workbench.session import Session


def preview(session: Session, samples: int, size: int) -> DataPreview:
    """Counts per class and split, what is odd, and `samples` training pictures of at most `size` pixels a side."""
    source, partition = images_of(session)
    counts = {
        split: Counter(source.items[index].label for index in partition.split(split))
        for split in ("train", "val", "test")
    }
    chosen = _spread(source, partition, samples)
    pictures = [thumbnail(source, index, size) for index in chosen]
    unreadable = [
        f"{picture.file} can't be read and will be skipped" for picture in pictures if not picture.width
    ]
    usual = preprocessing_of(session.model.name, session.model.weights)
    return DataPreview(
        source=source.name,
        classes=tuple(
            ClassCount(name, counts["train"][name], counts["val"][name], counts["test"][name])
            for name in source.classes
        ),
        image_size=usual.at(session.data.image_size).image_size,
        notices=(
            *source.notices,
            *_corrections(session),
            *_oddities(counts["train"], partition),
            *unreadable,
        ),
        samples=tuple(picture for picture in pictures if picture.width),
    )


def _corrections(session: Session) -> list[str]:
    dropped, relabelled = len(session.data.drop), len(session.data.relabel)
    parts = [f"{dropped} dropped"] * bool(dropped) + [f"{relabelled} relabelled"] * bool(relabelled)
    return [f"images corrected by this session: {', '.join(parts)}"] if parts else []


def _oddities(train: Counter[str], partition: Partition) -> list[str]:
    found = []
    most, least = max(train.values()), min(train.values())
    if most >= 5 * least:
        rare = min(train, key=lambda name: train[name])
        found.append(
            f"classes are uneven: {rare} has {least} training images, the largest {most}; "
            "loss.class_weights = 'balanced' helps"
        )
    if not partition.test:
        found.append("no test images: the last word is the validation accuracy")
    if not partition.val:
        found.append("no validation images: nothing shows overfitting; set data.split.val")
    return found


def _spread(source: Source, partition: Partition, samples: int) -> list[int]:
    """Training images, the classes in turn."""
    by_class: dict[str, list[int]] = {name: [] for name in source.classes}
    for index in partition.train:
        by_class[source.items[index].label].append(index)
    rounds = zip(*(members + [-1] * (samples - len(members)) for members in by_class.values()), strict=False)
    return [index for members in rounds for index in members if index >= 0][:samples]


def thumbnail(source: Source, index: int, size: int) -> Thumbnail:
    """A picture cut to its centre square and made `size` pixels a side; of width 0 where it can't be read."""
    item = source.items[index]
    try:
        picture = source.open(index)
    except UnreadablePicture:
        return Thumbnail(item.name, 0, 0, b"", item.label)
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    small = picture.resize((size, size), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))
    return Thumbnail(item.name, size, size, small.tobytes(), item.label)


def thumbnails(source: Source, files: Sequence[str], size: int) -> list[Thumbnail]:
    """Small pictures of items by name, in order; an item that is gone has width 0."""
    places = {item.name: index for index, item in enumerate(source.items)}
    return [
        thumbnail(source, places[file], size) if file in places else Thumbnail(file, 0, 0, b"")
        for file in files
    ]
