"""A run's folder: which file lies where, and how the small ones are read."""

import os
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import msgspec

from workbench.actions import Action
from workbench.errors import UNDECODABLE, ThawError
from workbench.protocol import (
    Command,
    Metrics,
    ModelDescription,
    Prediction,
    encode,
)
from workbench.run.lines import append


def runs_folder(chosen: Path | None = None) -> Path:
    """Where runs live: the chosen folder, else ``THAW_RUNS``, else ``runs`` under the current folder."""
    return chosen or Path(os.environ.get("THAW_RUNS") or "runs")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run's folder on disk; holds no state of its own."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def session(self) -> Path:
        """The session file as it was started."""
        return self.path / "session.toml"

    @property
    def events(self) -> Path:
        """The journal."""
        return self.path / "events.jsonl"

    @property
    def commands(self) -> Path:
        """What clients asked of the run."""
        return self.path / "commands.jsonl"

    @property
    def replay(self) -> Path:
        """What the worker repeats of another run: that run's applied events."""
        return self.path / "replay.jsonl"

    @property
    def log(self) -> Path:
        """What the worker printed."""
        return self.path / "worker.log"

    @property
    def lease(self) -> Path:
        """Who trains the run; locked while it does."""
        return self.path / "worker.json"

    @property
    def takes_commands(self) -> bool:
        """Whether this user may write the run's commands, which another user's run does not let him."""
        return os.access(self.commands, os.W_OK)

    def checkpoint(self, kind: str) -> Path:
        """The folder of the checkpoint of that kind (last or best)."""
        return self.path / "checkpoints" / kind

    def evaluation(self, split: str) -> Path:
        """The folder of a split's predictions and metrics."""
        return self.path / "evaluation" / split

    def model(self) -> ModelDescription | None:
        """The module tree as built, or None before the worker has written it."""
        try:
            return msgspec.json.decode((self.path / "model.json").read_bytes(), type=ModelDescription)
        except (OSError, *UNDECODABLE):
            return None

    def metrics(self, split: str) -> Metrics | None:
        """The last evaluation of a split, or None where there is none."""
        try:
            return msgspec.json.decode((self.evaluation(split) / "metrics.json").read_bytes(), type=Metrics)
        except (OSError, *UNDECODABLE):
            return None

    def predictions(self, split: str) -> list[Prediction]:
        """The predictions of the last evaluation of a split, one an image."""
        try:
            data = (self.evaluation(split) / "predictions.json").read_bytes()
            return msgspec.json.decode(data, type=list[Prediction])
        except (OSError, *UNDECODABLE):
            return []

    def tell(self, action: Action) -> Command:
        """Append a command for the worker; returns it with its id."""
        command = Command(uuid.uuid4().hex[:12], time.time(), action)
        try:
            append(self.commands, encode(command))
        except OSError as error:
            raise ThawError(
                f"{self.commands}: can't be written: {error.strerror}",
                "free space or correct its permissions",
            ) from None
        return command
