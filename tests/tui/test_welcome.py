"""The first screen: what it offers from here, and opening it."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from tests.tui.made_models import SESSION, engine
from tests.tui.made_runs import life, made_run
from tests.tui.waiting import at_rest, until
from tui.app import ThawApp
from tui.opening import kind_of, meant, offers
from workbench.errors import BadInput


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THAW_RUNS", raising=False)
    return tmp_path


def photos(folder: Path) -> Path:
    for name in ("ants", "[b]bees[/b]"):
        (folder / name.replace("/", "_")).mkdir(parents=True)
        (folder / name.replace("/", "_") / "1.jpg").touch()
    return folder


def listed(app: ThawApp) -> list[str]:
    return [str(option.prompt) for option in app.screen.query_one(OptionList).options]


async def settled(pilot: Pilot[str]) -> None:
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def choose(pilot: Pilot[str], start: str) -> None:
    options = pilot.app.screen.query_one(OptionList)
    options.highlighted = next(
        index for index, option in enumerate(options.options) if str(option.prompt).startswith(start)
    )
    await pilot.press("enter")
    await settled(pilot)


async def test_an_empty_folder_offers_the_demo_and_the_examples(here: Path) -> None:
    app = ThawApp(engine=engine())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        lines = listed(app)
        assert lines[1].startswith("the demo")
        assert any(line.startswith("digits") for line in lines)
        assert app.screen.query_one("#hint").display


async def test_the_first_hint_stands_beside_the_look_at_what_lies_here(here: Path) -> None:
    photos(here / "insects")
    app = ThawApp(engine=engine())
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        hint, about = (app.screen.query_one(each, Static) for each in ("#hint", "#about"))
        assert "insects" in str(about.content)
        assert hint.display
        assert "press space" in str(hint.content)
        app.screen.query_one(OptionList).highlighted = 1
        await settled(pilot)
        assert "handwritten digits" in str(about.content)
        assert str(about.content) != str(hint.content)


async def test_what_lies_here_is_offered(here: Path) -> None:
    photos(here / "insects")
    (here / "sessions").mkdir()
    (here / "sessions" / "mine.toml").write_text(SESSION)
    made_run(here / "runs", life())
    app = ThawApp(engine=engine())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        lines = listed(app)
        assert any("open insects" in line and "[b]bees[_b]" in line for line in lines)
        assert any("finished" in line and "epoch 5/5" in line for line in lines)
        assert any(line.startswith("mine") and "The session of the screens' tests." in line for line in lines)
        assert not app.screen.query_one("#hint").display


async def test_a_folder_of_pictures_becomes_a_proposed_session(here: Path) -> None:
    photos(here / "insects")
    app = ThawApp(engine=engine())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await choose(pilot, "open insects")
        assert app.current_mode == "data"
        assert app.draft is not None
        assert app.draft.session.name == "proposed"
        assert app.draft.path is None


async def test_a_run_is_attached_with_its_session(here: Path) -> None:
    run = made_run(here / "runs", life())
    app = ThawApp(engine=engine())
    async with app.run_test(size=(80, 24)) as pilot:
        await at_rest(pilot)
        await choose_run(pilot, run.name)
        await until(pilot, lambda: app.attached is not None and app.attached.caught_up and app.draft)
        assert app.attached.run.name == run.name
        assert app.current_mode == "train"
        assert app.attached.view.state == "finished"


async def choose_run(pilot: Pilot[str], name: str) -> None:
    options = pilot.app.screen.query_one(OptionList)
    options.highlighted = next(
        index for index, option in enumerate(options.options) if name in str(option.prompt)
    )
    await pilot.press("enter")
    await at_rest(pilot)


async def test_a_broken_session_is_explained_with_its_lines(here: Path) -> None:
    (here / "sessions").mkdir()
    (here / "sessions" / "broken.toml").write_text("nmae = 'x'\n[train]\nepochs = -1\n")
    app = ThawApp(engine=engine())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await choose(pilot, "broken")
        said = str(app.screen.query("Static").last().render())
        assert "line 1" in said
        assert "line 3" in said
        await pilot.press("escape")
        assert app.current_mode == "welcome"


async def test_a_path_that_is_nothing_is_explained(here: Path) -> None:
    app = ThawApp(engine=engine())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+o")
        await pilot.pause()
        app.screen.query_one(Input).value = "nowhere"
        await pilot.press("enter")
        for _ in range(100):
            said = str(app.screen.query_one("#said", Static).render())
            if "no such file or folder" in said:
                break
            await pilot.pause(0.05)
        assert "no such file or folder" in said


async def test_the_engines_refusal_of_a_folder_leads_back(here: Path) -> None:
    (here / "empty").mkdir()
    app = ThawApp(Path("empty"), engine=engine())
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(100):
            if type(app.screen).__name__ == "ProblemScreen":
                break
            await pilot.pause(0.1)
        assert "no pictures" in str(app.screen.query("Static").last().render())
        await pilot.press("escape")
        assert app.current_mode == "welcome"


async def test_typing_a_path_completes_it(here: Path) -> None:
    (here / "photographs").mkdir()
    app = ThawApp(engine=engine())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+o", "p", "h", "tab")
        assert app.screen.query_one(Input).value == "photographs/"
        await pilot.press("escape")
        assert app.current_mode == "welcome"


def test_kinds_of_paths(here: Path) -> None:
    (here / "mine.toml").touch()
    (here / "notes.txt").touch()
    run = made_run(here / "runs", life())
    assert kind_of(run.path) == "run"
    assert kind_of(here) == "folder"
    assert kind_of(here / "mine.toml") == "session"
    with pytest.raises(BadInput, match="is no session"):
        kind_of(here / "notes.txt")


def test_names_mean_runs_and_sessions_too(here: Path) -> None:
    run = made_run(here / "runs", life())
    assert meant(run.name) == Path("runs") / run.name
    assert meant("digits").name == "digits.toml"
    assert meant("nowhere") == Path("nowhere")


def test_a_deleted_or_torn_run_does_not_hide_the_others(here: Path) -> None:
    run = made_run(here / "runs", life())
    with run.events.open("ab") as file:
        file.write(b'{"event":"steps","st')
    made_run(here / "runs", life()).events.unlink()
    assert [offer.title for offer in offers(here) if offer.group == "runs"] == [run.name]
