"""The user's config files: what they set, what is wrong with them, and that the workbench follows them."""

from pathlib import Path

import pytest

from tests.tui.made_models import app_with_draft, engine
from tests.tui.made_runs import life, made_run, write
from tui import terminal_signs
from tui.all_keys import bindings, what_is_wrong
from tui.app import ThawApp
from tui.help import key_groups
from tui.preferences import Preferences, read_preferences
from tui.signs import ending, title_of
from tui.state import RunView
from workbench import protocol


def files(folder: Path, config: str = "", keys: str = "") -> Path:
    (folder / "config.toml").write_text(config)
    (folder / "keys.toml").write_text(keys)
    return folder


def test_nothing_there_says_nothing(tmp_path: Path) -> None:
    assert read_preferences(tmp_path / "no such folder") == Preferences()


def test_settings_and_keys_in_any_of_tomls_ways(tmp_path: Path) -> None:
    found = read_preferences(
        files(
            tmp_path,
            'theme = "thaw-safe"\nbell = true',
            '"a.b" = "x"\nc.d = "y,ctrl+t"\n[tree]\ntoggle = "z"',
        )
    )
    assert (found.theme, found.bell, found.notify, found.title) == ("thaw-safe", True, False, True)
    assert found.keys == {"a.b": "x", "c.d": "y,ctrl+t", "tree.toggle": "z"}
    assert not found.problems


@pytest.mark.parametrize(
    ("config", "keys", "message", "hint"),
    [
        ("them = 'x'", "", "'them' is no setting", "did you mean 'theme'?"),
        ("bell = 3", "", "bell is 3", "true or false"),
        ("theme = ", "", "config.toml", "until that is put right"),
        ("", "tree.toggle = 7", "tree.toggle has no key", 'write tree.toggle = "x"'),
        ("", "tree.toggle = ''", "tree.toggle has no key", ""),
    ],
)
def test_what_can_not_be_used_is_told(
    tmp_path: Path, config: str, keys: str, message: str, hint: str
) -> None:
    (problem,) = read_preferences(files(tmp_path, config, keys)).problems
    assert message in problem.message
    assert hint in problem.hint


def test_an_id_that_does_not_exist_is_told_with_the_nearest() -> None:
    (problem,) = what_is_wrong({"tree.togle": "x", "tree.toggle": "ctrl+t"})
    assert "'tree.toggle'" in problem.hint


def test_a_key_that_is_taken_from_another_is_told() -> None:
    (problem,) = what_is_wrong({"tree.freeze": "t,x"})
    assert "tree.freeze takes the key 't' from tree.thaw" in problem.message
    assert what_is_wrong({"tree.freeze": "t", "tree.thaw": "f"}) == []


def test_every_binding_has_its_own_id_within_its_widget() -> None:
    seen = [(owner, binding.id) for owner, binding in bindings()]
    assert len(seen) == len(set(seen)) > 60


async def test_another_key_works_and_stands_in_the_help() -> None:
    app = app_with_draft()
    app.set_keymap({"tree.toggle": "x"})
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3", "x")
        assert app.draft is not None
        assert app.draft.modified
        await pilot.press("u", "space")
        assert not app.draft.modified
        assert ("x", "Toggle", "tree.toggle") in key_groups(app.screen)["model tree"]


async def test_problems_and_clashes_are_shown() -> None:
    app = app_with_draft()
    app.preferences = Preferences(theme="thaw-saf", keys={"tree.togle": "x", "tree.freeze": "t"})
    app.set_keymap(dict(app.preferences.keys))
    said: list[str] = []
    app.problem = lambda error: said.append(f"{error.message} {error.hint}")  # type: ignore[method-assign]
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await pilot.pause(0.5)
    text = " ".join(said)
    for part in ("'thaw-saf'", "did you mean 'thaw-safe'?", "tree.togle", "tree.thaw"):
        assert part in text


@pytest.mark.parametrize("theme", ["thaw-contrast", "thaw-contrast-light", "thaw-safe", "thaw-safe-light"])
async def test_a_theme_brings_its_palette_and_the_others_give_it_back(theme: str) -> None:
    app = ThawApp(engine=engine(), preferences=Preferences(theme=theme))
    usual = (app.ansi_theme_dark, app.ansi_theme_light)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.theme == theme
        assert app.ansi_theme not in usual
        app.theme = "textual-light"
        await pilot.pause()
        assert app.ansi_theme is usual[1]


async def test_without_colours_no_sign_is_fainter_than_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = ThawApp(engine=engine(), preferences=Preferences(theme="thaw-safe"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        colours = {app.ansi_theme.ansi_colors[number] for number in range(1, 7)}
        assert len(colours) == 1


async def test_what_the_cursor_is_on_is_copied(tmp_path: Path) -> None:
    app = app_with_draft(path=tmp_path / "mine.toml")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3", "j", "ctrl+y")
        assert app.clipboard == "bn1"
        await pilot.press("tab", "ctrl+y")
        assert app.clipboard == "name=letters"
        await pilot.press("2", "ctrl+y")
        assert app.clipboard == str(tmp_path / "mine.toml")


async def test_without_a_shell_behind_it_it_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.citizen.has_job_control", lambda: False)
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+z")
        await pilot.pause()
        assert any("No shell is behind Thaw" in str(note.message) for note in app._notifications)


# ---- title and bell ----


def view_of(*events: object) -> RunView:
    view = RunView()
    for event in events:
        view.feed(event)  # type: ignore[arg-type]
    return view


def test_the_title_shows_progress() -> None:
    events = list(life())
    assert title_of("", None) == "Thaw"
    assert title_of("bees", view_of(*events[:14])) == "28 % epoch 2/5 · bees · Thaw"
    assert title_of("bees", view_of(*events)) == "finished · bees · Thaw"


def test_only_an_end_that_was_waited_for_is_a_sign() -> None:
    finished = view_of(*life())
    assert ending("bees", "running", finished).startswith("bees: finished, test accuracy")
    assert ending("bees", "", finished) == ""
    assert ending("bees", "finished", finished) == ""
    assert ending("bees", "running", view_of(*list(life())[:9])) == ""


def test_sequences_hold_no_foreign_control_characters() -> None:
    assert terminal_signs.title("a\x07b\x1b[2J") == "\x1b]2;ab[2J\x07"
    assert len(terminal_signs.desktop_note("x" * 999)) < 200


async def test_the_terminal_hears_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(terminal_signs, "write", lambda _, sequence: sent.append(sequence))
    run = made_run(tmp_path, list(life())[:8])
    app = ThawApp(engine=engine(), preferences=Preferences(notify=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await app.attach(run)
        await pilot.pause(0.5)
        assert "running" in sent[-1] or "%" in sent[-1]
        write(run, [protocol.Finished(time=1.0, step=20, reason="completed", seconds=3.0)])
        await pilot.pause(0.6)
        assert any("finished" in each and each.startswith("\x1b]9;") for each in sent)
    assert sent[0] == terminal_signs.KEEP_TITLE
    assert sent[-1] == terminal_signs.GIVE_TITLE_BACK
