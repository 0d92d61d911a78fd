"""The model screen's tree by keys: moving, folding, freezing and thawing a draft, and a live run's commands."""

from pathlib import Path

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Static

from tests.tui.made_models import SESSION, app_with_draft, model
from tests.tui.made_runs import write
from tests.tui.waiting import at_rest, until
from tui.app import ThawApp
from tui.widgets.model_tree import ModelTree
from tui.widgets.stage_bar import Totals
from tui.widgets.tree_lines import TreeLines
from workbench import protocol
from workbench.actions import Freeze, Only, ScaleRate, Thaw
from workbench.half_floats import packed
from workbench.run import RunFolder, Tail, command_of, create


def text_of(widget: Static) -> str:
    return "\n".join(widget.render_line(y).text for y in range(widget.size.height))


async def open_model(pilot: Pilot[str]) -> ModelTree:
    await pilot.press("3")
    await pilot.pause()
    return pilot.app.screen.query_one(ModelTree)


def rows(tree: ModelTree) -> list[str]:
    return [tree.lines.render_line(y).text.rstrip() for y in range(len(tree.lines.shown))]


def marks(tree: ModelTree) -> dict[str, str]:
    return {line[4:].split()[0]: line[2:4].strip() for line in rows(tree) if not line.startswith("   ")}


async def to_row(pilot: Pilot[str], tree: ModelTree, path: str) -> None:
    for _ in range(50):
        if tree.lines.node is not None and tree.lines.node.path == path:
            return
        await pilot.press("j")
    raise AssertionError(f"no row {path}")


async def test_rows_say_what_trains() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        tree = await open_model(pilot)
        assert marks(tree) == {"conv1": "○", "bn1": "○", "relu": "·", "layer1": "○", "layer2": "●", "fc": "●"}
        line = rows(tree)[4]
        for part in ("▸ ● layer2", "Sequential", "8×4×4", "2,032", "×0.1"):
            assert part in line


async def test_space_toggles_and_undo_takes_back() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        tree = await open_model(pilot)
        await to_row(pilot, tree, "layer2")
        await pilot.press("space")
        assert app.draft is not None
        assert app.draft.session.freeze.thaw == ("head",)
        await pilot.press("u")
        assert not app.draft.modified
        await pilot.press("ctrl+r")
        assert marks(tree)["layer2"] == "○"


async def test_lines_that_are_kept_say_what_lines_drawn_anew_say() -> None:
    keys = ("t", "plus", "j", "space", "b", "j", "f", "[", "b", "minus", "u", "u", "]", "T", "u", "F")
    app = app_with_draft()
    async with app.run_test(size=(160, 40)) as pilot:
        tree = await open_model(pilot)
        await pilot.press(">", ">", ">")
        await to_row(pilot, tree, "layer1")
        for key in keys:
            await pilot.press(key)
            kept = rows(tree)
            tree.lines.notify_style_update()
            assert rows(tree) == kept, key


async def test_opening_closing_and_a_mixed_parent() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        tree = await open_model(pilot)
        await to_row(pilot, tree, "layer1")
        await pilot.press("right", "right")
        assert tree.lines.node is not None
        assert tree.lines.node.path == "layer1.0"
        await pilot.press("t")
        assert marks(tree)["layer1"] == "◐"
        await pilot.press("h", "h")
        assert tree.lines.node.path == "layer1"
        assert len(tree.lines.shown) == 6


async def test_the_thaw_line_moves_by_stages_as_fast_as_keys_come() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        tree = await open_model(pilot)
        await pilot.press("left_square_bracket", "left_square_bracket")
        assert set(marks(tree).values()) == {"●", "·"}
        await pilot.press(*["right_square_bracket"] * 9)
        assert marks(tree)["layer2"] == "○"
        assert marks(tree)["fc"] == "●"
        await pilot.press("T")
        assert app.draft is not None
        assert app.draft.session.freeze.thaw == ("stem", "layer1", "layer2", "head")
        await pilot.press("F")
        assert app.draft.session.freeze.thaw == ("head",)


async def test_rates_double_and_halve() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        tree = await open_model(pilot)
        await to_row(pilot, tree, "layer2")
        await pilot.press("plus", "plus", "minus")
        assert app.draft is not None
        assert app.draft.session.optimizer.lr_scales == {"layer2": 2.0}
        assert "×0.2" in rows(tree)[4]


async def test_batchnorm_mode() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        tree = await open_model(pilot)
        await pilot.press("b")
        assert app.draft is not None
        assert app.draft.session.freeze.batchnorm == "follow"
        await to_row(pilot, tree, "layer2")
        await pilot.press("l", "l", "l")
        assert any("BatchNorm2d ↻" in line for line in rows(tree))


async def test_the_filter_shows_matches_with_their_parents() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        tree = await open_model(pilot)
        await pilot.press("slash", *"1.bn", "enter")
        assert [tree.lines.rows.nodes[index].path for index in tree.lines.shown if tree.lines.rows] == [
            "layer1", "layer1.1", "layer1.1.bn", "layer2", "layer2.1", "layer2.1.bn",
        ]  # fmt: skip
        await pilot.press("escape")
        assert len(tree.lines.shown) == 6


async def test_columns_fold_away_where_it_is_narrow() -> None:
    app = app_with_draft()
    async with app.run_test(size=(62, 20)) as pilot:
        tree = await open_model(pilot)
        assert [title for title, _ in tree.lines.columns()] == ["params", "train", "rate"]
        await pilot.resize_terminal(200, 50)
        await pilot.pause()
        assert [title for title, _ in tree.lines.columns()][-1] == "stage"


async def test_lines_have_the_width_of_the_paint_also_before_the_resize_is_heard_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        tree = await open_model(pilot)
        assert tree.lines.render_line(0).cell_length == 80
        monkeypatch.setattr(TreeLines, "on_resize", lambda _: None)
        await pilot.resize_terminal(70, 24)
        await pilot.pause()
        assert tree.lines.render_line(0).cell_length == 70


async def test_letters_in_order_find_what_no_name_holds() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        tree = await open_model(pilot)
        await pilot.press("slash", *"l2bn", "enter")
        assert [tree.lines.rows.nodes[index].path for index in tree.lines.shown if tree.lines.rows] == [
            "layer2", "layer2.0", "layer2.0.bn", "layer2.1", "layer2.1.bn",
        ]  # fmt: skip


async def test_levels_fold_and_unfold() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        tree = await open_model(pilot)
        shown = []
        for key in ("greater_than_sign", "greater_than_sign", "less_than_sign", "less_than_sign"):
            await pilot.press(key)
            shown.append(len(tree.lines.shown))
        assert shown == [10, 18, 10, 6]


async def test_a_letter_jumps_and_is_no_command() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        tree = await open_model(pilot)
        for expected in ("fc", "fc"):
            await pilot.press("apostrophe", "f")
            assert tree.lines.node is not None
            assert tree.lines.node.path == expected
        await pilot.press("apostrophe", "l", "apostrophe", "l")
        assert tree.lines.node.path == "layer2"
        assert app.draft is not None
        assert not app.draft.modified


async def test_a_letter_typed_at_once_behind_the_jump_is_no_command_either() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        tree = await open_model(pilot)
        await pilot.press("T")
        app.simulate_key("apostrophe")
        app.post_message(Key("f", "f"))
        await pilot.pause()
        assert tree.lines.node is not None
        assert tree.lines.node.path == "fc"
        assert marks(tree)["conv1"] == "●"


async def test_details_of_a_module() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        tree = await open_model(pilot)
        await to_row(pilot, tree, "bn1")
        await pilot.press("enter")
        assert type(app.screen).__name__ == "ModuleDetails"
        await pilot.press("escape")
        assert app.current_mode == "model"


async def test_fifteen_hundred_modules_fold_and_scroll() -> None:
    app = app_with_draft(described=model(blocks=250))
    async with app.run_test(size=(80, 24)) as pilot:
        tree = await open_model(pilot)
        await to_row(pilot, tree, "layer1")
        await pilot.press("l", "G")
        assert len(tree.lines.shown) == 256
        assert tree.lines.scroll_offset.y > 200
        assert "fc" in tree.lines.render_line(tree.lines.size.height - 1).text


# ---- a live run ----


def live_run(folder: Path) -> RunFolder:
    run = create(SESSION, "letters", folder)
    (run.path / "model.json").write_bytes(protocol.encode(model()))
    report = protocol.Frozenness(
        step=0,
        trainable=("fc.weight", "fc.bias"),
        trainable_parameters=90,
        rate_scales={},
        training_norms=(),
        batchnorm="frozen",
    )
    write(run, [report])
    return run


async def attached(pilot: Pilot[str], app: ThawApp, folder: Path) -> RunFolder:
    run = live_run(folder)
    await app.attach(run)
    await pilot.pause(0.5)
    return run


def told(run: RunFolder) -> list[object]:
    found = [command_of(line) for line in Tail(run.commands).read()]
    return [command.action for command in found if command is not None]


async def test_keys_reach_a_live_run_and_stay_pending_until_applied(tmp_path: Path) -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        run = await attached(pilot, app, tmp_path)
        tree = await open_model(pilot)
        assert marks(tree)["layer2"] == "○"
        await to_row(pilot, tree, "layer2")
        await pilot.press("space")
        assert told(run) == [Thaw(("layer2",))]
        assert marks(tree)["layer2"] == "●…"
        await pilot.press("space", "plus")
        assert told(run)[1:] == [Freeze(("layer2",)), ScaleRate("layer2", 2.0)]
        assert app.draft is not None
        assert not app.draft.modified


async def test_an_applied_command_is_fact(tmp_path: Path) -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        run = await attached(pilot, app, tmp_path)
        tree = await open_model(pilot)
        await pilot.press("left_square_bracket")
        assert told(run) == []
        await pilot.press("enter")
        assert told(run) == [Only(("layer2", "head"))]
        command = command_of(Tail(run.commands).read()[0])
        assert command is not None
        trainable = tuple(name for name, stage in model().stage_of.items() if stage in {"layer2", "head"})
        write(
            run,
            [
                protocol.Applied(id=command.id, step=3, action=command.action),
                protocol.Frozenness(
                    step=3,
                    trainable=trainable,
                    trainable_parameters=2122,
                    rate_scales=dict.fromkeys(trainable[:-2], 0.1),
                    training_norms=(),
                    batchnorm="frozen",
                ),
            ],
        )
        await pilot.pause(0.6)
        assert marks(tree)["layer2"] == "●"


async def test_the_thaw_line_of_a_live_run_is_shown_before_it_is_applied(tmp_path: Path) -> None:
    app = app_with_draft()
    async with app.run_test(size=(100, 24)) as pilot:
        run = await attached(pilot, app, tmp_path)
        tree = await open_model(pilot)
        foot = tree.query_one(Totals)
        await pilot.press("left_square_bracket", "left_square_bracket")
        assert marks(tree)["layer1"] == "●?"
        assert "layer1: thaws layer1, layer2 (4,064)" in str(foot.render())
        await pilot.press("escape")
        assert marks(tree)["layer1"] == "○"
        assert "trainable 90" in str(foot.render())
        await pilot.press("left_square_bracket", "right_square_bracket", "left_square_bracket", "enter")
        assert told(run) == [Only(("layer2", "head"))]
        assert marks(tree)["layer2"] == "●…"
        assert "1 pending" in str(foot.render())


def heat(step: int, gradient: float) -> protocol.Heat:
    return protocol.Heat(
        step=step,
        gradient=packed((gradient, 0.001)),
        update=packed((0.002, 0.0)),
        weight=packed((2.0, 0.0)),
    )


async def test_heat_stands_in_columns_and_in_the_details(tmp_path: Path) -> None:
    app = app_with_draft()
    async with app.run_test(size=(100, 24)) as pilot:
        run = await attached(pilot, app, tmp_path)
        tree = await open_model(pilot)
        assert "grad" not in [title for title, _ in tree.lines.columns()]
        write(run, [heat(3, 0.5), heat(5, 5.0)])
        await until(pilot, lambda: {"grad", "Δw/w"} <= {title for title, _ in tree.lines.columns()})
        await at_rest(pilot)
        assert "grad" in str(tree.query_one("#tree-heading", Static).render())
        head = rows(tree)[5]
        assert "█ 5" in head
        assert "1.0e-3" in head
        assert "█" not in rows(tree)[4]
        await to_row(pilot, tree, "fc")
        await pilot.press("enter")
        assert "▁█ 0.5 to 5" in text_of(app.screen.query_one(Static))
        await until(pilot, lambda: "sha-256" in text_of(app.screen.query_one("#module-weights", Static)))
        weights = text_of(app.screen.query_one("#module-weights", Static))
        for part in ("8×3", "float32", "ab12cd34", "-0.5 ▂▅█▃ 0.25", "3 no numbers", "all 0"):
            assert part in weights
        write(run, [heat(7, 50.0)])
        await until(pilot, lambda: "0.5 to 50" in text_of(app.screen.query_one(Static)))


async def test_the_tree_beside_the_charts_keeps_the_state_that_a_run_ended_with(tmp_path: Path) -> None:
    app = app_with_draft()
    async with app.run_test(size=(140, 40)) as pilot:
        run = await attached(pilot, app, tmp_path)
        write(run, [protocol.Finished(time=1.0, step=9, reason="completed", seconds=3.0)])
        await pilot.press("4")
        await pilot.pause(0.8)
        tree = app.screen.query_one(ModelTree)
        assert marks(tree)["layer2"] == "○"
        await pilot.press("m")
        await to_row(pilot, tree, "layer2")
        await pilot.press("space")
        assert app.draft is not None
        assert not app.draft.modified
        assert marks(await open_model(pilot))["layer2"] == "●"
