"""Reading and writing sessions as TOML.

All errors of a file come at once, each with its line; writing changes only the values that differ, so that
comments, order and layout stay.
"""

from workbench.session_file.differences import Difference, differences
from workbench.session_file.fields import (
    FieldDescription,
    FieldKind,
    field_descriptions,
    json_schema,
    section_of,
)
from workbench.session_file.files import bundled_folder, exists, find, save, write_text
from workbench.session_file.problems import Problem, SessionError, located
from workbench.session_file.reading import changed, load, parse, read_text, toml_value
from workbench.session_file.toml import dumps, updated

__all__ = [
    "Difference",
    "FieldDescription",
    "FieldKind",
    "Problem",
    "SessionError",
    "bundled_folder",
    "changed",
    "differences",
    "dumps",
    "exists",
    "field_descriptions",
    "find",
    "json_schema",
    "load",
    "located",
    "parse",
    "read_text",
    "save",
    "section_of",
    "toml_value",
    "updated",
    "write_text",
]
