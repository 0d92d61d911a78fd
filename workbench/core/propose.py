"""A first session for a folder of images or a label file.

It is chosen from what is there: how many images, and which weights are at hand.
"""

import socket
from pathlib import Path

import tomlkit

from workbench.core.partition import divide
from workbench.core.sources import open_source
from workbench.core.weights import bundled_files, is_offline, torchvision_file, torchvision_host
from workbench.safe_text import inert
from workbench.session import Data

PREFERRED = "resnet18"

_PHOTOS = """\
# Proposed by Thaw for {images} images of {classes} classes in {shown}.
# Change what you like here or in the workbench; `thaw check FILE` validates it.

name = "{name}"
strategy = "{strategy}"    # {why_strategy}

[data]
source = {source}
batch_size = {batch_size}
augment = "light"
{size}
[model]
name = "{model}"
weights = "{weights}"    # {why_weights}

[optimizer]
lr = {lr}
backbone_lr_scale = {scale}

[train]
epochs = {epochs}
"""


def propose(place: Path) -> str:
    """The TOML text of a session for a folder of images or a label file; BadInput where it can't be trained on."""
    root = place.expanduser().resolve()
    source = open_source(str(root))
    partition = divide(source, Data(), seed=1)
    images = len(partition.train)
    pretrained = _imagenet_at_hand()
    return _PHOTOS.format(
        images=len(source.items),
        classes=len(source.classes),
        shown=inert(str(root)),
        source=tomlkit.item(str(root)).as_string(),
        name=_name(root),
        strategy="feature-extraction" if pretrained else "full",
        why_strategy=(
            "only the new head trains; thaw more in the model tree, also while it trains"
            if pretrained
            else "these weights know letters, not photos, so everything trains; freeze what you like"
        ),
        batch_size=_batch_size(images),
        size="" if pretrained else "image_size = 96\n",
        model=PREFERRED if pretrained else next(iter(bundled_files())),
        weights="DEFAULT" if pretrained else "bundled",
        why_weights=_why(pretrained),
        lr="1e-3" if pretrained else "3e-3",
        scale="0.1" if pretrained else "1.0",
        epochs=10,
    )


def _imagenet_at_hand() -> bool:
    """Whether the preferred model's weights lie on this disk or could be downloaded."""
    file = torchvision_file(PREFERRED, "DEFAULT")
    if file is not None and file.is_file():
        return True
    if is_offline():
        return False
    try:
        with socket.create_connection((torchvision_host(PREFERRED), 443), timeout=1.5):
            return True
    except OSError:
        return False


def _why(pretrained: bool) -> str:
    if pretrained:
        return "ImageNet weights, from this disk or downloaded once"
    file = torchvision_file(PREFERRED, "DEFAULT")
    name = file.name if file else f"{PREFERRED}.pth"
    return f"no ImageNet weights here and no network; better: put {name} into torch's hub/checkpoints, then {PREFERRED}"


def _batch_size(images: int) -> int:
    return 8 if images < 64 else 16 if images < 200 else 32


def _name(root: Path) -> str:
    stem = root.stem if root.is_file() else root.name
    kept = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in stem).strip("-_")
    return kept[:40] or "photos"
