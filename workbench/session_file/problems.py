"""What is wrong with a session: each problem with its line, its key and what to do about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import BaseModel, ValidationError

from workbench.errors import BadInput, did_you_mean
from workbench.session import Session
from workbench.session_file.fields import section_of


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a session: where, and what to do."""

    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.key}: {self.message}" if self.key else f"{place}{self.message}"


class SessionError(BadInput):
    """A session that can't be used; `problems` holds every error at once."""

    def __init__(self, source: str, problems: list[Problem]) -> None:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(
            f"{source}: {count}\n" + "\n".join(f"  {problem}" for problem in problems),
            "correct the session, then try again (thaw check SESSION validates it)",
        )
        self.problems = problems


def problems_of(error: ValidationError, text: str) -> list[Problem]:
    """Every problem of a session that does not validate, in the order of the lines of its text."""
    lines = _key_lines(text)
    found = []
    for detail in error.errors(include_url=False):
        location = tuple(part for part in detail["loc"] if not _is_union_branch(part))
        key = ".".join(str(part) for part in location)
        message = _message(detail["type"], detail["msg"], detail.get("input"), location)
        problem = Problem(_line_of(location, lines), key, message)
        if problem not in found:
            found.append(problem)
    return sorted(found, key=lambda problem: problem.line or 0)


def located(problem: Problem, text: str) -> Problem:
    """The problem with the line of its key in a TOML text."""
    location = tuple(int(part) if part.isdigit() else part for part in problem.key.split("."))
    return replace(problem, line=_line_of(location, _key_lines(text)))


def _is_union_branch(part: object) -> bool:
    return isinstance(part, str) and ("[" in part or "(" in part)


def _message(kind: str, message: str, given: object, location: tuple[int | str, ...]) -> str:
    if kind == "extra_forbidden":
        return f"unknown key; {_nearest_key(location)}"
    if kind == "string_pattern_mismatch":
        field = _section_at(location[:-1]).model_fields[str(location[-1])]
        return f"expected {field.description}, not {given!r}"
    if kind == "model_type":
        return f"expected a table, not {given!r}"
    message = message.removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if isinstance(given, Mapping) or given is None:
        return message
    if kind == "literal_error" and isinstance(given, str):
        choices = re.findall(r"'([^']+)'", message)
        return f"{message}, not {given!r}; {did_you_mean(given, choices)}".rstrip("; ")
    return f"{message}, not {given!r}"


def _nearest_key(location: tuple[int | str, ...]) -> str:
    """Where an unknown key belongs, or which known one it resembles."""
    key, known = str(location[-1]), list(_section_at(location[:-1]).model_fields)
    for name, field in Session.model_fields.items():
        section = section_of(field)
        if section and name != "schedule" and key in section.model_fields:
            return f"it belongs in [{name}]"
    return did_you_mean(key, known) or f"known are {', '.join(known)}"


def _section_at(location: tuple[int | str, ...]) -> type[BaseModel]:
    section: type[BaseModel] = Session
    for part in location:
        if isinstance(part, str) and part in section.model_fields:
            section = section_of(section.model_fields[part]) or section
    return section


def _key_lines(text: str) -> dict[tuple[int | str, ...], int]:
    """The line of every key and table header of a TOML text."""
    lines: dict[tuple[int | str, ...], int] = {}
    table: tuple[int | str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[\[\s*([^\]]+?)\s*\]\]", line):
            name = tuple(header.group(1).split("."))
            count = len(
                {
                    place[: len(name) + 1]
                    for place in lines
                    if place[: len(name)] == name and len(place) > len(name)
                }
            )
            table = (*name, count)
            lines[table] = number
        elif header := re.match(r"\s*\[\s*([^\]]+?)\s*\]", line):
            table = tuple(part.strip().strip("\"'") for part in header.group(1).split("."))
            lines[table] = number
        elif key := re.match(r"\s*([\w.\"'*-]+)\s*=", line):
            lines[table + tuple(part.strip("\"'") for part in key.group(1).split("."))] = number
    return lines


def _line_of(location: tuple[int | str, ...], lines: dict[tuple[int | str, ...], int]) -> int | None:
    for end in range(len(location), 0, -1):
        if location[:end] in lines:
            return lines[location[:end]]
    return None
