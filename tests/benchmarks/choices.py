"""What the command line asked of a table beside its name: repeats, and which rows on which pictures."""

from dataclasses import dataclass
from pathlib import Path

HYMENOPTERA = Path("../shared/data/hymenoptera")
CIFAR10 = Path("../shared/data/cifar10-subset.tar.gz")


@dataclass(frozen=True, slots=True)
class Choices:
    """`repeats` measurements each; empty tuples mean the table's own rows, `data` None its own pictures."""

    repeats: int
    data: Path | None = None
    per_class: int = 0
    image_size: int = 224
    models: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    epochs: tuple[int, ...] = ()
    contenders: tuple[str, ...] = ()
