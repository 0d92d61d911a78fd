"""How figures read."""

import pytest

from workbench.words import share


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 100, "0.0 %"), (5_130, 11_200_000, "< 0.1 %"), (1, 2, "50.0 %"), (3, 3, "100.0 %"), (0, 0, "0.0 %")],
)
def test_a_share_that_is_there_never_reads_as_nothing(part: int, whole: int, text: str) -> None:
    assert share(part, whole) == text
