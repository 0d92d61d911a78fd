"""The model as a tree of rows: who is whose parent, which rows are open, and how much of each one trains.

Pure values without Textual. Parameters are kept in the order of registration, in which every module's own and its
children's stand side by side, so that two running sums answer for any row at once.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import accumulate

from workbench.plan import GLOB_SIGNS
from workbench.protocol import ModelDescription, ModuleRow


@dataclass(slots=True)
class Node:
    """One row: a module, or a parameter of a module that has both parameters and children.

    `start` and `stop` bound its parameters in the order of registration; `subtree_stop` is the index behind its
    last descendant among all nodes.
    """

    path: str
    name: str
    type: str
    depth: int
    parent: int
    start: int
    stop: int = 0
    subtree_stop: int = 0
    row: ModuleRow | None = None
    stages: tuple[str, ...] = ()
    children: int = 0

    @property
    def has_children(self) -> bool:
        """Whether rows can be opened below it."""
        return self.children > 0

    @property
    def pattern(self) -> str:
        """The pattern that names it in a freeze plan."""
        return self.path or "*"


class ModelRows:
    """All nodes of a model, parents before children, over its parameters in the order of registration."""

    def __init__(self, description: ModelDescription) -> None:
        self.nodes: list[Node] = []
        self.parameters: list[str] = []
        counts: list[int] = []
        with_children = {row.path.rpartition(".")[0] for row in description.modules if row.path}
        has_root = any(not row.path for row in description.modules)
        open_nodes: list[int] = []
        for row in description.modules:
            depth = row.path.count(".") + has_root if row.path else 0
            self._close(open_nodes, depth)
            index = self._add(open_nodes, row.path, row.path or description.name, row.type, depth, row)
            open_nodes.append(index)
            for name, count in row.own.items():
                self.parameters.append(name)
                counts.append(count)
                if row.path in with_children:
                    self._add_parameter(open_nodes, name, depth + 1)
        self._close(open_nodes, 0)
        self.counts = counts
        self._sizes = list(accumulate(counts, initial=0))
        stages = list(description.stage_of.values())
        for node in self.nodes:
            node.stages = tuple(dict.fromkeys(stages[node.start : node.stop]))

    def _add(
        self, open_nodes: list[int], path: str, name: str, kind: str, depth: int, row: ModuleRow | None
    ) -> int:
        parent = open_nodes[-1] if open_nodes else -1
        if parent >= 0:
            self.nodes[parent].children += 1
        short = name.rpartition(".")[2] if depth else name
        self.nodes.append(Node(path, short, kind, depth, parent, start=len(self.parameters), row=row))
        return len(self.nodes) - 1

    def _add_parameter(self, open_nodes: list[int], name: str, depth: int) -> None:
        index = self._add(open_nodes, name, name, "Parameter", depth, None)
        node = self.nodes[index]
        node.start, node.stop, node.subtree_stop = len(self.parameters) - 1, len(self.parameters), index + 1

    def _close(self, open_nodes: list[int], depth: int) -> None:
        while open_nodes and (not depth or self.nodes[open_nodes[-1]].depth >= depth):
            node = self.nodes[open_nodes.pop()]
            node.stop, node.subtree_stop = len(self.parameters), len(self.nodes)

    def numbers(self, node: Node) -> int:
        """How many numbers the row's parameters hold."""
        return self._sizes[node.stop] - self._sizes[node.start]

    def opened_at_first(self) -> set[int]:
        """The rows open at first: those that hold more than one stage."""
        return {index for index, node in enumerate(self.nodes) if node.has_children and len(node.stages) > 1}

    def above(self, depth: int) -> set[int]:
        """The rows to open so that all rows down to this depth are shown; 0 is the top."""
        return {index for index, node in enumerate(self.nodes) if node.has_children and node.depth < depth}

    def visible(self, opened: Collection[int]) -> list[int]:
        """The indices of the rows to show, from the top, when these are open."""
        shown: list[int] = []
        index = 0
        while index < len(self.nodes):
            shown.append(index)
            node = self.nodes[index]
            closed = node.has_children and index not in opened
            index = node.subtree_stop if closed else index + 1
        return shown

    def matching(self, text: str) -> list[int]:
        """The rows whose path or type matches the text, with those around them.

        The text is a glob, or a part of either; where it is a part of none, letters that a path has in this order.
        """
        found = [index for index, node in enumerate(self.nodes) if _matches(text, node)]
        if not found and not GLOB_SIGNS.intersection(text):
            letters = re.compile(".*?".join(map(re.escape, text)), re.IGNORECASE)
            found = [index for index, node in enumerate(self.nodes) if letters.search(node.path)]
        wanted: set[int] = set()
        for place in found:
            index = place
            while index >= 0 and index not in wanted:
                wanted.add(index)
                index = self.nodes[index].parent
        return sorted(wanted)

    def last_visible(self, shown: list[int], index: int) -> int:
        """The place in `shown` of a row, or of the nearest open row around it."""
        while index > 0:
            place = bisect_left(shown, index)
            if place < len(shown) and shown[place] == index:
                return place
            index = self.nodes[index].parent
        return 0


def _matches(text: str, node: Node) -> bool:
    if GLOB_SIGNS.intersection(text):
        return fnmatchcase(node.path, text) or fnmatchcase(node.type, text)
    return text.lower() in node.path.lower() or text.lower() in node.type.lower()


def paths_holding(names: Iterable[str]) -> set[str]:
    """The paths of the rows that hold one of these tensors: its own, its module's and all around it."""
    paths: set[str] = set()
    for name in names:
        path = name
        while path and path not in paths:
            paths.add(path)
            path = path.rpartition(".")[0]
    return paths | ({""} if paths else set())


def inside(node: Node, name: str) -> bool:
    """Whether a tensor's name is the row's own or lies below it."""
    return not node.path or name == node.path or name.startswith(f"{node.path}.")


class Tally:
    """How much of each row is in a set of parameters, by running sums over the order of registration."""

    def __init__(self, rows: ModelRows, members: Iterable[str]) -> None:
        chosen = set(members)
        inside = [name in chosen for name in rows.parameters]
        self._names = list(accumulate(inside, initial=0))
        sizes = (count if is_in else 0 for count, is_in in zip(rows.counts, inside, strict=True))
        self._numbers = list(accumulate(sizes, initial=0))

    def fraction(self, node: Node) -> float | None:
        """The fraction of the row's parameters (by name) in the set; None for a row without parameters."""
        total = node.stop - node.start
        return (self._names[node.stop] - self._names[node.start]) / total if total else None

    def numbers(self, node: Node) -> int:
        """How many numbers of the row are in the set."""
        return self._numbers[node.stop] - self._numbers[node.start]
