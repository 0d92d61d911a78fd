"""Images dropped and relabelled while a run trains: which corrections are in force, and whether others may be.

They come into force between two epochs. An epoch keeps its number of steps, on which schedule, journal and charts
stand; how fewer images fill them is `workbench.core.sampling`'s part.
"""

from workbench.core.corrections import corrected
from workbench.core.partition import Partition
from workbench.core.prepare import Task
from workbench.core.sources import Source
from workbench.corrections import with_corrections
from workbench.settings import Settings

Key = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]


class LiveCorrections:
    """Keeps the images of one task in step with the settings' corrections."""

    def __init__(self, task: Task) -> None:
        self._task = task
        data = task.session.data
        self._in_force = self._right = (data.drop, tuple(data.relabel.items()))

    def check(self, settings: Settings) -> None:
        """Raise BadInput where a correction names no image or no class, or leaves a class nothing to train on."""
        if _key(settings) not in (self._in_force, self._right):
            self._images(settings)
            self._right = _key(settings)

    def take(self, settings: Settings) -> str:
        """Put the corrections in force; what that makes of the images, or nothing where they were in force already."""
        if _key(settings) == self._in_force:
            return ""
        self._task.take_images(*self._images(settings))
        self._in_force = _key(settings)
        counts = ", ".join(f"{count:,} {split}" for split, count in self._task.partition.sizes.items())
        return f"{len(settings.drop):,} images dropped, {len(settings.relabel):,} relabelled: {counts}"

    def _images(self, settings: Settings) -> tuple[Source, Partition]:
        return corrected(*self._task.listed, with_corrections(self._task.session, settings).data)


def _key(settings: Settings) -> Key:
    return settings.drop, settings.relabel
