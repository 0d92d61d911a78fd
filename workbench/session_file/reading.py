"""From TOML text to a session: overrides applied, every problem told at once."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tomlkit
from pydantic import ValidationError
from tomlkit.exceptions import ParseError, TOMLKitError

from workbench.errors import BadInput
from workbench.session import Session
from workbench.session_file.problems import Problem, SessionError, problems_of


def load(path: Path) -> Session:
    """The session in a TOML file; SessionError or BadInput says what is wrong."""
    return parse(read_text(path), str(path))


def read_text(path: Path) -> str:
    """The text of a session file; BadInput where it can't be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file", "give a session file, or the name of a bundled one") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: can't be read: {error}", "a session is a UTF-8 TOML file") from None


def parse(text: str, source: str = "session", overrides: Iterable[str] = ()) -> Session:
    """The session in a TOML text, with ``key=value`` overrides applied; SessionError holds every problem."""
    try:
        values: dict[str, Any] = tomlkit.parse(text).unwrap()
    except ParseError as error:
        raise SessionError(source, [Problem(error.line, "", f"not valid TOML: {_syntax(error)}")]) from None
    for override in overrides:
        _override(values, override)
    try:
        return Session.model_validate(values)
    except ValidationError as error:
        raise SessionError(source, problems_of(error, text)) from None


def _syntax(error: ParseError) -> str:
    message = re.sub(r" at line \d+ col \d+$", "", str(error))
    return "a string is not closed on its line" if r"\u000a" in message else message[:1].lower() + message[1:]


def changed(session: Session, key: str, value: object) -> Session:
    """The session with one dotted key changed; SessionError where the value does not fit."""
    values = session.model_dump()
    _put(values, key.split("."), value)
    try:
        return Session.model_validate(values)
    except ValidationError as error:
        raise SessionError(session.name, problems_of(error, "")) from None


def _override(values: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals:
        raise BadInput(f"--set {override}: expected key=value", "for example --set optimizer.lr=0.001")
    _put(values, _key_parts(key.strip()), toml_value(text.strip()))


def _key_parts(key: str) -> list[str]:
    """The parts of a dotted key as TOML reads it: ``optimizer.lr_scales."layer4.*"`` has three."""
    try:
        inner: Any = tomlkit.parse(f"{key} = 0").unwrap()
    except TOMLKitError:
        raise BadInput(f"--set {key}: not a key", "for example --set optimizer.lr=0.001") from None
    parts: list[str] = []
    while isinstance(inner, dict) and len(inner) == 1:
        [(part, inner)] = inner.items()
        parts.append(part)
    return parts


def toml_value(text: str) -> Any:
    """A value as TOML reads it; a bare word that is no TOML value is taken as a string."""
    try:
        return tomlkit.parse(f"value = {text}").unwrap()["value"]
    except TOMLKitError:
        return text


def _put(values: dict[str, Any], parts: list[str], value: object) -> None:
    for part in parts[:-1]:
        inner = values.setdefault(part, {})
        if not isinstance(inner, dict):
            raise BadInput(f"{'.'.join(parts)}: {part} is no table", "see thaw check --schema for the keys")
        values = inner
    values[parts[-1]] = value
