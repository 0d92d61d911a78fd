"""The dialog that asks for a path, by its keys: completing, choosing, going into folders, and what it refuses."""

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from textual.app import App
from textual.geometry import Offset
from textual.widgets import Input, Static

from tests.tui.made_models import app_with_draft, engine
from tests.tui.waiting import until
from tui.app import ThawApp
from tui.help import key_groups
from tui.path_goals import Goal, Saving
from tui.screens.path_dialog import PathDialog
from tui.widgets.path_list import PathList
from workbench.errors import BadInput


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for file in (
        "photos/ant/1.jpg",
        "photos/bee/1.jpg",
        "phones/old/readme",
        ".hidden/x",
        "notes.txt",
        "labels.csv",
    ):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def odd(here: Path) -> None:
    (here / "loop").symlink_to("loop")
    os.mkfifo(here / "pipe.toml")


class Asking(App[None]):
    """Shows the dialog and keeps its answer."""

    def __init__(self, text: str = "", goal: Goal | None = None) -> None:
        super().__init__()
        self.answer: Path | None = None
        self.answered = False
        self._dialog = PathDialog("Open", text, goal=goal)

    def on_mount(self) -> None:
        self.push_screen(self._dialog, self._take)

    def _take(self, answer: Path | None) -> None:
        self.answer, self.answered = answer, True


def field(app: App[None]) -> str:
    return app.screen.query_one(Input).value


def said(app: App[None]) -> str:
    return str(app.screen.query_one("#said", Static).render())


def lines(app: App[None]) -> list[str]:
    """The lines of the list, each with single spaces."""
    listed = app.screen.query_one(PathList)
    drawn = [listed.render_line(y).text for y in range(listed.size.height)]
    return [" ".join(line.split()) for line in drawn if line.strip()]


async def test_entries_are_listed_with_what_they_are() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        await until(pilot, lambda: "photos/ images, 2 classes" in lines(app))
        assert lines(app) == ["phones/ folder", "photos/ images, 2 classes", "labels.csv label file"]


async def test_letters_typed_behind_a_tab_stay_behind_it() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        await pilot.press(*"ph", "tab", *"t", "tab", *"a", "tab")
        assert field(app) == "photos/ant/"


async def test_tab_goes_into_the_list_and_then_takes_the_entry() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        await pilot.press(*"pho", "tab")
        assert (field(app), lines(app)[0]) == ("pho", "› phones/ folder")
        await pilot.press("down", "tab")
        assert field(app) == "photos/"


async def test_enter_takes_the_first_that_fits_what_is_no_name() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        await pilot.press(*"PHOT", "enter")
        await until(pilot, lambda: app.answered)
    assert app.answer == Path("photos")


async def test_down_moves_in_the_list_while_typing_goes_on() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        await until(pilot, lambda: len(lines(app)) == 3)
        await pilot.press("down", "down", "up", "up", "down", "down", "down")
        assert lines(app)[2].startswith("› labels.csv")
        await pilot.press("p")
        await until(pilot, lambda: len(lines(app)) == 2)
        assert lines(app)[0] == "› phones/ folder"


async def test_enter_goes_into_a_plain_folder_and_asks_before_it_opens_one() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        await pilot.press(*"phones", "enter")
        await until(pilot, lambda: field(app) == "phones/")
        await pilot.press("enter")
        await until(pilot, lambda: "no images, session or run" in said(app))
        assert not app.answered
        await pilot.press("enter")
        await until(pilot, lambda: app.answered)
    assert app.answer == Path("phones")


async def test_the_folder_above_and_back() -> None:
    app = Asking("photos/ant/")
    async with app.run_test() as pilot:
        await pilot.press("shift+tab")
        assert field(app) == "photos/"
        await pilot.press("alt+up", "alt+up")
        assert field(app) == "../"


@pytest.mark.parametrize(
    ("text", "message", "advice"),
    [
        ("nowhere", "nowhere: no such file or folder", "give a folder of images"),
        ("notes.txt", "notes.txt: is no session", "for pictures give their folder"),
        ("notes.txt/x", "notes.txt/x: no such file or folder", "give a folder"),
        ("loop", "loop: ", ""),
        ("pipe.toml", "pipe.toml: is no session", ""),
    ],
)
@pytest.mark.usefixtures("odd")
async def test_what_can_not_be_opened_is_said_and_the_text_stays(
    text: str, message: str, advice: str
) -> None:
    app = Asking()
    async with app.run_test() as pilot:
        await pilot.press(*text, "enter")
        await until(pilot, lambda: message in said(app))
        assert advice in said(app)
        assert (field(app), app.answered) == (text, False)
        await pilot.press("backspace")
        await until(pilot, lambda: message not in said(app))


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
async def test_a_folder_without_permission_is_said() -> None:
    os.chmod("phones", 0)  # noqa: PTH101
    app = Asking("phones")
    async with app.run_test() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "phones: can't be read" in said(app))
    os.chmod("phones", 0o700)  # noqa: PTH101


@pytest.mark.parametrize("name", ["two words", "🎉 party", "עברית", "evil\x1b[2J\nname", "~", "[red]x"])
async def test_any_name_is_shown_inert_and_opened_right(here: Path, name: str) -> None:
    (here / "odd" / name / "ant").mkdir(parents=True)
    (here / "odd" / name / "ant" / "1.jpg").touch()
    os.chdir(here / "odd")
    app = Asking()
    async with app.run_test() as pilot:
        await until(pilot, lambda: len(lines(app)) == 1)
        assert lines(app)[0].isprintable()
        await pilot.press("tab")
        assert field(app).isprintable()
        await pilot.press("enter")
        await until(pilot, lambda: app.answered)
    assert app.answer is not None
    assert app.answer.samefile(here / "odd" / name)


async def test_hidden_entries_come_with_a_dot_and_home_with_a_tilde(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(here / "photos"))
    app = Asking()
    async with app.run_test() as pilot:
        await pilot.press(".")
        await until(pilot, lambda: lines(app) == [".hidden/ folder"])
        await pilot.press("backspace", "~")
        await until(pilot, lambda: len(lines(app)) == 2)
        await pilot.press("tab", *"b", "tab")
        assert field(app) == "~/bee/"


async def test_ten_thousand_entries_scroll(here: Path) -> None:
    many = here / "many"
    many.mkdir()
    for number in range(10_000):
        (many / f"{number:05}.csv").touch()
    app = Asking("many/")
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(lines(app)))
        await pilot.press(*["pagedown"] * 3)
        await until(pilot, lambda: "label file" in lines(app)[-1])
        assert any(line.startswith("›") for line in lines(app))
        await pilot.press(*"9999")
        await until(pilot, lambda: "1 entry" in said(app))
        assert lines(app) == ["› 09999.csv label file"]


@pytest.fixture
def dead_mount(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that the system does not answer for, as where a file server is gone."""
    dead, gone, scandir = here / "dead", Event(), os.scandir
    dead.mkdir()

    def hanging(path: str | os.PathLike[str] = ".") -> Iterator[os.DirEntry[str]]:
        if Path(path).name == "dead":
            gone.wait()
        return scandir(path)

    monkeypatch.setattr(os, "scandir", hanging)
    yield dead
    gone.set()


async def test_a_folder_that_never_answers_holds_nothing_up(dead_mount: Path) -> None:
    app = Asking()
    async with app.run_test() as pilot:
        await pilot.press(*"dead/x")
        await until(pilot, lambda: said(app) == "reading dead/ …")
        await pilot.press("y", "enter")
        await until(pilot, lambda: said(app) == "reading dead/ …")
        assert field(app) == "dead/xy"
        await pilot.press("ctrl+u", *"photos", "enter")
        await until(pilot, lambda: app.answered)
    assert app.answer == Path("photos")


async def test_a_click_takes_an_entry_into_the_field() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        await until(pilot, lambda: len(lines(app)) == 3)
        await pilot.click(PathList, offset=Offset(5, 1))
        assert field(app) == "photos/"


def refused(path: Path) -> None:
    if path.suffix != ".csv":
        raise BadInput(f"{path}: unknown suffix", "give .csv")


async def test_saving_says_what_is_there_already_and_what_is_not() -> None:
    app = Asking("labels.csv", Saving((".csv",), refused))
    async with app.run_test() as pilot:
        await until(pilot, lambda: "labels.csv exists already" in said(app))
        await pilot.press("home", *"new/")
        await until(pilot, lambda: "the folder new does not exist" in said(app))
        await pilot.press("end", "x", "enter")
        await until(pilot, lambda: "unknown suffix\n→ give .csv" in said(app))
        assert not app.answered


async def test_what_is_refused_stays_said_where_the_disk_answers_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = Event()

    def late(goal: Saving, path: Path) -> str:
        answers.wait()
        return f"a remark on {path}"

    monkeypatch.setattr(Saving, "remark", late)
    app = Asking("labels.csv", Saving((".csv",), refused))
    async with app.run_test() as pilot:
        await pilot.press("end", "x", "enter")
        await until(pilot, lambda: "unknown suffix" in said(app))
        answers.set()
        for _ in range(10):
            await pilot.pause(0.02)
        assert "unknown suffix" in said(app)


async def test_saving_moves_the_name_to_another_folder() -> None:
    app = Asking("result.csv", Saving((".csv",), refused))
    async with app.run_test() as pilot:
        await until(pilot, lambda: len(lines(app)) == 2)
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: field(app) == "photos/result.csv")
        await pilot.press("shift+tab")
        assert field(app) == "result.csv"
        await pilot.press("enter")
        await until(pilot, lambda: app.answered)
    assert app.answer == Path("result.csv")


async def test_a_session_is_saved_where_the_dialog_says() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        app.action_save_as()
        await until(pilot, lambda: isinstance(app.screen, PathDialog) and app.screen.is_mounted)
        await until(pilot, lambda: "it is made" in said(app))
        await pilot.press("ctrl+u", *"deep/mine", "enter")
        await until(pilot, Path("deep/mine.toml").is_file)


async def test_the_help_has_the_keys_of_the_dialog() -> None:
    app = ThawApp(engine=engine())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+o")
        await pilot.pause()
        groups = key_groups(app.screen)
        assert {"path.complete", "path.parent", "path.enter"} <= {name for _, _, name in groups["path input"]}
        await pilot.press("f1")
        assert type(app.screen).__name__ == "HelpScreen"
