"""What the tests of the screens share."""

from collections.abc import Callable
from importlib.metadata import version

import pytest

SNAPSHOTS_OF = "8.2.8"
"""The version of Textual whose pictures lie in ``__snapshots__``; another one draws borders and spaces its own way."""


@pytest.fixture
def snap_compare(snap_compare: Callable[..., bool]) -> Callable[..., bool]:
    """The comparison with a kept picture, where the installed Textual is the one that drew it."""
    if version("textual") != SNAPSHOTS_OF:
        pytest.skip(f"the snapshots were drawn by Textual {SNAPSHOTS_OF}, installed is {version('textual')}")
    return snap_compare
