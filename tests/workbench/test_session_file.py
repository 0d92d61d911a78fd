"""Sessions as TOML: reading with every error at once, writing that keeps comments and order."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import session_file
from workbench.errors import BadInput
from workbench.session import ScheduledEdits, Session
from workbench.session_file import SessionError, changed, updated

DATA = Path(__file__).parent.parent / "data" / "sessions"
BUNDLED = sorted(session_file.bundled_folder().glob("*.toml"))
COMMENTED = (DATA / "commented.toml").read_text()
CHANGES = st.one_of(
    st.tuples(st.just("name"), st.from_regex(r"[a-z][a-z0-9 ._-]{0,20}", fullmatch=True)),
    st.tuples(st.just("seed"), st.integers(0, 2**40)),
    st.tuples(st.just("strategy"), st.sampled_from(["feature-extraction", "last-block", "full", "gradual"])),
    st.tuples(
        st.just("data.source"), st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=30)
    ),
    st.tuples(st.just("data.split.val"), st.floats(0, 0.5)),
    st.tuples(st.just("data.image_size"), st.one_of(st.none(), st.integers(8, 512))),
    st.tuples(st.just("data.flip"), st.sampled_from([None, True, False])),
    st.tuples(st.just("model.dropout"), st.floats(0, 0.9)),
    st.tuples(
        st.just("freeze.thaw"), st.lists(st.sampled_from(["head", "layer4.*", "*"]), max_size=3).map(tuple)
    ),
    st.tuples(st.just("freeze.batchnorm"), st.sampled_from([None, "frozen", "follow"])),
    st.tuples(st.just("optimizer.lr"), st.floats(1e-8, 10)),
    st.tuples(st.just("optimizer.name"), st.sampled_from(["adamw", "adam", "sgd", "rmsprop"])),
    st.tuples(
        st.just("optimizer.lr_scales"), st.dictionaries(st.sampled_from(["layer4.*", "a b"]), st.floats(0, 5))
    ),
    st.tuples(st.just("train.epochs"), st.integers(1, 1000)),
    st.tuples(
        st.just("schedule"),
        st.lists(st.builds(ScheduledEdits, epoch=st.integers(1, 9), thaw=st.just(("stem",))), max_size=4).map(
            tuple
        ),
    ),
)


def comments(text: str) -> list[str]:
    return [line[line.index("#") :] for line in text.splitlines() if "#" in line]


def keys(text: str) -> list[str]:
    return [
        line.split("=")[0].strip() for line in text.splitlines() if "=" in line and not line.startswith("#")
    ]


# ---- what is wrong is said ----


@pytest.mark.parametrize(
    ("file", "problems"),
    [
        ("not_toml", ["line 1: not valid TOML: a string is not closed on its line"]),
        ("key_given_twice", ['line 2: not valid TOML: key "name" already exists']),
        (
            "unknown_key",
            ["line 5: optimizer.learning_rate: unknown key; known are name, options, lr, weight_decay"],
        ),
        ("unknown_table", ["line 3: modle: unknown key; did you mean 'model'?"]),
        ("key_in_the_wrong_table", ["line 1: epochs: unknown key; it belongs in [train]"]),
        (
            "unknown_optimizer",
            ["line 2: optimizer.name: input should be 'adamw', 'adam', 'nadam', 'radam'"],
        ),
        ("infinite_rate", ["line 2: optimizer.lr: input should be a finite number, not inf"]),
        ("table_is_a_value", ["line 1: data: expected a table, not 'photos'"]),
        ("name_is_a_path", ["line 1: name: expected letters, digits, spaces, dots, - and _"]),
        ("schedule_twice_when", ["line 7: schedule.1: give either epoch or step"]),
        ("schedule_says_nothing", ["line 1: schedule.0: nothing is scheduled"]),
        ("schedule_misspelt", ["line 7: schedule.1.thaaw: unknown key; did you mean 'thaw'?"]),
        (
            "many_problems",
            [
                "line 1: seed: input should be greater than or equal to 0, not -1",
                "line 2: strategy: input should be 'feature-extraction', 'last-block', 'full' or 'gradual', not",
                "line 5: data.batch_size: input should be a valid integer",
                "line 6: data.split: val and test together leave nothing to train on",
                "line 9: train.epochs: input should be greater than or equal to 1, not 0",
                "line 10: train.device: expected auto, cpu, mps, cuda or cuda:N, not 'gpu'",
            ],
        ),
    ],
)
def test_every_problem_is_told_with_its_line(file: str, problems: list[str]) -> None:
    with pytest.raises(SessionError) as caught:
        session_file.load(DATA / f"{file}.toml")
    told = [str(problem) for problem in caught.value.problems]
    assert len(told) == len(problems)
    assert all(line.startswith(problem) for line, problem in zip(told, problems, strict=True)), told
    assert f"{file}.toml" in caught.value.message


@pytest.mark.parametrize(
    ("file", "message"), [("not_utf8.toml", "can't be read"), ("absent.toml", "no such file")]
)
def test_a_file_that_can_not_be_read_is_bad_input(file: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        session_file.load(DATA / file)


def test_an_empty_file_is_a_session() -> None:
    assert session_file.load(DATA / "empty.toml") == Session()


# ---- overrides ----


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("optimizer.lr=3e-4", "optimizer.lr", 3e-4),
        ("train.epochs = 7", "train.epochs", 7),
        ("data.source=my photos/of ants", "data.source", "my photos/of ants"),
        ('model.name="vit_b_16"', "model.name", "vit_b_16"),
        ("strategy=full", "strategy", "full"),
        ('freeze.thaw=["head", "layer4"]', "freeze.thaw", ("head", "layer4")),
        ("data.split={val = 0.3, test = 0.1}", "data.split.val", 0.3),
        ('optimizer.lr_scales."layer4.*"=0.5', "optimizer.lr_scales", {"layer4.*": 0.5}),
        ("data.flip=false", "data.flip", False),
    ],
)
def test_an_override_sets_one_key(override: str, key: str, value: object) -> None:
    assert session_file.parse(COMMENTED, "s", [override]).get(key) == value


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("optimizer.lr", "expected key=value"),
        ("=3", "not a key"),
        ("a b=3", "not a key"),
        ("name.first=3", "name is no table"),
        ("optimizer.momentumm=0.5", "did you mean 'momentum'?"),
        ("train.epochs=many", "train.epochs: input should be a valid integer"),
    ],
)
def test_a_wrong_override_is_bad_input(override: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        session_file.parse(COMMENTED, "s", [override])
    assert message in str(caught.value)


# ---- writing ----


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_saving_an_unchanged_example_changes_no_byte(path: Path) -> None:
    text = path.read_text()
    assert updated(text, session_file.load(path)) == text


@given(st.lists(CHANGES, min_size=1, max_size=5))
def test_saving_changes_keeps_comments_and_order(changes: list[tuple[str, object]]) -> None:
    session = session_file.parse(COMMENTED)
    for key, value in changes:
        session = changed(session, key, value)
    text = updated(COMMENTED, session)
    assert session_file.parse(text) == session
    outside = {"freeze.thaw", "schedule"} & {key for key, _ in changes}
    if not outside:
        assert [line for line in comments(text) if line in comments(COMMENTED)] == comments(COMMENTED)
        kept = [key for key in keys(text) if key in keys(COMMENTED)]
        assert [key for key in dict.fromkeys(keys(COMMENTED)) if key in kept] == list(dict.fromkeys(kept))


@given(st.lists(CHANGES, max_size=6))
def test_a_session_written_anew_reads_back_the_same(changes: list[tuple[str, object]]) -> None:
    session = Session()
    for key, value in changes:
        session = changed(session, key, value)
    assert session_file.parse(session_file.dumps(session)) == session


def test_setting_a_value_back_to_its_default_is_written_where_the_key_stands() -> None:
    session = changed(session_file.parse(COMMENTED), "optimizer.lr", Session().optimizer.lr)
    assert "lr = 0.001            # small" in updated(COMMENTED, session)


def test_new_schedule_entries_leave_the_comments_of_the_others() -> None:
    session = session_file.parse(COMMENTED)
    more = (*session.schedule, ScheduledEdits(step=99, lr=0.1), ScheduledEdits(step=100, lr=0.2))
    text = updated(COMMENTED, session.model_copy(update={"schedule": more}), {2: "by hand"})
    assert text.startswith(COMMENTED)
    assert text.removeprefix(COMMENTED) == (
        "\n[[schedule]]\n# by hand\nstep = 99\nlr = 0.1\n\n[[schedule]]\nstep = 100\nlr = 0.2\n"
    )


def test_an_inline_schedule_can_be_extended() -> None:
    text = 'schedule = [{ epoch = 2, thaw = ["a"] }]\n[train]\nepochs = 3\n'
    session = session_file.parse(text)
    more = session.model_copy(update={"schedule": (*session.schedule, ScheduledEdits(step=4, lr=0.1))})
    assert session_file.parse(updated(text, more)) == more


def test_saving_replaces_a_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "mine.toml"
    path.parent.mkdir()
    path.write_text(COMMENTED)
    session_file.save(changed(session_file.load(path), "seed", 5), path)
    assert tomllib.loads(path.read_text())["seed"] == 5
    assert comments(path.read_text()) == comments(COMMENTED)
    assert [each.name for each in path.parent.iterdir()] == ["mine.toml"]


def test_saving_where_nothing_can_be_written_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="can't be written"):
        session_file.save(Session(), tmp_path / "file" / "mine.toml")


# ---- finding, and describing to forms and editors ----


def test_bundled_sessions_are_found_by_name() -> None:
    assert session_file.load(session_file.find("digits")).name == "digits"


def test_sessions_here_come_before_bundled_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mine = tmp_path / "sessions" / "digits.toml"
    mine.parent.mkdir()
    mine.write_text('name = "mine"\n')
    assert session_file.load(session_file.find("digits")).name == "mine"


def test_a_name_that_no_session_has_is_answered_with_the_nearest() -> None:
    with pytest.raises(BadInput) as caught:
        session_file.find("digit")
    assert caught.value.hint == "did you mean 'digits'?"


def test_the_form_has_every_field_with_its_kind() -> None:
    kinds = {field.key: field.kind for field in session_file.field_descriptions()}
    assert kinds["name"] == "text"
    assert kinds["optimizer.lr"] == "number"
    assert kinds["data.split.val"] == "number"
    assert kinds["data.image_size"] == "integer"
    assert kinds["optimizer.nesterov"] == "boolean"
    assert kinds["train.precision"] == "choice"
    assert kinds["freeze.thaw"] == "patterns"
    assert kinds["optimizer.lr_scales"] == "table"
    assert all(field.description for field in session_file.field_descriptions())
    for field in session_file.field_descriptions():
        Session().get(field.key)


def test_the_schema_refuses_unknown_keys() -> None:
    schema = session_file.json_schema()
    assert schema["additionalProperties"] is False
    assert "schedule" in schema["properties"]
