"""Which settings of a session have a plain form in the exported code.

What is not listed must be at its default: a key that a later version adds is refused until the cells know it, and
never left out silently.
"""

from typing import Any

from workbench.errors import BadInput
from workbench.session import Session

TOLD = frozenset(
    {
        "name",
        "seed",
        "strategy",
        "schedule",
        "data.source",
        "data.split",
        "data.drop",
        "data.relabel",
        "data.train_per_class",
        "data.image_size",
        "data.batch_size",
        "data.augment",
        "data.augment_views",
        "data.flip",
        "data.sampling",
        "data.cutmix",
        "data.mixup",
        "model.name",
        "model.weights",
        "model.dropout",
        "model.stochastic_depth",
        "model.auxiliary",
        "freeze.thaw",
        "freeze.freeze",
        "freeze.batchnorm",
        "optimizer.name",
        "optimizer.options",
        "optimizer.lr",
        "optimizer.weight_decay",
        "optimizer.momentum",
        "optimizer.nesterov",
        "optimizer.backbone_lr_scale",
        "optimizer.layer_lr_decay",
        "optimizer.lr_scales",
        "optimizer.schedule",
        "optimizer.warmup_steps",
        "optimizer.clip_grad_norm",
        "optimizer.l2_sp",
        "loss.label_smoothing",
        "loss.class_weights",
        "train.epochs",
        "train.precision",
        "train.device",
        "train.early_stopping",
        "train.accumulate",
        "train.gradient_checkpointing",
        "train.reuse_prefix",
        "train.compile",
        "train.ema",
        "train.checkpoint_seconds",
    }
)


def check_supported(session: Session) -> None:
    """Raise BadInput that names every setting the code can't tell."""
    found = [f"{key} = {value!r}" for key, value in _changed(session) if key not in TOLD]
    if session.model.name.startswith("timm:"):
        found.append(f"model.name = {session.model.name!r}")
    if session.optimizer.name == "muon":
        found.append("optimizer.name = 'muon'")
    if any(entry.reestimate_batchnorm for entry in session.schedule):
        found.append("an edit reestimate-batchnorm")
    if any(entry.roll_back for entry in session.schedule):
        found.append("an edit roll-back")
    found += [f"an edit augment {entry.augment}" for entry in session.schedule if entry.augment is not None]
    found += [f"an edit flip {entry.flip}" for entry in session.schedule if entry.flip is not None]
    if found:
        raise BadInput(
            f"this session can't be told as plain code yet, because of {', '.join(found)}",
            "export the weights (.safetensors), or start a run without it",
        )


def _changed(session: Session) -> list[tuple[str, Any]]:
    """Keys whose values are not the defaults, with dots: ``data.batch_size``."""
    defaults = Session()
    found: list[tuple[str, Any]] = []
    for section in type(session).model_fields:
        value, default = getattr(session, section), getattr(defaults, section)
        fields = getattr(type(value), "model_fields", None)
        if fields is None:
            found += [(section, value)] if value != default else []
            continue
        for key in fields:
            if getattr(value, key) != getattr(default, key):
                found.append((f"{section}.{key}", getattr(value, key)))
    return found
