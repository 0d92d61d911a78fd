"""What a user prefers: colours, signs that a run has ended, and keys, from two small files in the config folder.

``config.toml`` holds `theme`, `bell`, `notify`, `title` and `hints`; ``keys.toml`` holds a key, or several with commas,
for the id of a binding. What can't be used is told and left out; the rest holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from workbench.errors import BadInput, did_you_mean

CONFIG, KEYS = "config.toml", "keys.toml"
SETTINGS: dict[str, type] = {"theme": str, "bell": bool, "notify": bool, "title": bool, "hints": bool}


@dataclass(frozen=True, slots=True)
class Preferences:
    """How this user wants the workbench.

    `bell` rings and `notify` sends a desktop note (OSC 9) when a run ends or stops getting better; `title` shows
    progress in the terminal's title, `hints` the hint lines of screens. `keys` maps ids of bindings to keys as
    Textual names them.
    """

    theme: str = ""
    bell: bool = False
    notify: bool = False
    title: bool = True
    hints: bool = True
    keys: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[BadInput, ...] = ()


def folder() -> Path:
    """Where the files lie: ``~/.config/thaw``, or where ``XDG_CONFIG_HOME`` says (on macOS: Application Support)."""
    return platformdirs.user_config_path("thaw")


def read_preferences(place: Path | None = None) -> Preferences:
    """The preferences in a folder, the user's own unless given; files that are not there say nothing."""
    place = place or folder()
    problems: list[BadInput] = []
    settings = _table(place / CONFIG, problems)
    keys = dict(_flat(_table(place / KEYS, problems)))
    for name, keys_of in list(keys.items()):
        if not isinstance(keys_of, str) or not keys_of.strip():
            problems.append(BadInput(f"{place / KEYS}: {name} has no key", f'write {name} = "x"'))
            del keys[name]
    for name, value in list(settings.items()):
        problem = _problem_with(name, value)
        if problem is not None:
            problems.append(BadInput(f"{place / CONFIG}: {problem.message}", problem.hint))
            del settings[name]
    return Preferences(**settings, keys=keys, problems=tuple(problems))


def _problem_with(name: str, value: object) -> BadInput | None:
    if name not in SETTINGS:
        hint = did_you_mean(name, list(SETTINGS)) or f"known are {', '.join(SETTINGS)}"
        return BadInput(f"{name!r} is no setting", hint)
    if not isinstance(value, SETTINGS[name]):
        expected = "a name in quotes" if SETTINGS[name] is str else "true or false"
        return BadInput(f"{name} is {value!r}", f"expected {expected}")
    return None


def _table(path: Path, problems: list[BadInput]) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        problems.append(BadInput(f"{path} can't be read: {error}", "it is left out"))
        return {}
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(BadInput(f"{path}: {error}", "it is left out until that is put right"))
        return {}


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """``[tree] toggle = "x"``, ``tree.toggle = "x"`` and ``"tree.toggle" = "x"`` are the same."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
