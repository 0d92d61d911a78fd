"""What the evaluate screen shows of an evaluation: kinds of pictures, beside another run, corrections."""

from pathlib import Path

from tests.tui.made_runs import life, made_run, write_evaluation
from tui.corrections import notes, with_dropped, with_label
from tui.evaluation import Beside, Evaluation, chosen, compared_words, read_beside, read_evaluation
from workbench.protocol import Prediction
from workbench.session import Session

NAMES = ["ant", "bee"]


def found(tmp_path: Path, *predicted: str) -> Evaluation:
    """Pictures ``0``, ``1``, … of ants, taken for these."""
    run = made_run(tmp_path, life())
    write_evaluation(
        run, "test", [Prediction(str(n), "ant", name, 0.9) for n, name in enumerate(predicted)], NAMES
    )
    made = read_evaluation(run, "test")
    assert made is not None
    return made


def beside(*predicted: str) -> Beside:
    return Beside("other", {str(n): Prediction(str(n), "ant", name, 0.6) for n, name in enumerate(predicted)})


def test_pictures_are_fixed_broken_or_wrong_twice_beside_another_run(tmp_path: Path) -> None:
    mine = found(tmp_path, "ant", "bee", "bee", "ant", "bee")
    other = beside("bee", "ant", "bee", "ant")
    files = {
        kind: [one.file for one in chosen(mine, kind, None, other)]
        for kind in ("fixed", "broken", "wrong twice", "wrong", "all")
    }
    assert files == {
        "fixed": ["0"],
        "broken": ["1"],
        "wrong twice": ["2"],
        "wrong": ["1", "2", "4"],
        "all": ["1", "2", "4", "0", "3"],
    }
    assert (
        compared_words(mine, other) == "against other: 1 fixed, 1 broken, 1 wrong in both · 1 not seen there"
    )


def test_a_cell_and_a_class_have_their_pictures(tmp_path: Path) -> None:
    mine = found(tmp_path, "ant", "bee", "bee")
    assert [one.file for one in chosen(mine, "wrong", ("ant", "ant"), None)] == ["0"]
    assert [one.file for one in chosen(mine, "wrong", ("ant", ""), None)] == ["1", "2"]


def test_a_run_without_that_split_is_nothing_to_compare_with(tmp_path: Path) -> None:
    run = made_run(tmp_path, life())
    assert read_beside(run, "test") is None
    assert read_evaluation(run, "test") is None


def test_a_correction_asked_for_twice_is_taken_back() -> None:
    session = with_dropped(Session(), "a.png")
    assert session.data.drop == ("a.png",)
    assert with_dropped(session, "a.png") == Session()
    session = with_label(Session(), "a.png", "bee", "ant")
    assert session.data.relabel == {"a.png": "bee"}
    assert with_label(session, "a.png", "ant", "ant") == Session()
    assert with_label(session, "a.png", "wasp", "ant").data.relabel == {"a.png": "wasp"}


def test_corrections_in_a_few_words() -> None:
    session = with_label(with_dropped(Session(), "a"), "b", "bee", "ant")
    assert notes(session) == {"a": "⊘ dropped", "b": "⇒ bee"}
    assert notes(None) == {}
