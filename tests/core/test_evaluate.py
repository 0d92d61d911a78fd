"""Evaluations in the run folder: whoever reads while they are replaced finds one of them, whole."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from torch.nn.functional import one_hot

from tests.core.conftest import TINY
from tui.evaluation import read_evaluation
from workbench.core.evaluate import Outcome, keep, metrics_of
from workbench.core.sources import open_source
from workbench.run import RunFolder, create

CLASSES = tuple("0123456789")
ROUNDS = 150


def keep_again_and_again(run: RunFolder, images: int) -> None:
    """Evaluations of one picture more each, all of them taken for a 3."""
    source = open_source("digits")
    for number in range(ROUNDS):
        indexes = tuple(range(images + number))
        logits = one_hot(torch.full((len(indexes),), 3), 10).float()
        labels = torch.tensor([CLASSES.index(source.items[index].label) for index in indexes])
        outcome = Outcome(indexes, logits, labels, 0.1)
        keep(run, outcome, source, metrics_of(outcome, CLASSES, "val", "last", number), CLASSES)
        time.sleep(0.01)


def test_a_reader_finds_a_whole_one_while_they_are_replaced(tmp_path: Path) -> None:
    run = create(TINY, "tiny", tmp_path)
    keep_again_and_again(run, 1)
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(keep_again_and_again, run, 1)
        while not writing.done():
            found = read_evaluation(run, "val")
            assert found is not None
            assert len(found.predictions) == found.metrics.images == found.metrics.step + 1
        writing.result()
    assert [path.name for path in run.evaluation("val").parent.iterdir()] == ["val"]
