"""Which images are left out and which have another class, as a value, and how edits change it.

A session starts with one, a live run has one in force, and the screens edit that of a draft: all by the rules here.
"""

from dataclasses import dataclass, replace

from workbench.actions import Correction, Drop, Relabel, Restore


@dataclass(frozen=True, slots=True)
class Corrections:
    """The names of dropped images, and of others with the class that they have instead of their folder's."""

    drop: tuple[str, ...] = ()
    relabel: tuple[tuple[str, str], ...] = ()

    def after(self, edit: Correction) -> "Corrections":
        """The corrections with one more, or with one taken back."""
        match edit:
            case Drop(file):
                return self if file in self.drop else replace(self, drop=(*self.drop, file))
            case Restore(file):
                return replace(self, drop=tuple(name for name in self.drop if name != file))
            case Relabel(file, label):
                others = tuple(pair for pair in self.relabel if pair[0] != file)
                return replace(self, relabel=(*others, (file, label)) if label else others)
