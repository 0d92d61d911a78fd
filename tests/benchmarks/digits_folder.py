"""Scikit-learn's digits as a folder of PNG files, split as Thaw splits them, so that every contender can read them."""

from pathlib import Path

from workbench.session import Data, SplitFractions


def digits_folder(place: Path, seed: int, per_class: int) -> Path:
    """train/ with so many pictures a class, val/ and test/ with 15 % of all each, as the seed deals them."""
    from workbench.core.partition import divide
    from workbench.core.sources import digits

    source = digits()
    data = Data(split=SplitFractions(val=0.15, test=0.15), train_per_class=per_class)
    partition = divide(source, data, seed)
    for part in ("train", "val", "test"):
        for index in partition.split(part):
            item = source.items[index]
            target = place / part / item.label / f"{item.name}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            source.open(index).save(target)
    return place
