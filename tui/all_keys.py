"""All bindings of the workbench, and what is wrong with the keys that a user gives them.

Imports every screen and widget.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from textual.binding import Binding
from textual.dom import DOMNode

from tui import app, help, screens, widgets  # noqa: A004  (a module of ours)
from tui.loading import modules_of
from tui.preferences import KEYS
from workbench.errors import BadInput, did_you_mean


def bindings() -> Iterator[tuple[type[DOMNode], Binding]]:
    """Every binding with an id, with the class that it belongs to."""
    modules = [app, help]
    for package in (screens, widgets):
        modules += modules_of(package)
    for module in modules:
        for found in vars(module).values():
            if isinstance(found, type) and issubclass(found, DOMNode) and found.__module__ == module.__name__:
                for binding in found.BINDINGS:
                    if isinstance(binding, Binding) and binding.id:
                        yield found, binding


def binding_ids() -> list[str]:
    """The ids, sorted."""
    return sorted({str(binding.id) for _, binding in bindings()})


def what_is_wrong(keys: Mapping[str, str]) -> list[BadInput]:
    """The ids that do not exist, and the bindings that lose their key to another one beside them."""
    ids = binding_ids()
    problems = [
        BadInput(
            f"{KEYS}: no key is called {name!r}",
            did_you_mean(name, ids) or "the help (?) has the names beside the keys",
        )
        for name in keys
        if name not in ids
    ]
    taken = {
        (owner, key.strip()): binding.id
        for owner, binding in bindings()
        for key in keys.get(str(binding.id), "").split(",")
        if key.strip()
    }
    for owner, binding in bindings():
        for key in binding.key.split(","):
            by = taken.get((owner, key))
            if by is not None and by != binding.id and binding.id not in keys:
                message = f"{KEYS}: {by} takes the key {key!r} from {binding.id}"
                problems.append(BadInput(message, f"give {binding.id} another one"))
    return problems
