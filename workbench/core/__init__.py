"""Everything that imports torch: data, models, freezing, the training loop, the worker and the engine."""
