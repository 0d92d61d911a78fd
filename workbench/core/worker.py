"""The worker process: trains the run whose folder it is given, ``python -m workbench.core.worker RUN``.

It holds the run's lease, speaks through the journal alone, and ends with a last event whatever happens: finished,
failed with a message for people, or, killed, with the system releasing the lease.
"""

import json
import os
import platform
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from workbench import __version__
from workbench.errors import ThawError
from workbench.garbage import loading_for_good
from workbench.protocol import FORMAT, Failed, Progress, Started, encode
from workbench.run import Lease, RunFolder, append, cut_torn_line, read_events

if TYPE_CHECKING:
    from workbench.core.train import Trainer

SPINS = 20_000
"""Turns in which a thread of OpenMP looks whether the others are ready before it sleeps: some tens of microseconds."""


def work(run: RunFolder) -> int:
    """Train the run to its end; the exit code is 0 when it finished, 1 when it failed and 2 for bad input."""
    try:
        with Lease(run):
            cut_torn_line(run.events)
            return _train_or_say_why(run)
    except ThawError as error:
        print(error, file=sys.stderr)  # noqa: T201  (it goes to worker.log: another worker owns the journal)
        return error.exit_code


def _train_or_say_why(run: RunFolder) -> int:
    try:
        # Importing torch takes seconds: whoever watches is told before.
        append(run.events, encode(Progress(time=time.time(), message="starting: loading PyTorch")))
        _train(run)
    except ThawError as error:
        failed, code = Failed(time=time.time(), message=error.message, hint=error.hint), error.exit_code
    except Exception as error:  # noqa: BLE001  (the last word of a worker must reach the user)
        traceback.print_exc()
        failed, code = _unexpected(error, run), 1
    else:
        return 0
    append(run.events, encode(failed))
    return code


def _unexpected(error: Exception, run: RunFolder) -> Failed:
    """The failure in the words of its user; the traceback is in the log."""
    text = str(error).strip().splitlines()
    message = f"{type(error).__name__}: {text[0] if text else 'no message'}"
    hint = f"the traceback is in {run.log.name}; thaw resume goes on from the last checkpoint"
    if "out of memory" in message.lower():
        hint = "lower data.batch_size or data.image_size, or freeze more; then thaw resume"
    elif "Expected more than 1 value per channel" in message:
        hint = "BatchNorm can't learn from single images: raise data.batch_size, or set freeze.batchnorm = 'frozen'"
    elif "size" in message and "too small" in message:
        hint = "the images are too small for this model: raise data.image_size"
    return Failed(time=time.time(), message=message, hint=hint)


def _wait_briefly_for_cores() -> None:
    """Have OpenMP's threads wait for each other actively, but not for long; of use before torch is imported.

    On a machine that others use too, threads that wait actively take the cores from those that they wait for:
    a step of resnet18 then took twice as long on two cores. Sleeping at once costs small models as much.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", str(SPINS))


def _train(run: RunFolder) -> None:
    _wait_briefly_for_cores()
    with loading_for_good():
        import msgspec

        from workbench.core.compute import give_way
        from workbench.core.describe import describe
        from workbench.core.journal import Journal
        from workbench.core.prepare import prepare
        from workbench.core.train import Trainer
        from workbench.session_file import load

    session = load(run.session)
    earlier, replayed = list(read_events(run.events)), list(read_events(run.replay))
    journal = Journal(run.events)
    begun = [event for event in (*earlier, *replayed) if isinstance(event, Started)]
    task = prepare(session, journal, begun[0] if begun else None)
    give_way(task.compute)
    description = describe(session, len(task.classes))
    description = msgspec.structs.replace(description, weights=task.built.weights)
    (run.path / "model.json").write_bytes(msgspec.json.encode(description))
    _write_environment(run, task.compute.device_name)
    trainer = Trainer(run, task, journal, earlier, replayed)
    signal.signal(signal.SIGTERM, _stopper(trainer))
    journal.write(
        Started(
            step=trainer.step,
            version=__version__,
            device=str(task.compute.device),
            device_name=task.compute.device_name,
            precision=task.compute.precision,
            memory_format=task.compute.memory_format_name,
            threads=task.compute.threads,
            model=session.model.name,
            classes=task.classes,
            images=task.partition.sizes,
            batch_size=session.data.batch_size,
            steps_per_epoch=trainer.steps_per_epoch,
            epochs=trainer.epochs,
            total_parameters=sum(each.numel() for each in task.model.parameters()),
            pid=os.getpid(),
            host=socket.gethostname(),
        )
    )
    trainer.train()


def _stopper(trainer: "Trainer") -> Callable[[int, FrameType | None], None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        trainer.stop()

    return stop


def _write_environment(run: RunFolder, device_name: str) -> None:
    import torch
    import torchvision

    versions = {"thaw": __version__, "python": platform.python_version(), "torch": torch.__version__}
    # Importing scikit-learn takes a second, and training does not need it before the first evaluation.
    versions |= {
        "torchvision": torchvision.__version__,
        "numpy": version("numpy"),
        "scikit-learn": version("scikit-learn"),
    }
    environment = {
        "format": FORMAT,
        "versions": versions,
        "platform": platform.platform(),
        "device": device_name,
        "command": sys.argv,
    }
    (run.path / "environment.json").write_text(json.dumps(environment, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(work(RunFolder(Path(sys.argv[1]))))
