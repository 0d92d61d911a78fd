"""How a run's validation went, epoch by epoch, found in a journal of any length without decoding its steps."""

from workbench.protocol import Evaluated
from workbench.run.folder import RunFolder
from workbench.run.journal import event_of

SIGN = b'"event":"evaluated"'
CHUNK = 1 << 22


def validation_course(run: RunFolder) -> list[float]:
    """The validation accuracy at each epoch's end, in order; one that was done again counts as the later one."""
    found: dict[int, float] = {}
    try:
        with run.events.open("rb") as file:
            while lines := file.readlines(CHUNK):
                for line in lines:
                    event = event_of(line) if SIGN in line else None
                    if isinstance(event, Evaluated) and event.split == "val" and event.epoch_end:
                        found = {epoch: value for epoch, value in found.items() if epoch < event.epoch}
                        found[event.epoch] = event.accuracy
    except OSError:
        return []
    return list(found.values())
