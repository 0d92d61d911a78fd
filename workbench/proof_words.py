"""What a run's proofs say: verify, contradictions and rate searches, in the words of every place that shows them.

The log, the dialogs and the plain lines all take theirs from here.
"""

import math
from collections.abc import Mapping

from workbench.actions import SetRate, describe
from workbench.protocol import Contradicted, RateSearched, Verified
from workbench.rate_curve import rounded
from workbench.safe_text import inert, some
from workbench.words import percent, rate

FROM_ZERO = 1e6
"""A change by more than this, relative to what was there, means that nothing was there."""
NAMES_SHOWN = 4


def verdict(event: Verified) -> str:
    """Whether what must not move is as it was, or which of it differs."""
    tensors = f"{event.still:,} frozen {'tensor' if event.still == 1 else 'tensors'}"
    if event.broken:
        return f"✗ {len(event.broken):,} of {tensors} changed: {some(event.broken, NAMES_SHOWN)}"
    if not event.still:
        return "✓ nothing is frozen, so nothing had to stay as it was"
    return f"✓ {tensors} {'is' if event.still == 1 else 'are'} bit-identical to when frozen"


def movers(event: Verified) -> list[tuple[str, str]]:
    """Each tensor that was free to move, with how far it did since the last verify, the farthest first."""
    order = sorted(event.changed.items(), key=lambda pair: (-_distance(pair[1]), pair[0]))
    return [(inert(name), moved(change)) for name, change in order]


def movers_line(event: Verified) -> str:
    """How many tensors moved since the last verify and which one farthest; empty where none was free to."""
    if not event.changed:
        return ""
    moving = sum(change != 0 for change in event.changed.values())
    of = "" if moving == len(event.changed) else f" of {len(event.changed):,}"
    line = f"{moving:,}{of} others moved since step {event.since:,}"
    if not moving:
        return line
    name, change = movers(event)[0]
    return f"{line}, {name} most ({change})"


def moved(change: float | None) -> str:
    """A relative change in words; None and not-a-number are values that are no numbers any more."""
    if change is None or math.isnan(change):
        return "not a number"
    if change > FROM_ZERO:
        return "from zero"
    if 0 < change < 0.0005:
        return "< 0.1 %"
    return percent(change) if change else "not at all"


def _distance(change: float | None) -> float:
    return math.inf if change is None or math.isnan(change) else change


def verified_line(event: Verified) -> str:
    """A verify in one line."""
    digest = f" (sha256 {event.found[:12]}…)" if event.still and not event.broken else ""
    others = movers_line(event)
    return f"step {event.step:,}: {verdict(event)}{digest}{f' · {others}' if others else ''}"


def contradicted_line(event: Contradicted) -> str:
    """What an epoch's training did not bear out, by reason, or that nothing is left of it."""
    if not event.found:
        return f"epoch {event.epoch}: no contradictions are left"
    reasons = "; ".join(
        f"{some(names, NAMES_SHOWN)}: {reason}" for reason, names in by_reason(event.found).items()
    )
    return f"epoch {event.epoch}: plan and fact differ: {reasons}"


def by_reason(found: Mapping[str, str]) -> dict[str, list[str]]:
    """Contradicted names, gathered by their reason."""
    gathered: dict[str, list[str]] = {}
    for name, reason in found.items():
        gathered.setdefault(reason, []).append(name)
    return gathered


def complaint(found: Mapping[str, str]) -> str:
    """What is contradicted in a part of a model, in a line for its row; empty where nothing is."""
    parts = [
        f"{len(names):,} × {reason}" if len(names) > 1 else reason
        for reason, names in by_reason(found).items()
    ]
    return "; ".join(parts)


def searched_line(event: RateSearched) -> str:
    """What a rate search found and the command that applies it."""
    if not event.rates:
        return f"step {event.step:,}: the rate search took no step; the loss is no number"
    span = f"{len(event.rates)} rates, {rate(event.rates[0])} to {rate(event.rates[-1])}"
    if not event.suggestion:
        return f"step {event.step:,}: rate search over {span} suggests none: the loss does not fall clearly"
    return f"step {event.step:,}: rate search over {span} suggests {describe(suggested(event))}"


def suggested(event: RateSearched) -> SetRate:
    """The edit that applies what a search suggests."""
    return SetRate(rounded(event.suggestion))
