"""The columns of the runs: whole ones only, and all that fit."""

from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from tui.widgets.run_table import COLUMNS, fitting

CELLS = st.fixed_dictionaries({title: st.text("ab🐜", max_size=20).map(Text) for title in COLUMNS})


@given(st.lists(CELLS, max_size=3), st.integers(0, 200))
def test_what_is_shown_fits_and_nothing_more_would(rows: list[dict[str, Text]], width: int) -> None:
    shown = fitting(rows, width)
    assert list(shown) == [title for title in COLUMNS if title in shown]
    cells = {title: max(len(title), *(row[title].cell_len for row in rows), 0) + 2 for title in COLUMNS}
    left = width - sum(cells[title] for title in shown)
    assert left >= 0 or shown == ("state", "name")
    wanted = {title for title in COLUMNS if title != "tags" or any(row["tags"] for row in rows)}
    assert all(cells[title] > left for title in wanted.difference(shown))


def test_at_eighty_columns_a_run_says_what_matters() -> None:
    texts = ("▶ running", "20261127-042529-digits", "10/40", "99.3 %", "–", "▁▆███████", "5.9 MB", "just now")
    row = dict(zip(COLUMNS, map(Text, (*texts, "shufflenet_v2_x0_5", "")), strict=True))
    assert fitting([row], 79) == ("state", "name", "epoch", "val", "test", "course", "when")
    assert fitting([row], 139) == COLUMNS[:-1]
    assert "tags" in fitting([row | {"tags": Text("keep")}], 79)
