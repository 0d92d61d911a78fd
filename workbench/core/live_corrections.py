"""Images dropped and relabelled while a run trains: which corrections are in force, and whether others may be.

They come into force between two epochs. An epoch keeps its number of steps, on which schedule, journal and charts
stand; how fewer images fill them is `workbench.core.sampling`'s part.
"""

from workbench.core.corrections import corrected
from workbench.core.partition import Partition
from workbench.core.prepare import Task
from workbench.core.sources import Source
from workbench.corrections import Corrections
from workbench.settings import Settings


class LiveCorrections:
    """Keeps the images of one task in step with the settings' corrections."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._in_force = self._right = task.session.data.corrections

    def check(self, settings: Settings) -> None:
        """Raise BadInput where a correction names no image or no class, or leaves a class nothing to train on."""
        wanted = settings.corrections
        if wanted not in (self._in_force, self._right):
            self._images(wanted)
            self._right = wanted

    def take(self, settings: Settings) -> str:
        """Put the corrections in force; what that makes of the images, or nothing where they were in force already."""
        wanted = settings.corrections
        if wanted == self._in_force:
            return ""
        self._task.take_images(*self._images(wanted))
        self._in_force = wanted
        counts = ", ".join(f"{count:,} {split}" for split, count in self._task.partition.sizes.items())
        return f"{len(wanted.drop):,} images dropped, {len(wanted.relabel):,} relabelled: {counts}"

    def _images(self, wanted: Corrections) -> tuple[Source, Partition]:
        return corrected(*self._task.listed, self._task.session.corrected(wanted).data)
