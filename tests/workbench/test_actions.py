"""The verbs of a live run as text and as values."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.actions import (
    USAGE,
    Action,
    Drop,
    Evaluate,
    Freeze,
    Only,
    Relabel,
    Restore,
    ScaleRate,
    SetAugment,
    SetBatchNorm,
    SetClip,
    SetEpochs,
    SetFlip,
    SetRate,
    SetWeightDecay,
    Thaw,
    Undo,
    describe,
    parse,
)
from workbench.errors import BadInput
from workbench.protocol import Command, decode_command, encode

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C")), min_size=1, max_size=20)
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
PATTERNS = st.lists(WORDS, min_size=1, max_size=4).map(tuple)
NUMBERS = st.floats(min_value=0, allow_infinity=False, allow_nan=False)
BARE = sorted(verb for verb, usage in USAGE.items() if usage == verb)
ACTIONS: st.SearchStrategy[Action] = st.one_of(
    PATTERNS.map(Thaw),
    PATTERNS.map(Freeze),
    PATTERNS.map(Only),
    st.builds(ScaleRate, WORDS, NUMBERS),
    NUMBERS.map(SetRate),
    NUMBERS.map(SetWeightDecay),
    NUMBERS.map(SetClip),
    st.sampled_from(["frozen", "follow"]).map(SetBatchNorm),
    st.integers(1, 10**6).map(SetEpochs),
    st.sampled_from(["none", "light", "strong"]).map(SetAugment),
    st.sampled_from(["default", "on", "off"]).map(SetFlip),
    NAMES.map(Drop),
    NAMES.map(Restore),
    st.builds(Relabel, NAMES, st.one_of(st.just(""), NAMES)),
    st.sampled_from(["train", "val", "test"]).map(Evaluate),
    st.sampled_from(BARE).map(parse),
)


@given(ACTIONS)
def test_an_action_survives_its_own_words(action: Action) -> None:
    assert parse(describe(action)) == action


@given(ACTIONS)
def test_an_action_survives_its_line_of_the_commands(action: Action) -> None:
    command = Command("id", 1.0, action)
    assert decode_command(encode(command)) == command


@pytest.mark.parametrize("verb", sorted(USAGE))
def test_every_verb_can_be_written_as_its_usage_says(verb: str) -> None:
    words = USAGE[verb].split("[")[0]
    for placeholder, word in {
        "PATTERN…": "a b",
        "PATTERN": "a",
        "FACTOR": "2",
        "RATE": "1",
        "VALUE": "1",
        "NORM": "1",
        " N": " 3",
        "frozen|": "",
        "none|light|": "",
        "IMAGE": "a.png",
        "on|off|": "",
    }.items():
        words = words.replace(placeholder, word)
    assert describe(parse(words)).split()[0] == verb


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "an empty command", "verbs are thaw"),
        ("   ", "an empty command", "verbs are thaw"),
        ("unfreeze layer4", "'unfreeze' is no verb", "did you mean 'freeze'?"),
        ("thaw", "'thaw' can't be read", "expected: thaw PATTERN…"),
        ("lr", "'lr' can't be read", "expected: lr RATE"),
        ("lr fast", "'lr fast' can't be read", "expected: lr RATE"),
        ("lr -1", "at least 0", "expected: lr RATE"),
        ("lr nan", "at least 0", "expected: lr RATE"),
        ("lr inf", "at least 0", "expected: lr RATE"),
        ("lr-scale layer4", "can't be read", "expected: lr-scale PATTERN FACTOR"),
        ("epochs 0", "at least 1 epoch", "expected: epochs N"),
        ("epochs 2.5", "can't be read", "expected: epochs N"),
        ("batchnorm off", "can't be read", "expected: batchnorm frozen|follow"),
        ("augment hard", "can't be read", "expected: augment none|light|strong"),
        ("flip maybe", "can't be read", "expected: flip on|off|default"),
        ("drop 'a b", "No closing quotation", "expected: drop IMAGE"),
        ("drop a b", "wrong number of words", "expected: drop IMAGE"),
        ("evaluate everything", "can't be read", "expected: evaluate [train|val|test]"),
        ("pause 5", "can't be read", "expected: pause"),
    ],
)
def test_a_line_that_can_not_be_read_says_what_was_expected(text: str, message: str, hint: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(text)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_an_unknown_field_of_a_command_is_no_command() -> None:
    line = encode(Command("id", 1.0, Undo())).replace(b'"undo"', b'"undo","times":3')
    with pytest.raises(msgspec.ValidationError):
        decode_command(line)
