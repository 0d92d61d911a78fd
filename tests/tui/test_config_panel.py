"""The session's fields by keys: choosing, typing with complaints, defaults, undo, saving with comments kept."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.tui.made_models import SESSION, app_with_draft
from tests.tui.waiting import until
from tui.app import ThawApp
from tui.field_values import next_choice, read, shown, typed
from tui.widgets.config_panel import ConfigPanel
from workbench.errors import BadInput
from workbench.session import Session
from workbench.session_file import field_descriptions, load

FIELDS = {field.key: field for field in field_descriptions()}


async def open_fields(pilot: Pilot[str]) -> ConfigPanel:
    await pilot.press("3", "tab")
    await pilot.pause()
    return pilot.app.screen.query_one(ConfigPanel)


async def to_field(pilot: Pilot[str], panel: ConfigPanel, key: str) -> None:
    await pilot.press("home")
    for _ in FIELDS:
        if panel.fields.field is not None and panel.fields.field.key == key:
            return
        await pilot.press("down")
    raise AssertionError(f"no field {key}")


def session_of(app: ThawApp) -> Session:
    assert app.draft is not None
    return app.draft.session


def help_text(panel: ConfigPanel) -> str:
    return str(panel.query_one("#field-help", Static).render())


async def retype(pilot: Pilot[str], text: str) -> None:
    pilot.app.screen.query_one("#field-input", Input).value = ""
    await pilot.press(*text)
    await pilot.pause()


async def test_every_field_is_listed_and_what_differs_is_marked() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 60)) as pilot:
        panel = await open_fields(pilot)
        lines = [panel.fields.render_line(y).text for y in range(panel.fields.virtual_size.height)]
        assert len(lines) == len(FIELDS) + 7
        assert next(line for line in lines if "strategy" in line).startswith("•")
        assert next(line for line in lines if "seed" in line).startswith(" ")


async def test_choices_go_round() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        panel = await open_fields(pilot)
        await to_field(pilot, panel, "strategy")
        await pilot.press("right")
        assert session_of(app).strategy == "full"
        await pilot.press("left", "left")
        assert session_of(app).strategy == "feature-extraction"
        await pilot.press("u")
        assert session_of(app).strategy == "last-block"


async def test_typing_is_checked_while_it_is_typed() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        panel = await open_fields(pilot)
        await to_field(pilot, panel, "optimizer.lr")
        await pilot.press("enter")
        await retype(pilot, "-1")
        assert help_text(panel).startswith("✗")
        await pilot.press("enter")
        assert panel.has_class("-editing")
        await retype(pilot, "2e-3")
        assert not help_text(panel).startswith("✗")
        await pilot.press("enter")
        assert not panel.has_class("-editing")
        assert session_of(app).optimizer.lr == pytest.approx(2e-3)


async def test_escape_drops_what_was_typed() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        panel = await open_fields(pilot)
        await to_field(pilot, panel, "train.epochs")
        await pilot.press("enter")
        await retype(pilot, "77")
        await pilot.press("escape")
        assert session_of(app).train.epochs == 5


async def test_down_keeps_what_was_typed_and_goes_on() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        panel = await open_fields(pilot)
        await to_field(pilot, panel, "train.epochs")
        await pilot.press("enter")
        await retype(pilot, "9")
        await pilot.press("down")
        assert session_of(app).train.epochs == 9
        assert panel.fields.field is not None
        assert panel.fields.field.key == "train.precision"


async def test_backspace_gives_the_default_back() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        panel = await open_fields(pilot)
        await to_field(pilot, panel, "strategy")
        await pilot.press("backspace")
        assert session_of(app).strategy == "feature-extraction"


async def test_another_model_is_asked_of_the_engine_and_a_wrong_one_is_explained() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        panel = await open_fields(pilot)
        await to_field(pilot, panel, "model.name")
        await pilot.press("enter")
        await retype(pilot, "unknown")
        await pilot.press("enter")
        about = app.screen.query_one("#about-model", Static)
        for _ in range(100):
            if about.display:
                break
            await pilot.pause(0.1)
        assert "did you mean 'resnet18'?" in str(about.render())
        await pilot.press("backspace")
        for _ in range(100):
            if not about.display:
                break
            await pilot.pause(0.1)
        assert not about.display


async def test_saving_keeps_comments_and_order(tmp_path: Path) -> None:
    path = tmp_path / "letters.toml"
    path.write_text(SESSION)
    app = app_with_draft(path=path)
    async with app.run_test(size=(80, 24)) as pilot:
        panel = await open_fields(pilot)
        await to_field(pilot, panel, "optimizer.lr")
        await pilot.press("enter")
        await retype(pilot, "0.5")
        await pilot.press("enter", "ctrl+s")
        await pilot.pause()
        await app.workers.wait_for_complete()
        assert app.draft is not None
        assert not app.draft.modified
    assert path.read_text() == SESSION.replace("lr = 1e-3 ", "lr = 0.5 ")


async def test_a_session_without_a_file_asks_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert app.screen.query_one(Input).value == "sessions/letters.toml"
        await pilot.press("enter")
        await until(pilot, lambda: app.draft is not None and app.draft.path is not None)
    assert load(tmp_path / "sessions" / "letters.toml").name == "letters"


async def test_a_file_that_is_there_is_replaced_only_when_agreed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    target = tmp_path / "sessions" / "letters.toml"
    target.parent.mkdir()
    target.write_text("# mine\n")
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+s")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("n")
        await pilot.pause()
        assert target.read_text() == "# mine\n"


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("freeze.thaw", "head, layer4.*", ("head", "layer4.*")),
        ("freeze.thaw", "", None),
        ("freeze.freeze", "", ()),
        ("optimizer.lr_scales", "layer4.* = 0.5, head=2", {"layer4.*": 0.5, "head": 2}),
        ("optimizer.lr_scales", '"head" = .5', {"head": ".5"}),
        ("optimizer.options", "betas = [0.9, 0.95], eps=1e-7", {"betas": [0.9, 0.95], "eps": 1e-7}),
        ("optimizer.options", "amsgrad = true, ns_steps = 5", {"amsgrad": True, "ns_steps": 5}),
        ("data.image_size", "", None),
        ("name", " digits ", "digits"),
    ],
)
def test_texts_become_values(key: str, text: str, value: object) -> None:
    assert read(FIELDS[key], text) == value


@pytest.mark.parametrize("text", ["layer4", "= 2", "head = 1, = 2"])
def test_a_pair_that_lacks_a_side_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="NAME = VALUE"):
        read(FIELDS["optimizer.lr_scales"], text)


async def test_options_of_the_optimizer_are_typed_as_toml() -> None:
    app = app_with_draft()
    async with app.run_test(size=(80, 24)) as pilot:
        panel = await open_fields(pilot)
        await to_field(pilot, panel, "optimizer.options")
        await pilot.press("enter")
        await retype(pilot, "betas = [0.9, x]")
        assert "numbers in brackets" in help_text(panel)
        await retype(pilot, "betas = [0.9, 0.95], amsgrad = true")
        await pilot.press("enter")
        await pilot.pause()
        assert session_of(app).optimizer.options == {"betas": (0.9, 0.95), "amsgrad": True}
        assert shown(session_of(app).optimizer.options) == "betas = [0.9, 0.95], amsgrad = true"


def test_values_as_people_read_them() -> None:
    assert [shown(value) for value in (None, True, 1e-3, (), ("a", "b"), {"x": 0.5})] == [
        "default", "yes", "0.001", "none", "a, b", "x = 0.5",
    ]  # fmt: skip
    assert typed(()) == ""


def test_an_optional_choice_can_be_unset() -> None:
    assert next_choice(FIELDS["data.flip"], None, 1) is True
    assert next_choice(FIELDS["data.flip"], value=False, places=1) is None
