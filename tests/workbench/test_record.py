from pathlib import Path

from tests.workbench.journals import applied, started, whole_run, write_run
from workbench.actions import Pause, SetRate
from workbench.protocol import EpochEnded, Evaluated, Finished, Steps
from workbench.run import read_record


def figures(step: int, losses: tuple[float, ...]) -> Steps:
    return Steps(step=step, loss=losses, accuracy=losses, lr=losses, grad_norm=losses, images_per_second=1.0)


def test_a_whole_run(tmp_path: Path) -> None:
    record = read_record(write_run(tmp_path, whole_run()))
    assert record.steps == 20
    assert [one.epoch for one in record.epochs] == [1, 2]
    assert [one.accuracy for one in record.validations()] == [0.6, 0.8]
    assert isinstance(record.ended, Finished)


def test_what_a_resume_takes_again_replaces_what_stood_there(tmp_path: Path) -> None:
    validation = Evaluated(
        split="val", epoch=1, step=10, images=1, loss=1, accuracy=0.5, seconds=1, epoch_end=True
    )
    ended = EpochEnded(epoch=1, step=10, loss=1, accuracy=0.5, seconds=1)
    record = read_record(
        write_run(
            tmp_path,
            [
                started(),
                figures(0, (9.0,) * 10),
                ended,
                validation,
                applied(10, SetRate(0.1), "c1"),
                figures(10, (9.0,) * 5),
                applied(14, SetRate(0.2), "c2"),
                started(step=10),
                ended,
                validation,
                applied(10, SetRate(0.1), "c1"),
                figures(10, (1.0, 2.0)),
            ],
        )
    )
    assert list(record.loss) == [9.0] * 10 + [1.0, 2.0]
    assert len(record.epochs) == len(record.evaluations) == 1
    assert [event.id for event in record.edits] == ["c1"]


def test_holes_are_no_numbers_and_controls_no_edits(tmp_path: Path) -> None:
    record = read_record(write_run(tmp_path, [started(), applied(0, Pause()), figures(2, (1.0,))]))
    assert [value == value for value in record.loss] == [False, False, True]
    assert record.edits == []
