"""Every key that the help lists does something where it says that it works: none is dead.

The keys are those of the bindings from which the help itself is made (`tui.all_keys`); a place for each class that
has some is in `key_places`. A key is alive when after it the picture, the session, a file (what the run was told is
one), the clipboard or a note is another than before, or the workbench was left.
"""

import asyncio
import sys
from pathlib import Path

import pytest
from textual.app import App
from textual.events import Key
from textual.pilot import Pilot

from tests.tui.key_places import PLACES, Place, made
from tests.tui.waiting import until
from tui import citizen
from tui.all_keys import bindings
from tui.app import ThawApp
from workbench import launch

KEYS: dict[str, list[tuple[str, str]]] = {}
"""By class: id of a binding and a key of it; what the help leaves out, because it is the system's, is left out here."""
for owner, binding in bindings():
    if not binding.system:
        KEYS.setdefault(owner.__name__, []).extend((str(binding.id), key) for key in binding.key.split(","))

LEAD_AWAY = ("runs.open", "runs.resume", "welcome.demo", "welcome.choose", "app.leave")
"""What goes to another place for good comes last."""
TEXTUALS = ""
"""Stands for a binding without an id: one that a widget of Textual has, and may pass on."""
LOOKS = 100
LOOK_SECONDS = 0.025


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THAW_RUNS", raising=False)
    monkeypatch.setattr(launch, "worker_command", lambda _: [sys.executable, "-c", ""])
    monkeypatch.setattr(citizen, "has_job_control", lambda: False)


def test_every_class_with_keys_has_a_place() -> None:
    assert set(KEYS) == {place.owner for place in PLACES}
    ids = {name for found in KEYS.values() for name, _ in found}
    assert {name for place in PLACES for name in (*place.before, *place.only)} <= ids


def keys_of(place: Place) -> list[tuple[str, str]]:
    elsewhere = {name for other in PLACES if other.owner == place.owner for name in other.only}
    found = [each for each in KEYS[place.owner] if each[0] in (place.only or {each[0]} - elsewhere)]
    return sorted(found, key=lambda each: LEAD_AWAY.index(each[0]) if each[0] in LEAD_AWAY else -1)


@pytest.mark.parametrize("place", PLACES, ids=[f"{place.owner}-{place.world}" for place in PLACES])
async def test_no_key_is_dead(place: Place, tmp_path: Path) -> None:
    complaints = []
    with made(place.world, tmp_path / "runs") as (app, run):
        async with app.run_test(size=place.size) as pilot:
            if run is not None:
                await app.attach(run)
                await until(pilot, lambda: app.attached.caught_up)
            app.animation_level = "none"
            for name, key in keys_of(place):
                complaints.append(await what_is_wrong_with(name, key, place, pilot))
    assert [complaint for complaint in complaints if complaint] == []


async def what_is_wrong_with(name: str, key: str, place: Place, pilot: Pilot[str]) -> str:
    """Go to the place, press the key, and say what is wrong with it, if anything."""
    app = pilot.app
    assert isinstance(app, ThawApp)
    await as_it_was(app)
    here = {name}
    for _ in range(3):  # a list that is read in a thread may not have been there for the first keys
        if binding_of(app, key) in here:
            break
        await go_to(place, pilot)
        here = {name, TEXTUALS}
    for each in place.before.get(name, ()):
        app.post_message(Key(each, character_of(each)))
        await pilot.pause(LOOK_SECONDS)
    app.clear_notifications()
    before = await at_rest(app)
    if binding_of(app, key) not in (name, TEXTUALS):
        return f"{name}: {key} is {binding_of(app, key)} here"
    app.post_message(Key(key, character_of(key)))
    for _ in range(LOOKS):
        await asyncio.sleep(LOOK_SECONDS)
        if picture(app) != before:
            return ""
    return f"{name}: {key} does nothing"


async def go_to(place: Place, pilot: Pilot[str]) -> None:
    for key in place.keys:
        pilot.app.post_message(Key(key, character_of(key)))
        await at_rest(pilot.app)
    if place.reached is not None:
        await place.reached(pilot)


def binding_of(app: ThawApp, key: str) -> str:
    """The id of the binding that the key has now, empty where it is one of Textual's widgets' own."""
    active = app.screen.active_bindings.get(key)
    if active is None:
        return "no key"
    return (active.binding.id or TEXTUALS) if active.enabled else "greyed out"


def character_of(key: str) -> str | None:
    return key if len(key) == 1 else None


async def as_it_was(app: ThawApp) -> None:
    """Close what lies over the screens, and take the session's edits back."""
    await at_rest(app)
    for _ in range(3 * len(app.screen_stack[1:])):
        app.post_message(Key("escape", None))
        await at_rest(app)
    while app.draft is not None and app.draft.undo():
        app.draft_changed()


async def at_rest(app: App[str]) -> object:
    """The picture once it stays the same by itself."""
    before = None
    for _ in range(LOOKS):
        await asyncio.sleep(LOOK_SECONDS)
        now = picture(app)
        if now == before:
            return now
        before = now
    raise AssertionError("the screen does not come to rest")


def picture(app: App[str]) -> object:
    """Everything that a key can change."""
    if app.return_value is not None or not app.is_running:
        return "left"
    assert isinstance(app, ThawApp)
    lines = app.screen._compositor.render_strips()
    return (
        [[(segment.text, segment.style) for segment in line] for line in lines],
        app.screen,
        app.draft.session if app.draft else None,
        {path: path.stat().st_size for path in Path.cwd().rglob("*") if path.suffix != ".log"},
        app.clipboard,
        [str(note.message) for note in app._notifications],
    )
