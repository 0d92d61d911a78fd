"""Results as tables of plain text: per-class reports, confusion matrices, model trees, lists of runs.

Each function gives whole lines; long tables are cut where a person would stop reading, and say so.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from workbench.proof_words import movers, verdict
from workbench.protocol import Metrics, ModelDescription, ModuleRow, Verified
from workbench.run import RunSummary
from workbench.words import columns, percent

CLASSES_SHOWN = 40
MATRIX_CLASSES = 20
CONFUSIONS_SHOWN = 20
MOVERS_SHOWN = 20


def metrics_lines(metrics: Metrics) -> list[str]:
    """The whole report of an evaluation: figures, classes and confusion matrix."""
    return [headline(metrics), "", *per_class_lines(metrics), "", *confusion_lines(metrics)]


def headline(metrics: Metrics) -> str:
    """Split, accuracy and loss in one line."""
    return (
        f"{metrics.split} accuracy {percent(metrics.accuracy)}  loss {metrics.loss:.4f}  "
        f"({metrics.images:,} images, {metrics.checkpoint} checkpoint, step {metrics.step:,})"
    )


def per_class_lines(metrics: Metrics) -> list[str]:
    """Precision, recall and F1 of every class; of many classes only those with the lowest F1."""
    shown = list(metrics.per_class)
    if len(shown) > CLASSES_SHOWN:
        shown = sorted(shown, key=lambda report: report.f1)[:CLASSES_SHOWN]
    rows = [
        (
            report.name,
            percent(report.precision),
            percent(report.recall),
            percent(report.f1),
            f"{report.images:,}",
        )
        for report in shown
    ]
    lines = columns([("class", "precision", "recall", "F1", "images"), *rows], "<>>>>")
    if len(shown) < len(metrics.per_class):
        lines.append(f"({len(shown)} of {len(metrics.per_class)} classes, lowest F1 first; --json gives all)")
    return lines


def confusion_lines(metrics: Metrics) -> list[str]:
    """The confusion matrix, true classes down and predicted across; of many classes the largest confusions."""
    names = [report.name for report in metrics.per_class]
    if len(names) > MATRIX_CLASSES:
        return _largest_confusions(metrics, names)
    header = ("true \\ predicted", *(name[:12] for name in names))
    rows = [
        (name, *(str(number) if number else "." for number in line))
        for name, line in zip(names, metrics.confusion, strict=True)
    ]
    return columns([header, *rows], "<" + ">" * len(names))


def _largest_confusions(metrics: Metrics, names: Sequence[str]) -> list[str]:
    pairs = [
        (number, names[true], names[predicted])
        for true, line in enumerate(metrics.confusion)
        for predicted, number in enumerate(line)
        if number and true != predicted
    ]
    pairs.sort(key=lambda pair: -pair[0])
    rows = [(true, predicted, f"{number:,}") for number, true, predicted in pairs[:CONFUSIONS_SHOWN]]
    return columns([("true", "taken for", "images"), *rows], "<<>")


def tree_lines(model: ModelDescription, is_trainable: Callable[[str], bool]) -> list[str]:
    """The module tree with state (● trainable, ○ frozen, ◐ mixed), type, output shape, parameters and stage."""
    inside = parameters_inside(model)
    rows = [("", "module", "type", "output", "parameters", "stage")]
    for row in model.modules:
        sign = {"trainable": "●", "frozen": "○", "mixed": "◐"}.get(
            state_of(inside[row.path], is_trainable), " "
        )
        rows.append((sign, _indented(row), row.type, _shape(row), f"{row.parameters:,}", row.stage))
    counts = model.counts
    trained = sum(size for name, size in counts.items() if is_trainable(name))
    total = f"{trained:,} of {sum(counts.values()):,} parameters train"
    return [*columns(rows, "<<<<><"), "", f"{model.name}: {total}   ● trainable  ○ frozen  ◐ mixed"]


def parameters_inside(model: ModelDescription) -> dict[str, list[str]]:
    """The names of all parameters in each module and below it, by the module's path."""
    names = list(model.counts)
    return {
        row.path: [name for name in names if not row.path or name.startswith(f"{row.path}.")]
        for row in model.modules
    }


def state_of(names: Sequence[str], is_trainable: Callable[[str], bool]) -> str:
    """``trainable``, ``frozen``, ``mixed``, or ``empty`` where there are no parameters."""
    states = {is_trainable(name) for name in names}
    if len(states) == 2:
        return "mixed"
    return "empty" if not states else "trainable" if True in states else "frozen"


def _indented(row: ModuleRow) -> str:
    if not row.path:
        return "(model)"
    return "  " * row.path.count(".") + row.path.rpartition(".")[2]


def _shape(row: ModuleRow) -> str:
    return "×".join(map(str, row.shape)) or "-"


def run_lines(summaries: Sequence[RunSummary]) -> list[str]:
    """One line a run: name, state, model, epoch, accuracies and when its journal grew last."""
    rows = [
        (
            summary.run.name,
            summary.state,
            summary.model or "-",
            f"{summary.epoch}/{summary.epochs}",
            percent(summary.val_accuracy) if summary.val_accuracy is not None else "-",
            percent(summary.test_accuracy) if summary.test_accuracy is not None else "-",
            datetime.fromtimestamp(summary.modified).strftime("%Y-%m-%d %H:%M"),
        )
        for summary in summaries
    ]
    header = ("run", "state", "model", "epoch", "val", "test", "last change")
    return columns([header, *rows], "<<<>>>>")


def verified_lines(event: Verified) -> list[str]:
    """The whole answer to a verify: the verdict, both digests, all that is broken, and what moved farthest."""
    lines = [
        f"step {event.step:,}: {verdict(event)}",
        f"sha256 when frozen  {event.expected}",
        f"sha256 now          {event.found}",
        *(f"changed though frozen: {name}" for name in event.broken),
    ]
    shown = movers(event)[:MOVERS_SHOWN]
    if shown:
        lines += ["", *columns([(f"moved since step {event.since:,}", "by"), *shown], "<>")]
    if len(shown) < len(event.changed):
        lines.append(f"({len(shown)} of {len(event.changed)}, the farthest first; --json gives all)")
    return lines
