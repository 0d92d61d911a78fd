"""Importing all modules of a package, which the workbench itself does one by one as its screens are shown."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType


def modules_of(package: ModuleType) -> Iterator[ModuleType]:
    """Every module that lies in a package, imported when its turn comes."""
    for each in pkgutil.iter_modules(package.__path__):
        yield import_module(f"{package.__name__}.{each.name}")
