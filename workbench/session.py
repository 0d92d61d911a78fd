"""A session says what to train and how: the fields, their defaults and what they may hold.

Every field has a default that an expert would choose, so that a session which says little works. Reading and
writing the TOML is `workbench.session_file`'s part.
"""

from typing import Annotated, Any, Literal, Self

import msgspec
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from workbench.actions import (
    AugmentKind,
    BatchNormMode,
    Edit,
    FlipMode,
    Freeze,
    Only,
    ReestimateBatchNorm,
    RollBack,
    ScaleRate,
    SetAugment,
    SetBatchNorm,
    SetClip,
    SetEpochs,
    SetFlip,
    SetRate,
    SetWeightDecay,
    Thaw,
)
from workbench.corrections import Corrections
from workbench.plan import FreezePlan, Rule, Strategy, gradual_thaws, strategy_plan
from workbench.settings import Settings

Fraction = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Patterns = tuple[Annotated[str, Field(min_length=1)], ...]


def _one_problem(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    """One complaint for a value that is none of several types, instead of one for each type."""
    try:
        return check(value)
    except ValidationError:
        raise ValueError("expected a number, true, false, or numbers in brackets: [0.9, 0.95]") from None


Option = Annotated[float | int | bool | tuple[float, ...], WrapValidator(_one_problem)]


class Section(BaseModel):
    """A table of a session: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class SplitFractions(Section):
    """The parts of the data that are kept away from training."""

    val: Fraction = Field(0.15, description="fraction of the data for validation, where no val folder stands")
    test: Fraction = Field(0.15, description="fraction of the data for the test, where no test folder stands")

    @model_validator(mode="after")
    def _leaves_training_data(self) -> Self:
        if self.val + self.test >= 1:
            raise ValueError("val and test together leave nothing to train on; they must sum to less than 1")
        return self


class Data(Section):
    """Which pictures, how they are split, sized, batched and augmented."""

    source: str = Field(
        "digits",
        min_length=1,
        description="a folder of images, a label file (.csv, .parquet), 'digits' (scikit-learn's), or torchvision:NAME",
    )
    split: SplitFractions = Field(
        SplitFractions(), description="fractions held back: { val = 0.15, test = 0.15 }"
    )
    drop: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        (), description="names of images to leave out of every part; the files stay where they are"
    )
    relabel: dict[str, Annotated[str, Field(min_length=1)]] = Field(
        {}, description='images that have another class than their folder says: { "ants/7.jpg" = "bees" }'
    )
    train_per_class: int = Field(0, ge=0, description="train on this many images of each class; 0 means all")
    image_size: int | None = Field(
        None,
        ge=8,
        le=2048,
        description="side of the square the model sees; default: what the weights were trained with",
    )
    batch_size: int = Field(32, ge=1, le=65536, description="images per step")
    augment: AugmentKind = Field(
        "light",
        description="random shifts, scales and turns of training images; strong adds colour and erasing",
    )
    augment_views: int = Field(
        0,
        ge=0,
        description="augmented views of each image that return epoch after epoch, so that what is frozen sees each "
        "once; 0: a new view every epoch",
    )
    mixup: NotNegative = Field(
        0.0, description="mix pairs of training images; alpha of its Beta distribution, 0: off"
    )
    cutmix: NotNegative = Field(
        0.0, description="paste patches between training images; alpha of its Beta distribution, 0: off"
    )
    sampling: Literal["natural", "balanced"] = Field(
        "natural", description="balanced: every class is drawn equally often, rare images repeatedly"
    )
    flip: bool | None = Field(
        None, description="mirror training images left to right; default: yes for photos, no for digits"
    )

    @property
    def corrections(self) -> Corrections:
        """What is dropped and relabelled of them."""
        return Corrections(self.drop, tuple(self.relabel.items()))


class Model(Section):
    """The network and the weights it starts from."""

    name: str = Field(
        "resnet18",
        min_length=1,
        description="a torchvision classifier, such as resnet50 or vit_b_16, or timm:NAME with the timm extra",
    )
    weights: str = Field(
        "DEFAULT",
        min_length=1,
        description="a torchvision weights name, a file, 'bundled', or 'none' (random)",
    )
    dropout: Fraction = Field(0.0, description="dropout before the new head")
    auxiliary: bool | None = Field(
        None,
        description="train Inception's and GoogLeNet's auxiliary heads too; default: where everything trains",
    )
    stochastic_depth: Fraction | None = Field(
        None, description="largest rate at which whole blocks are left out; default: the model's own"
    )


class FreezeRules(Section):
    """Which parameters train from the first step on."""

    thaw: Patterns | None = Field(
        None, description="patterns that train; everything else is frozen; default: what the strategy says"
    )
    freeze: Patterns = Field((), description="patterns to freeze again, after `thaw`")
    batchnorm: BatchNormMode | None = Field(
        None,
        description="frozen: running statistics never move; follow: thawed BatchNorms update them; "
        "default: frozen, and follow when weights = 'none'",
    )


class Optimizer(Section):
    """The update rule and the learning rates."""

    name: Literal["adamw", "adam", "nadam", "radam", "sgd", "rmsprop", "adagrad", "adafactor", "muon"] = (
        Field("adamw", description="the update rule")
    )
    options: dict[str, Option] = Field(
        {}, description="more arguments of the torch.optim class: { betas = [0.9, 0.95], eps = 1e-7 }"
    )
    lr: Positive = Field(
        1e-3, description="base learning rate, which the schedule scales; the head trains at it"
    )
    weight_decay: NotNegative = Field(0.01, description="weight decay; never applied to norms and biases")
    momentum: Fraction = Field(0.9, description="momentum of sgd and rmsprop")
    nesterov: bool = Field(default=True, description="Nesterov momentum (sgd)")
    backbone_lr_scale: NotNegative = Field(0.1, description="rate multiplier of thawed layers below the head")
    layer_lr_decay: Annotated[float, Field(gt=0, le=1)] = Field(
        1.0, description="rate multiplier once more for each stage further from the head"
    )
    lr_scales: dict[str, NotNegative] = Field(
        {}, description='rate multipliers by pattern: { "layer4.*" = 0.5 }'
    )
    l2_sp: NotNegative = Field(
        0.0, description="pull of the thawed pretrained weights back to where they started (L2-SP)"
    )
    schedule: Literal["constant", "cosine", "linear", "step", "one-cycle", "plateau"] = Field(
        "cosine",
        description="how the learning rate moves; plateau: a tenth when validation stalls for 3 epochs",
    )
    warmup_steps: int = Field(0, ge=0, description="steps over which the rate rises from 0 at the start")
    clip_grad_norm: NotNegative = Field(
        1.0, description="clip the norm of the whole gradient; 0 means no clipping"
    )


class Loss(Section):
    """The cross entropy that is minimised."""

    label_smoothing: Fraction = Field(0.0, description="label smoothing of the cross entropy")
    class_weights: Literal["none", "balanced"] = Field(
        "none", description="balanced: rare classes weigh more, inversely to their count"
    )


class Train(Section):
    """How long, on what, and when to stop."""

    epochs: int = Field(5, ge=1, le=100_000, description="passes over the training images")
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto",
        description="arithmetic of the forward pass; auto: bf16 where it is clearly faster here, else fp32",
    )
    device: str = Field(
        "auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$", description="auto, cpu, mps, cuda or cuda:N"
    )
    accumulate: int = Field(
        1,
        ge=1,
        description="split each batch into this many parts whose gradients add up: the same with less memory",
    )
    gradient_checkpointing: bool = Field(
        default=False,
        description="compute the inside of blocks again for the backward pass: the same with less memory and more time",
    )
    ema: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.0, description="decay of an average of the weights, such as 0.999, used to evaluate; 0: none"
    )
    early_stopping: int = Field(
        0, ge=0, description="stop after this many epochs without a better validation loss; 0: never"
    )
    reuse_prefix: bool = Field(
        default=True,
        description="compute what is frozen in front once per image, keep it on this disk, and use it again",
    )
    compile: Literal["auto", "on", "off"] = Field(
        "auto",
        description="training steps through torch.compile; auto: where that is faster within the run; on; off",
    )
    checkpoint_seconds: Positive = Field(60.0, description="longest time between two checkpoints, in seconds")


_SETTING: dict[str, type[SetBatchNorm | SetWeightDecay | SetClip | SetEpochs | SetAugment | SetFlip]] = {
    "batchnorm": SetBatchNorm,
    "weight_decay": SetWeightDecay,
    "clip_grad_norm": SetClip,
    "epochs": SetEpochs,
    "augment": SetAugment,
    "flip": SetFlip,
}
"""Keys of a schedule entry that set one value, with the edits that do it, in the order in which these apply."""
_WRITING: dict[str, type[RollBack | ReestimateBatchNorm]] = {
    "roll_back": RollBack,
    "reestimate_batchnorm": ReestimateBatchNorm,
}
"""Keys that write into the model, in the order in which they apply."""


class ScheduledEdits(Section):
    """Edits that come into force at the start of an epoch (counted from 1) or at a step (counted from 0)."""

    epoch: int | None = Field(
        None, ge=1, description="the epoch, from 1, at whose start this comes into force"
    )
    step: int | None = Field(None, ge=0, description="the step, from 0, at which this comes into force")
    only: Patterns = Field((), description="train these and freeze everything else")
    thaw: Patterns = Field((), description="patterns to thaw")
    freeze: Patterns = Field((), description="patterns to freeze")
    lr: NotNegative | None = Field(None, description="new base learning rate")
    lr_scales: dict[str, NotNegative] = Field({}, description="rate multipliers by pattern")
    batchnorm: BatchNormMode | None = Field(None, description="frozen or follow")
    reestimate_batchnorm: bool = Field(
        default=False, description="estimate the statistics of thawed BatchNorms afresh"
    )
    augment: AugmentKind | None = Field(None, description="none, light or strong changes of training images")
    flip: FlipMode | None = Field(None, description="mirroring of training images: on, off or default")
    roll_back: bool = Field(default=False, description="put the weights of the best epoch so far back")
    weight_decay: NotNegative | None = Field(None, description="new weight decay")
    clip_grad_norm: NotNegative | None = Field(
        None, description="new norm at which the gradient is clipped; 0: none"
    )
    epochs: int | None = Field(None, ge=1, le=100_000, description="new number of epochs of the whole run")

    @model_validator(mode="after")
    def _says_when_and_what(self) -> Self:
        if (self.epoch is None) == (self.step is None):
            raise ValueError("give either epoch or step")
        if not self.edits():
            raise ValueError(
                "nothing is scheduled: give only, thaw, freeze, lr, lr_scales, batchnorm, weight_decay, "
                "clip_grad_norm, epochs, augment, flip, roll_back or reestimate_batchnorm"
            )
        return self

    def edits(self) -> tuple[Edit, ...]:
        """The edits in the order in which they apply."""
        found: list[Edit] = [
            kind(patterns)
            for kind, patterns in ((Only, self.only), (Thaw, self.thaw), (Freeze, self.freeze))
            if patterns
        ]
        if self.lr is not None:
            found.append(SetRate(self.lr))
        found.extend(ScaleRate(pattern, scale) for pattern, scale in self.lr_scales.items())
        for key, kind in _SETTING.items():
            value = getattr(self, key)
            if value is not None:
                found.append(kind(value))
        found.extend(kind() for key, kind in _WRITING.items() if getattr(self, key))
        return tuple(found)

    @classmethod
    def of(cls, step: int, edit: Edit) -> Self:
        """The entry that makes one edit at a step; undo and redo, which need a history, have none."""
        match edit:
            case Only(patterns) | Thaw(patterns) | Freeze(patterns):
                key = {Only: "only", Thaw: "thaw", Freeze: "freeze"}[type(edit)]
                return cls.model_validate({"step": step, key: patterns})
            case SetRate(value):
                return cls(step=step, lr=value)
            case ScaleRate(pattern, scale):
                return cls(step=step, lr_scales={pattern: scale})
        for key, kind in _SETTING.items():
            if isinstance(edit, kind):
                return cls.model_validate({"step": step, key: msgspec.structs.astuple(edit)[0]})
        for key, writing in _WRITING.items():
            if isinstance(edit, writing):
                return cls.model_validate({"step": step, key: True})
        raise TypeError(f"{edit!r} can't be scheduled")

    def at_step(self, steps_per_epoch: int) -> int:
        """The step at whose boundary the edits apply."""
        return self.step if self.step is not None else ((self.epoch or 1) - 1) * steps_per_epoch


class Session(Section):
    """What to train and how."""

    name: str = Field(
        "session",
        pattern=r"^[\w][\w .-]*$",
        max_length=80,
        description="letters, digits, spaces, dots, - and _; names the run folder",
    )
    seed: int = Field(1, ge=0, lt=2**63, description="every random draw of the run follows from it")
    strategy: Strategy = Field(
        "feature-extraction",
        description="feature-extraction: only the head; last-block: head and last stage; full: everything; "
        "gradual: one stage more each epoch",
    )
    data: Data = Field(Data(), description="the pictures")
    model: Model = Field(Model(), description="the network")
    freeze: FreezeRules = Field(FreezeRules(), description="what trains")
    optimizer: Optimizer = Field(Optimizer(), description="the update rule")
    loss: Loss = Field(Loss(), description="the loss")
    train: Train = Field(Train(), description="how long, on what")
    schedule: tuple[ScheduledEdits, ...] = Field((), description="edits at later epochs or steps")

    def plan(self, stages: tuple[str, ...]) -> FreezePlan:
        """The freeze plan at the first step, for a model with these stages in forward order."""
        if self.freeze.thaw is None:
            plan = strategy_plan(self.strategy, stages)
        else:
            plan = FreezePlan((Rule("*", trainable=False),)).with_rules(self.freeze.thaw, trainable=True)
        return plan.with_rules(self.freeze.freeze, trainable=False)

    def settings(self, stages: tuple[str, ...]) -> Settings:
        """What is in force at the first step, before any edit."""
        return Settings(
            plan=self.plan(stages),
            lr=self.optimizer.lr,
            weight_decay=self.optimizer.weight_decay,
            clip_grad_norm=self.optimizer.clip_grad_norm,
            batchnorm=self.freeze.batchnorm or ("follow" if self.model.weights == "none" else "frozen"),
            epochs=self.train.epochs,
            lr_scales=tuple(self.optimizer.lr_scales.items()),
            augment=self.data.augment,
            flip="default" if self.data.flip is None else "on" if self.data.flip else "off",
            corrections=self.data.corrections,
        )

    def corrected(self, corrections: Corrections) -> "Session":
        """The session with these corrections of its images in place of its own."""
        if corrections == self.data.corrections:
            return self
        fields = {"drop": corrections.drop, "relabel": dict(corrections.relabel)}
        return self.model_copy(update={"data": self.data.model_copy(update=fields)})

    def scheduled(self, stages: tuple[str, ...], steps_per_epoch: int) -> dict[int, tuple[Edit, ...]]:
        """Edits by the step at which they apply: the strategy's, then the session's own."""
        found: dict[int, tuple[Edit, ...]] = {}
        if self.strategy == "gradual" and self.freeze.thaw is None:
            for epoch, stage in gradual_thaws(stages, self.train.epochs):
                found[(epoch - 1) * steps_per_epoch] = (Thaw((stage,)),)
        for entry in self.schedule:
            step = entry.at_step(steps_per_epoch)
            found[step] = found.get(step, ()) + entry.edits()
        return found

    def get(self, key: str) -> Any:
        """The value at a dotted key such as ``optimizer.lr``."""
        value: Any = self
        for part in key.split("."):
            value = getattr(value, part)
        return value
