"""The frozen front of a model while it trains: what training and evaluation run in step with what trains.

Each has a split of its own, since modes differ. Where nothing is frozen in front, or the inputs are new every time,
the whole model takes the images.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict

from torch import nn

from workbench.core.activations import Activations
from workbench.core.digests import Digests
from workbench.core.freezing import norms_in_training, trainable_in_fact, under_all_names
from workbench.core.network import Network
from workbench.core.prepare import Task
from workbench.core.split import Cutter
from workbench.settings import Settings


class Front:
    """Makes the networks of a task: `training` is the one in force, `evaluating` gives the other.

    `augmentation` is the one in force: it decides which inputs come again.
    """

    def __init__(self, task: Task, tell: Callable[[str], None]) -> None:
        self._task, self._tell = task, tell
        # Those of the session: where corrections take a few images away, what is kept for its batches stays of use.
        self._images = dict(task.partition.sizes)
        self._cutter = Cutter(task.model, task.built.preprocessing.image_size)
        self._digests = Digests(task.model)
        self._moving: frozenset[str] = frozenset()
        self._kept: Activations | None = None
        self._kept_evaluated: Activations | None = None
        self._evaluated: object = None
        self._told = ""
        self._complaints: set[str] = set()
        self.augmentation = task.augmentation
        self.training = Network(task.model)

    def follow(self, settings: Settings) -> None:
        """Cut the model anew after a change of settings; it stands in training mode."""
        self.augmentation = self._task.augmentation.under(settings)
        self.close()
        self._digests.forget(self._moving)
        self._moving = _moving_names(self._task.model)
        augmentation = self.augmentation
        if self._task.session.train.reuse_prefix and self._views_return():
            train = self._images["train"]
            self._kept = self._cut(
                augmentation.description, train * augmentation.views, [train], ordered=False
            )
        self.training = Network(self._task.model, self._kept)
        self._tell_what_is_kept()

    def evaluating(self) -> Network:
        """The network for evaluations with the weights as they are; the model stands in eval mode."""
        if not self._task.session.train.reuse_prefix:
            return Network(self._task.model)
        state = self._weights_state()
        if self._evaluated != state:
            if self._kept_evaluated is not None:
                self._kept_evaluated.close()
            held_back = [self._images["val"], self._images["test"]]
            self._kept_evaluated = self._cut(
                {"augment": "none", "flip": False}, sum(held_back), held_back, ordered=True
            )
            self._evaluated = state
        return Network(self._task.model, self._kept_evaluated)

    def missing(self, indexes: Sequence[int], epoch: int) -> Sequence[int]:
        """The training images of a batch whose pictures are needed in that epoch."""
        return self.training.missing(indexes, self.augmentation.view(epoch))

    def sync(self) -> None:
        """Put what is new on the disk."""
        for each in (self._kept, self._kept_evaluated):
            if each is not None:
                each.sync()

    def close(self) -> None:
        """Let go of the stores."""
        for each in (self._kept, self._kept_evaluated):
            if each is not None:
                each.close()
        self._kept = self._kept_evaluated = self._evaluated = None

    def _complain(self, text: str) -> None:
        """Tell what does not get better by being told for training and for evaluation."""
        if text not in self._complaints:
            self._complaints.add(text)
            self._tell(text)

    def _tell_what_is_kept(self) -> None:
        """Say how far the model is computed once a picture, when that is not what was said before."""
        text = self._what_is_kept()
        if not text and self._told:
            text = "the whole model is computed at each step again"
        if text != self._told:
            self._told = text
            self._tell(text)

    def _what_is_kept(self) -> str:
        """The last module of the prefix, and how often it is computed; empty where there is no prefix."""
        if self._kept is None:
            return ""
        read, views = set(self._kept.split.names), self.augmentation.views
        names = [name for name, _ in self._task.model.named_parameters() if name in read]
        if not names:
            return ""
        often = "once" if views == 1 else f"once for each of {views} views"
        return f"frozen in front up to {names[-1].rpartition('.')[0]}: computed {often} a picture, then read"

    def _views_return(self) -> bool:
        """Whether inputs come again: images are not mixed, and each has a fixed number of views."""
        data = self._task.session.data
        return not data.mixup and not data.cutmix and self.augmentation.views > 0

    def _weights_state(self) -> object:
        """Another value after a change of what moves, and after every write to what does not."""
        state = self._task.model.state_dict()
        return self._moving, tuple(
            (name, value.data_ptr(), value._version)  # noqa: SLF001
            for name, value in state.items()
            if name not in self._moving
        )

    def _cut(
        self, inputs: dict[str, object], rows: int, parts: list[int], *, ordered: bool
    ) -> Activations | None:
        task = self._task
        if self._moving.issuperset(name for name, _ in task.model.named_parameters()):
            # Nothing is frozen: tracing the model would only find that out.
            return None
        split = self._cutter.split(self._moving)
        if split is None:
            return None
        inputs = {**inputs, "preprocessing": asdict(task.built.preprocessing)}
        sizes = {size for count in parts for size in _batch_sizes(count, task.session.data.batch_size)}
        weights = self._digests.of(split.names)
        return Activations(
            split,
            weights,
            task.compute,
            task.identities,
            inputs,
            rows,
            sizes,
            self._complain,
            ordered=ordered,
        )


def _batch_sizes(images: int, batch_size: int) -> set[int]:
    """The sizes of the batches that so many images are taken in."""
    return {min(images, batch_size), images % batch_size} - {0}


def _moving_names(model: nn.Module) -> frozenset[str]:
    """The parameters that train and the buffers that are updated, as the model stands in training mode."""
    norms = set(norms_in_training(model))
    buffers = {name for name, _ in model.named_buffers() if name.rpartition(".")[0] in norms}
    return under_all_names({*trainable_in_fact(model), *buffers}, model)
