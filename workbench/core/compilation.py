"""When the steps of one run go through compiled kernels, and when they go as usual again.

Compiled kernels round differently, so every switch is an event of the journal. A run that is taken up again, and one
that repeats another, switch where the journal says so; nothing is decided anew before the step that it tells of last.
"""

import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

from torch import fx, nn

from workbench import cache
from workbench.core import compile_choice
from workbench.core.activations import Inputs
from workbench.core.compile_choice import Experience, Pace
from workbench.core.compiled import CompiledNetwork, forget, takes_graphs
from workbench.core.front import Front
from workbench.core.journal import Journal, warn
from workbench.core.prepare import Task
from workbench.core.recompute import is_recomputed
from workbench.core.remember import remember
from workbench.core.steps import Stepper
from workbench.protocol import Compiled, Event, Started, Steps


class Compilation:
    """Gives the network that trains its compiled form, and takes it away when something else trains.

    `follow` is called after every change of settings and `before` before every step. `steps_left` tells how many steps
    are left that what trains now is likely to take. `earlier` are the events of the run's earlier lives, `repeated`
    those of a run that it repeats.
    """

    def __init__(
        self,
        task: Task,
        front: Front,
        stepper: Stepper,
        journal: Journal,
        steps_left: Callable[[], int],
        earlier: Sequence[Event],
        repeated: Sequence[Event],
    ) -> None:
        self._task, self._front, self._stepper, self._journal = task, front, stepper, journal
        self._steps_left = steps_left
        self._images = min(task.session.data.batch_size, len(task.partition.train))
        # A later life may tell of earlier steps; of one step, what was told last holds.
        switches = (each for each in (*repeated, *earlier) if isinstance(each, Compiled))
        self._record = sorted(switches, key=lambda each: each.step)
        self._is_repetition = any(isinstance(each, Started) for each in repeated)
        self._known_until = _known_until(earlier)
        self._rows = self._told = 0
        self._form: CompiledNetwork | None = None
        self._failed = self._considered = False
        self._trains: object = None
        self._pace = Pace()

    def catch_up(self, step: int) -> None:
        """Go on as it was before that step."""
        self._rows = self._told = self._recorded(step - 1)

    def follow(self, step: int, next_epoch: int) -> None:
        """Take the compiled form along where the same trains in the same way as before, and drop it elsewhere.

        `next_epoch` is the step at which the next epoch begins.
        """
        network = self._front.training
        before, self._trains = self._trains, _what_trains(network.module, self._task.model)
        if self._rows and before not in (None, self._trains):
            self._drop(step, "what trains has changed: steps are as usual again")
        network.compiled = self._form
        # While the stores are filled, steps take longer than they will.
        self._pace.restart(next_epoch if network.keeps else step)
        self._considered = False

    def before(self, inputs: Inputs, step: int) -> None:
        """Switch before a step on these inputs, where the journal says so or where it pays for the steps left."""
        form = self._form
        self._settle(inputs, step)
        if self._rows != self._told or (self._rows and self._form is not form):
            self._journal.write(Compiled(step=step, rows=self._rows))
            self._told = self._rows

    def _settle(self, inputs: Inputs, step: int) -> None:
        if self._task.session.train.compile == "auto":
            self._pace.before(step, self._task.compute.device)
        if len(inputs.indexes) != self._images:
            return
        is_known = self._is_repetition or step < self._known_until
        if is_known:
            self._repeat(step)
        if self._rows not in (0, self._rows_now):
            self._drop(step, "batches go through in other parts: steps are as usual again")
        if self._rows and self._form is None:
            self._switch(inputs, step)
        elif not is_known and not self._rows and not self._failed:
            self._decide(inputs, step)

    @property
    def _rows_now(self) -> int:
        """The images that go through the network together."""
        return self._task.parts.size(self._images)

    # ---- what was decided before ----

    def _recorded(self, step: int) -> int:
        """The rows of the compiled form at a step, as the journals have it."""
        return next((each.rows for each in reversed(self._record) if each.step <= step), 0)

    def _repeat(self, step: int) -> None:
        rows = self._recorded(step)
        if self._rows and not rows:
            self._drop(step, "steps are as usual again")
        elif not self._failed:
            self._rows = rows

    # ---- what is decided now ----

    def _decide(self, inputs: Inputs, step: int) -> None:
        asked, seconds = self._task.session.train.compile, self._pace.seconds
        if asked == "on":
            self._switch(inputs, step)
        elif asked == "auto" and seconds is not None and not self._considered:
            self._considered = True
            if self._task.compute.device.type in compile_choice.SECONDS:
                self._consider(inputs, step, seconds)

    def _consider(self, inputs: Inputs, step: int, seconds: float) -> None:
        """Switch where that pays, as far as one knows of earlier runs or finds out now."""
        where, device, steps_left = self._place(), self._task.compute.device, self._steps_left()
        expected = compile_choice.expected_seconds(_layers(self._front.training.module), device)
        known = cache.recall(where, Experience) or Experience(seconds)
        if known.tried:
            if compile_choice.pays(known, steps_left, expected):
                self._switch(inputs, step, _gain(known))
            return
        if compile_choice.is_worth_trying(known, steps_left, expected):
            found = self._tried(inputs, step, known)
            if found is None:
                return
            known = found
            if compile_choice.pays(known, steps_left, expected):
                self._put_in_force(step, known.compiling, _gain(known))
            else:
                self._let_go()
                warn(self._journal, "compiled steps are no faster here: back to usual", step, "info")
        remember(where, known)

    def _tried(self, inputs: Inputs, step: int, known: Experience) -> Experience | None:
        """The experience with a compiled form, made and timed in turns with the usual kernels; None: it failed."""
        warn(self._journal, "trying whether compiled steps are faster here", step, "info")
        compiling = self._made(inputs, step)
        if compiling is None:
            return None
        usual, compiled = [], []
        for _ in range(compile_choice.TURNS):
            self._front.training.compiled = None
            usual.append(self._seconds(inputs, step))
            self._front.training.compiled = self._form
            compiled.append(self._seconds(inputs, step))
            if compiled[-1] > compile_choice.DOUBTLESS * usual[-1]:
                break
        self._journal.restart_clock()
        return Experience(known.step, min(usual), min(compiled), compiling)

    def _place(self) -> Path:
        task = self._task
        return compile_choice.place(
            task.compute,
            task.session.model.model_dump(),
            task.built.preprocessing.image_size,
            len(task.classes),
            self._rows_now,
            sha256(repr(self._trains).encode()).hexdigest(),
        )

    # ---- making the compiled form, keeping it, letting it go ----

    def _switch(self, inputs: Inputs, step: int, gain: str = "") -> None:
        seconds = self._made(inputs, step)
        if seconds is not None:
            self._put_in_force(step, seconds, gain)

    def _made(self, inputs: Inputs, step: int) -> float | None:
        """The seconds that it took to make the compiled form and give it to the network; None: it can't be made."""
        task, network = self._task, self._front.training
        if self._rows_now < 2:
            self._give_up(step, "single images are not compiled")
            return None
        graphs = task.parts.count == 1 and takes_graphs(network.module, task.compute.device)
        try:
            network.compiled = self._form = CompiledNetwork(
                network.module, self._rows_now, task.compute.memory_format, graphs=graphs
            )
            seconds = self._seconds(inputs, step)
        except Exception as error:  # noqa: BLE001  (compilers fail in their own ways; the usual kernels are there)
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
        else:
            self._journal.restart_clock()
            return seconds
        # Outside of the handler nothing holds the frames of the attempt, and with them its tensors.
        self._give_up(step, reason)
        return None

    def _give_up(self, step: int, reason: str) -> None:
        """Go on as usual to the end of this life, and say why."""
        self._failed = True
        self._let_go()
        self._rows = 0
        warn(self._journal, f"steps can't be compiled here ({reason}): they are taken as usual", step)
        self._journal.restart_clock()

    def _seconds(self, inputs: Inputs, step: int) -> float:
        """What a pass over the inputs takes with the network as it stands; nothing of it stays."""
        began = time.perf_counter()
        self._stepper.rehearse(inputs, step)
        return time.perf_counter() - began

    def _put_in_force(self, step: int, compiling: float, gain: str) -> None:
        self._rows = self._rows_now
        warn(self._journal, f"compiled: {gain}compiling took {compiling:.0f} s", step, "info")

    def _drop(self, step: int, message: str) -> None:
        self._rows = 0
        self._let_go()
        warn(self._journal, message, step, "info")

    def _let_go(self) -> None:
        if self._form is not None:
            self._front.training.compiled = self._form = None
            forget()


def _gain(known: Experience) -> str:
    return f"steps are {known.times:.1f} times as fast, "


def _known_until(earlier: Sequence[Event]) -> int:
    """The first step of which the journal does not tell how it was taken."""
    taken = (each.step + len(each.loss) for each in earlier if isinstance(each, Steps))
    switched = (each.step + 1 for each in earlier if isinstance(each, Compiled))
    return max((*taken, *switched), default=0)


def _what_trains(network: nn.Module, model: nn.Module) -> object:
    """Another value for everything that needs other kernels: what is computed, what trains, draws or is recomputed."""
    return (
        network.code if isinstance(network, fx.GraphModule) else "the whole model",
        tuple(name for name, each in model.named_parameters() if each.requires_grad),
        tuple(name for name, each in model.named_modules() if each.training),
        tuple(name for name, each in model.named_modules() if is_recomputed(each)),
    )


def _layers(network: nn.Module) -> int:
    """The layers that the network calls."""
    if isinstance(network, fx.GraphModule):
        return sum(node.op == "call_module" for node in network.graph.nodes)
    return sum(not any(True for _ in each.children()) for each in network.modules())
