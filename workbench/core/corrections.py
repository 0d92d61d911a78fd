"""What a session corrects in its data, by the names of images: those it drops, those it gives another class.

The data itself is never touched. Corrections come after the split, so that no other image changes its place: what
was held back before a correction is held back after it.
"""

from dataclasses import replace

from workbench.core.partition import Partition, divide
from workbench.core.sources import Source, open_source
from workbench.errors import BadInput, did_you_mean
from workbench.session import Data, Session


def images_of(session: Session) -> tuple[Source, Partition]:
    """The images of a session with the classes that it gives them, and which of them train, validate and test.

    BadInput where there is no such data, where a correction names no image or no class, or where a class has nothing
    left to train on.
    """
    return corrected(*listed(session), session.data)


def listed(session: Session) -> tuple[Source, Partition]:
    """The images of a session and their split before any correction; BadInput where there is no such data."""
    source = open_source(session.data.source)
    return source, divide(source, session.data, session.seed)


def corrected(source: Source, partition: Partition, data: Data) -> tuple[Source, Partition]:
    """The same images and split after the corrections of `data`."""
    if not data.drop and not data.relabel:
        return source, partition
    _check_names(source, data)
    dropped = set(data.drop)
    items = tuple(
        replace(item, label=data.relabel[item.name]) if item.name in data.relabel else item
        for item in source.items
    )

    def kept(indexes: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(index for index in indexes if items[index].name not in dropped)

    left = Partition(kept(partition.train), kept(partition.val), kept(partition.test))
    _check_classes(source, {items[index].label for index in left.train})
    return replace(source, items=items), left


def _check_names(source: Source, data: Data) -> None:
    names = {item.name for item in source.items}
    for key, wanted in (("data.drop", data.drop), ("data.relabel", tuple(data.relabel))):
        unknown = [name for name in wanted if name not in names]
        if unknown:
            more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
            hint = did_you_mean(unknown[0], sorted(names)) or "names are those of thaw eval --save, such as "
            raise BadInput(
                f"{key}: {source.name} has no image {unknown[0]!r}{more}",
                hint if hint.endswith("?") else f"{hint}{source.items[0].name!r}",
            )
    classes = source.classes
    for name, label in data.relabel.items():
        if label not in classes:
            near = did_you_mean(label, classes)
            raise BadInput(
                f"data.relabel: {name!r} can't become {label!r}, which is no class of {source.name}",
                near or f"classes are {', '.join(classes[:10])}{', …' if len(classes) > 10 else ''}",
            )


def _check_classes(source: Source, trained: set[str]) -> None:
    missing = [label for label in source.classes if label not in trained]
    if missing:
        raise BadInput(
            f"data: dropping and relabelling leaves no training image of {', '.join(map(repr, missing))}",
            "take some of data.drop and data.relabel back",
        )
