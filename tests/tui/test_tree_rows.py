"""The model as rows: what is open, what matches, and how much of each row trains."""

from tests.tui.made_models import model
from tui.widgets.tree_rows import ModelRows, Tally
from workbench.protocol import ModelDescription, ModuleRow


def names(rows: ModelRows, indices: list[int]) -> list[str]:
    return [rows.nodes[index].path for index in indices]


def test_closed_rows_hide_what_is_below() -> None:
    rows = ModelRows(model())
    assert names(rows, rows.visible(set())) == ["conv1", "bn1", "relu", "layer1", "layer2", "fc"]


def test_an_open_row_shows_its_children() -> None:
    rows = ModelRows(model())
    layer1 = next(index for index, node in enumerate(rows.nodes) if node.path == "layer1")
    assert names(rows, rows.visible({layer1}))[3:6] == ["layer1", "layer1.0", "layer1.1"]


def test_numbers_add_up_to_the_models() -> None:
    description = model()
    rows = ModelRows(description)
    top = [node for node in rows.nodes if node.depth == 0]
    assert sum(rows.numbers(node) for node in top) == sum(description.counts.values())


def test_a_tally_counts_what_trains_of_each_row() -> None:
    rows = ModelRows(model())
    tally = Tally(rows, {"layer1.0.conv.weight", "fc.weight", "fc.bias"})
    by_path = {node.path: node for node in rows.nodes}
    assert tally.fraction(by_path["fc"]) == 1
    assert tally.fraction(by_path["layer2"]) == 0
    assert 0 < (tally.fraction(by_path["layer1"]) or 0) < 1
    assert tally.fraction(by_path["relu"]) is None
    assert tally.numbers(by_path["layer1"]) == 1000


def test_a_text_finds_parts_and_a_glob_finds_paths() -> None:
    rows = ModelRows(model())
    assert names(rows, rows.matching("*.1.bn")) == [
        "layer1",
        "layer1.1",
        "layer1.1.bn",
        "layer2",
        "layer2.1",
        "layer2.1.bn",
    ]
    assert names(rows, rows.matching("batchnorm"))[0] == "bn1"
    assert rows.matching("nothing like this") == []


def test_parameters_of_a_parent_get_rows_of_their_own() -> None:
    description = ModelDescription(
        "vit",
        "none",
        32,
        ("stem", "head"),
        (
            ModuleRow("", "VisionTransformer", (10,), 18, "", {"class_token": 8}),
            ModuleRow("head", "Linear", (10,), 10, "head", {"head.weight": 10}),
        ),
    )
    rows = ModelRows(description)
    assert [(node.name, node.depth) for node in rows.nodes] == [("vit", 0), ("class_token", 1), ("head", 1)]
    assert rows.numbers(rows.nodes[1]) == 8
    assert rows.nodes[0].pattern == "*"


def test_a_hidden_row_is_found_at_its_open_parent() -> None:
    rows = ModelRows(model())
    shown = rows.visible(set())
    deep = next(index for index, node in enumerate(rows.nodes) if node.path == "layer2.1.conv")
    assert names(rows, [shown[rows.last_visible(shown, deep)]]) == ["layer2"]
