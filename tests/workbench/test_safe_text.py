import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cli_common import print_json, say
from workbench.safe_text import inert, inert_json, inert_lines, some, without_unsafe
from workbench.words import columns

CLEAR_SCREEN = "\x1b[2J"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("bees", "bees"),
        ("Bienen – Größe 3", "Bienen – Größe 3"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("[red]wasp[/red]", "[red]wasp[/red]"),
        ("a/b", "a/b"),
        ("two\nlines", "two\\nlines"),
        (CLEAR_SCREEN, "\\x1b[2J"),
        ("\x9b2J", "\\x9b2J"),
        ("photo\u202egpj.exe", "photo\\u202egpj.exe"),
        ("no utf-8: \udcff", "no utf-8: \\udcff"),
    ],
)
def test_names_are_shown_on_one_line_without_controls(name: str, shown: str) -> None:
    assert inert(name) == shown
    assert inert(shown) == shown


@given(st.text())
def test_nothing_unsafe_is_left(text: str) -> None:
    assert without_unsafe(inert(text)) == inert(text)
    assert inert_lines(text).count("\n") == text.count("\n")


@given(st.text())
def test_json_keeps_its_value(text: str) -> None:
    written = inert_json(json.dumps({"name": text}, ensure_ascii=False, indent=1))
    assert json.loads(written) == {"name": text}
    assert without_unsafe(written.replace("\n", "")) == written.replace("\n", "")


def test_a_list_of_names_is_cut_and_counted() -> None:
    assert some(["a", "b\n"]) == "a, b\\n"
    assert some("abcdef", 2) == "a, b, … (4 more)"


def test_what_is_printed_is_inert(capsys: pytest.CaptureFixture[str]) -> None:
    say(f"class {CLEAR_SCREEN}\nnext line")
    print_json({"class": "\x9b2J\u202e"})
    out = capsys.readouterr().out
    assert not {"\x1b", "\x9b", "\u202e"} & set(out)
    assert json.loads(out[out.index("{") : out.rindex("}") + 1]) == {"class": "\x9b2J\u202e"}
    assert columns([("two\nlines", CLEAR_SCREEN)], "<<") == ["two\\nlines  \\x1b[2J"]
