"""Findings on single pictures: what can't be read, and modes and sizes that a model sees differently than people.

Thresholds are where training as usual would lose most of a picture.
"""

from collections.abc import Callable, Sequence

from workbench.core.doctor.scanning import FEW_COLOURS, Look
from workbench.core.sources import Source
from workbench.findings import Finding, Kind

TINY = 16
"""Pictures with a shorter side of fewer pixels hold next to nothing that a network for photos could see."""
HUGE = 50_000_000
"""Pictures of more pixels take longer to decode than to train on."""
ELONGATED = 4.0
"""A ratio of sides at which the centre square shows less than a quarter of the picture."""

_MODES = {
    "CMYK": "in CMYK (print colours)",
    "P": "with a palette",
    "PA": "with a palette",
    "F": "in floating point",
    "LAB": "in L*a*b* colours",
    "HSV": "in HSV colours",
    "1": "in black and white without greys",
}


def picture_findings(source: Source, looks: Sequence[Look]) -> list[Finding]:
    """One finding for each unreadable picture, and one for each oddity with all pictures that have it."""
    return [
        *_unreadable(source, looks),
        *_graphics(source, looks),
        *_modes(source, looks),
        *_sizes(source, looks),
    ]


def _unreadable(source: Source, looks: Sequence[Look]) -> list[Finding]:
    return [
        Finding("unreadable", look.error, (item.name,), "skipped, in training and in evaluations")
        for item, look in zip(source.items, looks, strict=True)
        if look.error
    ]


def _graphics(source: Source, looks: Sequence[Look]) -> list[Finding]:
    """Placeholders and drawings, where most pictures are photos."""
    names = _where(source, looks, _is_graphic)
    if not names or len(names) > len(looks) / 4:
        return []
    described = f"of at most {FEW_COLOURS} colours, such as a placeholder, a drawing or nothing at all"
    return [_of_all(names, "graphic", described, "nothing: look at them, and delete what is no photo")]


def _is_graphic(look: Look) -> bool:
    return look.few_colours and look.size[0] * look.size[1] > 16 * FEW_COLOURS


def _modes(source: Source, looks: Sequence[Look]) -> list[Finding]:
    by_mode: dict[str, list[str]] = {}
    for item, look in zip(source.items, looks, strict=True):
        described = _MODES.get(look.mode, "with 16 or 32 bits a channel" if look.mode.startswith("I") else "")
        if described:
            by_mode.setdefault(described, []).append(item.name)
    findings = [
        _of_all(names, "odd-mode", described, "turned into 8-bit RGB") for described, names in by_mode.items()
    ]
    clear = _where(source, looks, lambda look: look.transparent)
    if clear:
        findings.append(_of_all(clear, "odd-mode", "with transparent places", "laid on white"))
    frames = _where(source, looks, lambda look: look.frames > 1)
    if frames:
        findings.append(_of_all(frames, "animated", "of several frames", "the first frame is used"))
    return findings


def _sizes(source: Source, looks: Sequence[Look]) -> list[Finding]:
    kinds: tuple[tuple[Kind, str, str, Callable[[Look], bool]], ...] = (
        (
            "tiny",
            f"with a side of fewer than {TINY} pixels",
            "enlarged to what the model sees",
            lambda look: min(look.size) < TINY,
        ),
        (
            "huge",
            f"of more than {HUGE // 1_000_000} million pixels",
            "made smaller each time they are read; smaller files train faster",
            lambda look: look.size[0] * look.size[1] > HUGE,
        ),
        (
            "elongated",
            f"at least {ELONGATED:.0f} times as long as wide, or as wide as long",
            "the model sees the square in the middle",
            lambda look: max(look.size) >= ELONGATED * min(look.size),
        ),
    )
    return [
        _of_all(names, kind, described, action)
        for kind, described, action, holds in kinds
        if (names := _where(source, looks, holds))
    ]


def _where(source: Source, looks: Sequence[Look], holds: Callable[[Look], bool]) -> list[str]:
    return [
        item.name for item, look in zip(source.items, looks, strict=True) if not look.error and holds(look)
    ]


def _of_all(names: list[str], kind: Kind, described: str, action: str) -> Finding:
    count = "1 picture" if len(names) == 1 else f"{len(names):,} pictures"
    return Finding(kind, f"{count} {described}", tuple(names), action)
