"""Everything that imports torch: data, models, freezing, the training loop, the worker and the engine."""

from workbench.core.garbage import collect_seldom

collect_seldom()
