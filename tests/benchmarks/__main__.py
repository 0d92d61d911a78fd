"""``python -m tests.benchmarks [TABLE ...]``: what Thaw costs and how fast it is, measured and printed.

Nothing is asserted: figures depend on the machine and on what else it does, so its load is printed with them.
docs/benchmarks.md says what each table shows.
"""

import argparse
import os
import platform
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import (
    accuracy,
    attached_cost,
    event_loop,
    first_paint,
    indexing,
    key_latency,
    long_journal,
    memory,
    start,
    telling,
    traffic,
    training_time,
)
from tests.benchmarks.choices import Choices
from tests.benchmarks.contest import CONTENDERS


def plain(table: Callable[[int], None]) -> Callable[[Choices], None]:
    """A table that asks for nothing but how often to measure."""
    return lambda choices: table(choices.repeats)


TABLES: dict[str, tuple[Callable[[Choices], None], int]] = {
    "paint": (plain(first_paint.table), 11),
    "keys": (plain(key_latency.table), 100),
    "attached": (plain(attached_cost.table), 30),
    "telling": (plain(telling.table), 3),
    "loop": (plain(event_loop.table), 2),
    "traffic": (plain(traffic.table), 10),
    "start": (plain(start.table), 3),
    "journal": (plain(long_journal.table), 3),
    "index": (plain(indexing.table), 3),
    "memory": (memory.table, 1),
    "peers": (training_time.table, 3),
    "accuracy": (accuracy.table, 5),
}
"""Each table with how often it measures unless told: for traffic the seconds, for loop the walks, for accuracy the
seeds.
"""


def main() -> None:
    """Print the tables that were named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "tables", nargs="*", metavar="TABLE", help=f"some of: {', '.join(TABLES)}; all unless named"
    )
    parser.add_argument(
        "--repeats", type=int, help="how often to measure, instead of each table's own number"
    )
    _add_rows(parser.add_argument_group("which rows of peers and accuracy"))
    given = parser.parse_args()
    # Ended from outside, it takes the processes that it has started along, as it does after ctrl+c.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    unknown = set(given.tables) - set(TABLES)
    if unknown:
        parser.error(f"no such table: {', '.join(unknown)}; there are {', '.join(TABLES)}")
    machine = f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores"
    for name in given.tables or TABLES:
        table, repeats = TABLES[name]
        print(f"\n{machine}, load {os.getloadavg()[0]:.1f}", end="")
        table(_choices(given, given.repeats or repeats))


def _add_rows(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--data", type=Path, help="a folder with train/ and val/, or a .tar.gz of one")
    group.add_argument(
        "--per-class", type=int, default=0, help="training pictures of each class; all unless told"
    )
    group.add_argument("--size", type=int, default=224, help="side of the pictures (224)")
    group.add_argument("--model", action="append", help="a torchvision classifier; may be given again")
    group.add_argument("--what", action="append", choices=training_time.PARTS, help="what trains")
    group.add_argument("--epochs", action="append", type=int, help="epochs; may be given again")
    group.add_argument("--contender", action="append", choices=CONTENDERS, help="who takes part")


def _choices(given: argparse.Namespace, repeats: int) -> Choices:
    return Choices(
        repeats=repeats,
        data=given.data,
        per_class=given.per_class,
        image_size=given.size,
        models=tuple(given.model or ()),
        strategies=tuple(given.what or ()),
        epochs=tuple(given.epochs or ()),
        contenders=tuple(given.contender or ()),
    )


if __name__ == "__main__":
    main()
