"""Everything that the exported code says, gathered from a run: its session with the live edits, its data, its model.

The cells ask this object; it decides nothing about how the code looks.
"""

import csv
import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from torch import nn

from workbench import session_file
from workbench.core.auxiliary import has_auxiliary
from workbench.core.compute import memory_format_of
from workbench.core.corrections import images_of
from workbench.core.export.code.phases import Phase, module_paths, phases_of
from workbench.core.export.code.support import check_supported
from workbench.core.models import BuiltModel, build
from workbench.core.partition import Partition
from workbench.core.preprocess import Preprocessing
from workbench.core.sources import Source
from workbench.data_files import IMAGE_SUFFIXES
from workbench.errors import BadInput, ThawError
from workbench.keep import kept
from workbench.plan import HEAD
from workbench.protocol import Compiled, Started
from workbench.run import RunFolder, read_events
from workbench.session import Session

KEPT_BYTES = 2 << 30
"""The code keeps pictures in memory while all of them together take at most this many bytes."""


@dataclass(frozen=True)
class Facts:
    """A run as its code tells it.

    `stem` is the name of the code's file without its suffix. `loads_start`: the first weights come from a file beside
    it; `lists_images`: so do the images with class and split. `compiled`: some steps went through compiled kernels,
    which the code leaves out.
    """

    run: str
    session: Session
    started: Started
    source: Source
    partition: Partition
    built: BuiltModel
    stem: str
    compiled: bool
    loads_start: bool = False
    lists_images: bool = False

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names in the order of the outputs."""
        return self.source.classes

    @property
    def preprocessing(self) -> Preprocessing:
        """How a picture becomes an input."""
        return self.built.preprocessing

    @property
    def head(self) -> nn.Module:
        """The new last layer."""
        return self.built.module.get_submodule(self.built.head)

    @property
    def channels_last(self) -> bool:
        """Whether the run computed in that memory format."""
        return memory_format_of(self.started) == "channels_last"

    @property
    def steps_per_epoch(self) -> int:
        """Batches an epoch."""
        return self.started.steps_per_epoch

    @cached_property
    def phases(self) -> list[Phase]:
        """What changes at which step."""
        return phases_of(self.session, self.built.stage_of, self.steps_per_epoch)

    @property
    def flip(self) -> bool:
        """Whether training images are mirrored."""
        flip = self.session.data.flip
        return self.source.photos if flip is None else flip

    @property
    def fits_in_memory(self) -> bool:
        """Whether all pictures may be kept as they are read."""
        return len(self.source.items) * 3 * self.preprocessing.stored_size**2 <= KEPT_BYTES

    @property
    def root(self) -> Path:
        """The folder that the images' names are relative to."""
        return self.source.root or Path()

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The endings of pictures."""
        return IMAGE_SUFFIXES

    @property
    def mixing(self) -> dict[str, float]:
        """The torchvision transforms that mix a batch, with their alphas."""
        data = self.session.data
        return {name: alpha for name, alpha in (("MixUp", data.mixup), ("CutMix", data.cutmix)) if alpha > 0}

    @property
    def pulled_back(self) -> list[str]:
        """The module paths below the head, which L2-SP pulls back to the first weights."""
        stage_of = self.built.stage_of
        return module_paths({name for name, stage in stage_of.items() if stage != HEAD}, stage_of)

    @property
    def split_folders(self) -> dict[str, str]:
        """The folders of the source that are splits, with the split of each; empty where classes lie at the top."""
        return {item.name.split("/")[0]: item.split for item in self.source.items if item.split}

    @property
    def is_given(self) -> bool:
        """Whether the data itself is divided."""
        return any(item.split for item in self.source.items)

    @property
    def needs_val(self) -> bool:
        """Whether validation images are taken from the training images."""
        return not any(item.split == "val" for item in self.source.items)

    @property
    def needs_test(self) -> bool:
        """Whether test images are taken from the training images."""
        return not self.is_given

    @property
    def constructor_options(self) -> str:
        """More arguments of torchvision's constructor, as text that follows the first."""
        name, size = self.session.model.name, self.preprocessing.image_size
        if name in ("inception_v3", "googlenet"):
            pretrained = self.session.model.weights != "none"
            return f", aux_logits=False, transform_input={pretrained}, init_weights=True"
        return f", image_size={size}" if name.startswith("vit_") else ""

    @property
    def weights_have_a_name(self) -> bool:
        """Whether torchvision can make the first weights: by a name of its own, or at random."""
        weights = self.session.model.weights
        return weights != "bundled" and not Path(weights).suffix

    @property
    def start_file(self) -> str:
        """The name of the file with the first weights, beside the code."""
        return f"{self.stem}-start.pth"

    @property
    def list_file(self) -> str:
        """The name of the file that lists the images with class and split, beside the code."""
        return f"{self.stem}-images.csv"

    @property
    def companions(self) -> tuple[str, ...]:
        """The names of the files beside the code that it reads."""
        needed = ((self.start_file, self.loads_start), (self.list_file, self.lists_images))
        return tuple(name for name, is_needed in needed if is_needed)

    def write_companions(self, folder: Path) -> None:
        """Write the companions into a folder; ThawError where the disk is full."""
        try:
            if self.loads_start:
                torch.save(self.built.module.state_dict(), folder / self.start_file)
            if self.lists_images:
                (folder / self.list_file).write_text(self.listing(), encoding="utf-8")
        except (OSError, RuntimeError) as error:  # torch's writer has its own error for a full disk
            raise ThawError(f"{folder}: can't be written ({error})", "free space, then try again") from None

    def listing(self) -> str:
        """The images with class and split as CSV, which Thaw reads as a label file too."""
        split_of = {
            index: split for split in ("train", "val", "test") for index in self.partition.split(split)
        }
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("file", "label", "split"))
        for index, item in enumerate(self.source.items):
            writer.writerow((item.name, item.label, split_of.get(index, "")))
        return text.getvalue()


def facts_of(run: RunFolder, stem: str) -> Facts:
    """Gather the facts; ThawError where the run never started, BadInput where its settings have no plain form."""
    events = list(read_events(run.events))
    started = next((event for event in events if isinstance(event, Started)), None)
    compiled = any(isinstance(event, Compiled) and event.rows > 0 for event in events)
    if started is None or run.model() is None:
        raise ThawError(f"{run.name}: has not started yet", "wait for its first step, or start it")
    session = session_file.parse(kept(run), str(run.session))
    check_supported(session)
    source, partition = images_of(session)
    built = build(session, len(source.classes))
    if has_auxiliary(session, built.preprocessing.image_size):
        raise BadInput(
            f"{run.name}: this session can't be told as plain code yet, because of its model's auxiliary heads",
            "export the weights (.safetensors), or start a run with model.auxiliary = false",
        )
    return Facts(run.name, session, started, source, partition, built, stem, compiled)
