"""Names as people and machines give them: they stand in their cells, and no part of one commands the terminal."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from tests.tui.key_places import SESSION
from tests.tui.made_models import app_with_draft, model
from tests.tui.made_runs import life, made_predictions, made_run, write_evaluation
from tests.tui.waiting import until
from tui.app import ThawApp
from workbench.protocol import ClassCount, DataPreview, Thumbnail, encode
from workbench.run import Remarks, RunFolder, write_remarks
from workbench.safe_text import has_unsafe

NAMES = [
    "ant",
    "🐜🐝 emoji",
    "👩‍🔬 joined",
    "🇩🇪 flag",
    "ערבית نملة",
    "蟻と蜂の写真",
    "e\u0301\u0302 combining z̷̢a̶l̵",
    "\x1b[2J\x1b[31mescape",
    "two\nlines\r\ttab",
    "\u202etxt.exe",
    "[red]markup[/red] [/]",
    "\x9b2J C1",
    "zero\u200bwidth\ufeff",
    "very long " * 20,
    "蟻" * 60,
    " ",
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THAW_RUNS", raising=False)


def named_run(folder: Path, name: str) -> RunFolder:
    """A finished run in a folder of that name, which took every class for the next one now and then."""
    run = made_run(folder, life(), SESSION)
    new = run.path.with_name(name.replace("/", "-"))
    run = RunFolder(run.path.rename(new))
    predictions = [
        msgspec.structs.replace(one, file=f"{one.label}/{number}.png")
        for number, one in enumerate(made_predictions(NAMES, 200))
    ]
    write_evaluation(run, "test", predictions, NAMES)
    (run.path / "model.json").write_bytes(encode(model()))
    write_remarks(run, Remarks(tuple(NAMES[:8]), "a note\x1b[2J\nof two lines 蟻"))
    return run


def named_app() -> ThawApp:
    app = app_with_draft(SESSION.replace('"digits"', '"蟻 \\u001b[2J\\n[red]"'), described=model())
    assert app.draft is not None
    app.draft.preview = DataPreview(
        source="photos/\x1b[2J蟻",
        classes=tuple(ClassCount(name, 20, 5, 4) for name in NAMES),
        image_size=64,
        notices=("\x1b[2Jtorn.png can't be read",),
        samples=tuple(Thumbnail(f"{name}/1.png", 8, 8, bytes(192), name) for name in NAMES),
    )
    return app


def lines(app: ThawApp) -> Iterator[str]:
    """What is painted, line by line."""
    for strip in app.screen._compositor.render_strips():
        yield strip.text


def assert_sound(app: ThawApp, where: str) -> None:
    for number, line in enumerate(lines(app)):
        assert not has_unsafe(line), f"{where}, line {number}: {line!r}"
        assert cell_len(line) == app.size.width, f"{where}, line {number}: {line!r}"


async def look(pilot: Pilot[str], where: str, *keys: str) -> list[str]:
    await pilot.press(*keys)
    await pilot.pause(0.1)
    assert_sound(pilot.app, where)
    return list(lines(pilot.app))


@pytest.mark.parametrize("size", [(60, 16), (120, 40)])
async def test_every_screen_shows_them(size: tuple[int, int], tmp_path: Path) -> None:
    runs = [named_run(tmp_path / "runs", name[:40]) for name in ("蟻 \x1b[2J\n[red] 🐜", "second [/b]")]
    for name in [*NAMES[:13], "no UTF-8 \udcff"]:
        for one in NAMES[:3]:
            place = tmp_path / name.replace("/", "-") / one
            place.mkdir(parents=True)
            (place / "1.png").touch()
    app = named_app()
    async with app.run_test(size=size) as pilot:
        await look(pilot, "welcome", "1", "G")
        for _ in range(9):
            await look(pilot, "welcome", "j")
        shown = await look(pilot, "data", "2")
        counts = [cell_len(line.partition("20 · 5 · 4")[0]) for line in shown if "20 · 5 · 4" in line]
        assert len(counts) > 3
        assert len(set(counts)) == 1, "the counts stand one below the other"
        await app.attach(runs[0])
        await until(pilot, lambda: app.attached.caught_up)
        await look(pilot, "train", "4")
        await look(pilot, "chart", "v", "o")
        await look(pilot, "overlay", "enter", "right")
        await pilot.press("escape")
        await look(pilot, "help", "question_mark")
        await pilot.press("escape")
        await look(pilot, "matrix", "5")
        for _ in range(4):
            await look(pilot, "matrix", "j", "l")
        await look(pilot, "matrix sorted", "s", "percent_sign", "n")
        await look(pilot, "mix-ups", "w")
        await look(pilot, "classes", "c")
        await look(pilot, "calibration", "b")
        await look(pilot, "pictures", "i")
        await look(pilot, "all pictures", "a", "G")
        await look(pilot, "large picture", "enter")
        await pilot.press("escape")
        await look(pilot, "relabel", "r")
        await pilot.press("escape")
        await look(pilot, "export", "E")
        await pilot.press("escape")
        await look(pilot, "runs", "6")
        await look(pilot, "tags", "t")
        await pilot.press("escape")
        await look(pilot, "delete", "d")
        await pilot.press("escape")
        await look(pilot, "difference", "equals_sign")
        await look(pilot, "difference", "enter")
