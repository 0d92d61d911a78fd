"""Evaluating a split of a run from outside, with the weights of one of its checkpoints."""

from workbench.core.class_map import check_classes
from workbench.core.corrections import images_of
from workbench.core.evaluate import Evaluator, keep, metrics_of
from workbench.core.network import Network
from workbench.core.pictures import Pictures
from workbench.core.saved_run import open_run
from workbench.errors import BadInput, ThawError
from workbench.protocol import Metrics
from workbench.run import RunFolder


def evaluate_run(run: RunFolder, split: str, checkpoint: str) -> Metrics:
    """The metrics of a split; its predictions go to the run folder. ThawError where the data is not as it was."""
    saved = open_run(run, checkpoint)
    source, partition = images_of(saved.session)
    check_classes(run.name, saved.classes, source.name, source.classes)
    indexes = partition.split(split)
    if not indexes:
        raise BadInput(
            f"{run.name}: this session has no {split} images", "choose another --split, or set data.split"
        )
    pictures = Pictures(source, saved.preprocessing, saved.compute, lambda _message: None)
    evaluator = Evaluator(
        source, pictures, saved.preprocessing, saved.compute, saved.classes, saved.session.data.batch_size
    )
    outcome = evaluator.evaluate(Network(saved.model), indexes)
    if outcome is None:
        raise ThawError(
            f"{source.name}: not one of the {len(indexes)} {split} images can be read", "check the folder"
        )
    metrics = metrics_of(outcome, saved.classes, split, checkpoint, saved.state.step)
    keep(run, outcome, source, metrics, saved.classes)
    return metrics
