"""Findings on pictures that are there more than once: the same bytes, or nearly the same to the eye.

Near duplicates have perceptual hashes of nearly the same bits and, since hashes of plain pictures meet by chance,
thumbnails that correlate; both thresholds were set so that photos of the same thing are not taken for one photo.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from workbench.core.content_hashes import same_contents
from workbench.core.doctor.scanning import Look
from workbench.core.sources import Item, Source
from workbench.findings import Finding

HASH_BITS = 8
"""Of 64 bits of pHash, how many may differ between near duplicates."""
CORRELATION = 0.97
"""The least correlation of their grey 32×32 thumbnails."""
FLAT = 4.0
"""Thumbnails whose standard deviation (of 0–255) is lower show nothing to compare by."""
_BLOCK = 1024


def duplicate_findings(source: Source, looks: Sequence[Look]) -> list[Finding]:
    """A finding for each group of pictures that are the same, and for each group that are nearly."""
    files = {
        index: path
        for index, look in enumerate(looks)
        if not look.error and (path := source.file(index)) is not None
    }
    same = same_contents(files)
    copies = {index for group in same for index in group[1:]}
    rest = [index for index in files if index not in copies]
    near = _near_groups(rest, looks)
    drawn = _draws_a_split(source.items)
    return [
        *(finding for group in same for finding in _same(_items(source, group), drawn=drawn)),
        *(finding for group in near for finding in _nearly(_items(source, group), drawn=drawn)),
    ]


def _draws_a_split(items: Sequence[Item]) -> bool:
    """Whether Thaw itself takes validation images from among the training images."""
    return not any(item.split == "val" for item in items)


def _items(source: Source, group: Sequence[int]) -> list[Item]:
    return [source.items[index] for index in group]


def _same(group: list[Item], *, drawn: bool) -> Iterator[Finding]:
    names = tuple(item.name for item in group)
    splits, labels = _values(item.split or "train" for item in group), _values(item.label for item in group)
    if len(labels) > 1:
        message = f"one picture bears the labels {' and '.join(labels)}"
        yield Finding("label-conflict", message, names, "used with each label; delete what is wrong")
    if len(splits) > 1:
        yield Finding("leak", f"one picture lies in {' and '.join(splits)}", names, _LEFT_AS_IT_IS)
    if len(labels) == len(splits) == 1:
        action = "kept on one side of the split" if drawn else "nothing: the picture counts more than once"
        yield Finding("duplicate", f"{len(names)} files hold the same picture", names, action)


def _nearly(group: list[Item], *, drawn: bool) -> Iterator[Finding]:
    names = tuple(item.name for item in group)
    splits, labels = _values(item.split or "train" for item in group), _values(item.label for item in group)
    classes = f", in the classes {' and '.join(labels)}" if len(labels) > 1 else ""
    if len(splits) > 1:
        where = " and ".join(splits)
        yield Finding("leak", f"nearly one picture lies in {where}{classes}", names, _LEFT_AS_IT_IS)
        return
    action = "nothing: they may come on both sides of the split; keep one" if drawn else "nothing: keep one"
    yield Finding("near-duplicate", f"{len(names)} files are nearly one picture{classes}", names, action)


_LEFT_AS_IT_IS = (
    "nothing: the given splits are kept; delete all but one, or accuracy is measured on what was learned"
)


def _values(found: Iterator[str]) -> list[str]:
    return sorted(set(found))


# ---- near duplicates ----


def _near_groups(indexes: Sequence[int], looks: Sequence[Look]) -> list[list[int]]:
    """Groups of indexes whose pictures are linked by near equality, in order."""
    usable = [index for index in indexes if _thumbnail(looks[index]).std() >= FLAT]
    if len(usable) < 2:
        return []
    pairs = _near_pairs([looks[index] for index in usable])
    if not len(pairs):
        return []
    links = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(usable), len(usable)))
    _, group_of = connected_components(links, directed=False)
    groups: dict[int, list[int]] = {}
    for place in sorted({int(place) for place in pairs.ravel()}):
        groups.setdefault(int(group_of[place]), []).append(usable[place])
    return list(groups.values())


def _near_pairs(looks: Sequence[Look]) -> NDArray[np.intp]:
    """Pairs of places (pairs, 2), the first below the second, whose pictures are nearly the same."""
    hashes = np.array([look.hash for look in looks], dtype=np.uint64)
    found = []
    for first in range(0, len(hashes), _BLOCK):
        block = hashes[first : first + _BLOCK]
        differing = np.bitwise_count(block[:, None] ^ hashes[None, first:])
        rows, columns = np.nonzero(differing <= HASH_BITS)
        above = columns > rows
        found.append(np.stack([rows[above] + first, columns[above] + first], axis=1))
    pairs = np.concatenate(found)
    alike = [_correlation(looks[one], looks[other]) >= CORRELATION for one, other in pairs]
    near: NDArray[np.intp] = pairs[np.array(alike, dtype=bool)]
    return near


def _correlation(one: Look, other: Look) -> float:
    return float(np.corrcoef(_thumbnail(one).ravel(), _thumbnail(other).ravel())[0, 1])


def _thumbnail(look: Look) -> NDArray[np.uint8]:
    assert look.thumbnail is not None  # noqa: S101  (every readable picture has one)
    return look.thumbnail
