"""A run's model as one of its checkpoints holds it, ready to predict.

Everything comes from the run folder: the session for the architecture and the preprocessing, the checkpoint for the
numbers and the classes.
"""

from dataclasses import dataclass

from torch import nn

from workbench.core import checkpoint
from workbench.core.checkpoint import CheckpointState
from workbench.core.compute import Compute, choose
from workbench.core.models import build_empty, fill
from workbench.core.preprocess import Preprocessing
from workbench.corrected_run import of_run
from workbench.protocol import Started
from workbench.run import RunFolder, read_events
from workbench.session import Session
from workbench.session_file import load


@dataclass(frozen=True)
class SavedRun:
    """A run's session with a checkpoint's model in eval mode on the session's device."""

    session: Session
    model: nn.Module
    preprocessing: Preprocessing
    compute: Compute
    state: CheckpointState

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names, in the order of the model's outputs."""
        return self.state.classes


def open_run(run: RunFolder, kind: str) -> SavedRun:
    """The run at its ``best`` or ``last`` checkpoint; a run without a best one (no validation) has its last."""
    session = of_run(run, load(run.session))
    if kind == "best" and checkpoint.folder_of(run, "best") is None:
        kind = "last"
    tensors, state = checkpoint.load_model(run, kind)
    built = build_empty(session, len(state.classes))
    fill(built, tensors)
    started = next((event for event in read_events(run.events) if isinstance(event, Started)), None)
    compute = choose(session.train, started)
    model = compute.place_model(built.module).eval()
    return SavedRun(session, model, built.preprocessing, compute, state)
