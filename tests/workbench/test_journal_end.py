"""The last words of a journal, under more heat than they are long."""

from pathlib import Path

from workbench.protocol import Evaluated, Heat, Steps, encode
from workbench.run import RunFolder, last_events


def heat(step: int) -> bytes:
    return encode(Heat(time=1.0, step=step, gradient=b"x" * 9000, update=b"", weight=b"")) + b"\n"


def test_what_came_before_much_heat_is_still_found(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    found = Evaluated(split="val", epoch=1, step=9, images=3, loss=0.5, accuracy=0.9, seconds=1.0)
    steps = Steps(step=0, loss=(1.0,), accuracy=(0.5,), lr=(0.1,), grad_norm=(1.0,), images_per_second=9.0)
    words = [encode(found) + b"\n", *map(heat, range(50)), encode(steps) + b"\n"]
    run.events.write_bytes(b"".join(words))
    assert last_events(run) == [found, steps]


def test_an_end_without_heat_is_read_as_before(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    assert last_events(run) == []
    run.events.write_bytes(heat(1) * 3 + b'{"event":"notice","message":"torn')
    assert last_events(run) == []
