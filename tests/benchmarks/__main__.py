"""``python -m tests.benchmarks [TABLE ...]``: what Thaw costs, measured in a real pseudo-terminal and printed.

Nothing is asserted: figures depend on the machine and on what else it does, so its load is printed with them.
"""

import argparse
import os
import platform

from tests.benchmarks import attached_cost, first_paint, key_latency, long_journal, start, traffic

TABLES = {
    "paint": (first_paint.table, 11),
    "keys": (key_latency.table, 100),
    "attached": (attached_cost.table, 30),
    "traffic": (traffic.table, 10),
    "start": (start.table, 3),
    "journal": (long_journal.table, 3),
}
"""Each table with how often it measures (for traffic: the seconds) unless told."""


def main() -> None:
    """Print the tables that were named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "tables", nargs="*", metavar="TABLE", help=f"some of: {', '.join(TABLES)}; all unless named"
    )
    parser.add_argument(
        "--repeats", type=int, help="how often to measure, instead of each table's own number"
    )
    given = parser.parse_args()
    unknown = set(given.tables) - set(TABLES)
    if unknown:
        parser.error(f"no such table: {', '.join(unknown)}; there are {', '.join(TABLES)}")
    machine = f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores"
    for name in given.tables or TABLES:
        table, repeats = TABLES[name]
        print(f"\n{machine}, load {os.getloadavg()[0]:.1f}", end="")
        table(given.repeats or repeats)


if __name__ == "__main__":
    main()
