"""Pictures of letters that look like scikit-learn's 8x8 digits, made from fonts.

Two steps.  ``render_fonts`` draws every letter of every font once, as a clean
48x48 picture (the *glyphs*).  ``degrade`` turns a batch of glyphs into 8x8
pictures with 17 grey levels, differently at every call.

``degrade`` repeats what was done to the handwritten digits of the UCI set
"Optical Recognition of Handwritten Digits" (Alpaydin & Kaynak, 1998; the source
of ``sklearn.datasets.load_digits``): each digit was normalised to a 32x32 black
and white bitmap, and the set pixels of every 4x4 block were counted, which gives
8x8 counts from 0 to 16.  Letters only: no digit is ever drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageFont

# One string is one class: letters that cannot be told apart once their size is
# normalised (capital and small o; Latin, Greek and Cyrillic A) are one class.
LATIN_GREEK_CYRILLIC = (
    "AΑА", "BΒВв", "CcСс", "D", "EΕЕ", "F", "G", "HΗНн", "IlΙІ|", "J", "KΚКкκ", "L",
    "MΜМм", "NΝ", "OoΟοОо", "PpΡΡРр", "Q", "R", "SsЅѕ", "TΤТт", "U", "VvΝν", "WwѠ",
    "XxΧХх", "YΥ", "ZzΖ", "aа", "b", "d", "eе", "f", "g", "h", "iі", "jј", "k", "m",
    "n", "q", "r", "t", "u", "yу", "α", "β", "γ", "δ", "ε", "ζ", "η", "θ", "Θ", "λ",
    "μ", "ξ", "Ξ", "ΠПп", "π", "ρ", "σ", "τ", "φ", "ΦФф", "χ", "ψ", "Ψ", "ω", "Ω",
    "Δ", "Σ", "ΓГг", "Б", "б", "Дд", "Жж", "Зз", "Ии", "Лл", "У", "Цц", "Чч", "Шш",
    "Щщ", "Ъъ", "Ыы", "Ьь", "Ээ", "Юю", "Яя", "&", "?",
)  # fmt: skip
GEORGIAN = tuple("აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ")
ARMENIAN = tuple("ԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՁՂՃՄՅՆՇՈՉՊՋՌՎՏՐՑՓՔՖաբգդզէըթժլխծկձղճյնշչպջռվտրցքֆ")
HEBREW = tuple("אבגדהזחטךכלםמןנספצקרשת")
KANA = tuple("あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん")
SCRIPTS = {
    "latin-greek-cyrillic": LATIN_GREEK_CYRILLIC,
    "georgian": GEORGIAN,
    "armenian": ARMENIAN,
    "hebrew": HEBREW,
    "kana": KANA,
}

GLYPH = 48  # side of a stored glyph, pixels
MARGIN = 4  # empty pixels around a stored glyph
BITMAP = 32  # side of the black and white bitmap, pixels (as in the UCI set)
BLOCK = 4  # side of a counted block, pixels (as in the UCI set)
FONT_EXTENSIONS = {".ttf", ".otf", ".ttc", ".pfb", ".t1"}


@dataclass
class Glyphs:
    """Every letter of every font, drawn once."""

    pictures: torch.Tensor  # (n, GLYPH, GLYPH) uint8, white on black, stretched to a square
    aspects: torch.Tensor  # (n,) float, width / height of the letter as the font draws it
    labels: torch.Tensor  # (n,) int64, index into ``classes``
    families: list[str]  # (n), the font family each one came from
    classes: list[str]  # class names: the first letter of each class

    def subset(self, keep: torch.Tensor) -> Glyphs:
        """The glyphs whose entry in the boolean mask ``keep`` is true."""
        families = [f for f, k in zip(self.families, keep.tolist(), strict=True) if k]
        return Glyphs(self.pictures[keep], self.aspects[keep], self.labels[keep], families, self.classes)


def draw(font: ImageFont.FreeTypeFont, letter: str) -> tuple[np.ndarray, float] | None:
    """One letter cut out tightly and stretched to a square, with its width / height.

    None when the font draws nothing for it, or when the letter is a speck.
    """
    try:
        mask = font.getmask(letter, mode="L")
    except (OSError, ValueError):
        return None
    width, height = mask.size
    if width < 3 or height < 8 or width > 400 or height > 400:
        return None
    picture = np.asarray(mask, dtype=np.uint8).reshape(height, width)
    rows, columns = np.flatnonzero(picture.max(1) > 60), np.flatnonzero(picture.max(0) > 60)
    if len(rows) < 8 or len(columns) < 3:
        return None
    picture = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    inner = GLYPH - 2 * MARGIN
    square = Image.fromarray(picture).resize((inner, inner), Image.Resampling.BILINEAR)
    return np.pad(np.asarray(square), MARGIN), picture.shape[1] / picture.shape[0]


def draw_font(path: Path, classes: tuple[str, ...]) -> tuple[str, list[tuple[np.ndarray, float, int]]]:
    """The family name of a font, and what it draws: (picture, aspect, class).

    A letter is left out when the font has no picture for it (it looks like that
    of a code point no font has) or when it repeats the picture of an earlier
    class (a font whose small letters are capitals).
    """
    font = ImageFont.truetype(str(path), 64)
    missing = draw(font, "\U0010fffd")
    seen: dict[bytes, int] = {missing[0].tobytes(): -1} if missing else {}
    found = []
    for number, letters in enumerate(classes):
        for letter in letters:
            drawn = draw(font, letter)
            if drawn is None or drawn[0].tobytes() in seen:
                continue
            seen[drawn[0].tobytes()] = number
            found.append((drawn[0], drawn[1], number))
    return font.getname()[0] or path.stem, found


def render_fonts(folder: Path, scripts: list[str], least: int = 10) -> Glyphs:
    """Draw the letters of the named scripts in every font file below ``folder``.

    Classes with fewer than ``least`` glyphs are left out.
    """
    classes = tuple(c for script in scripts for c in SCRIPTS[script])
    pictures, aspects, labels, families = [], [], [], []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in FONT_EXTENSIONS):
        try:
            family, found = draw_font(path, classes)
        except OSError:
            continue  # not a font FreeType can open
        for picture, aspect, number in found:
            pictures.append(picture)
            aspects.append(aspect)
            labels.append(number)
            families.append(family)
    if not pictures:
        raise SystemExit(f"{folder}: no font file below it draws any of the letters")
    counts = np.bincount(labels, minlength=len(classes))
    kept = [number for number in range(len(classes)) if counts[number] >= least]
    renumber = torch.full((len(classes),), -1)
    renumber[kept] = torch.arange(len(kept))
    glyphs = Glyphs(
        torch.from_numpy(np.stack(pictures)),
        torch.tensor(aspects),
        renumber[torch.tensor(labels)],
        families,
        [classes[number][0] for number in kept],
    )
    return glyphs.subset(glyphs.labels >= 0)


def warp_grid(n: int, size: int, strength: float, generator: torch.Generator) -> torch.Tensor:
    """Sampling grids (n, size, size, 2) of a random affine map plus a smooth wobble.

    At strength 1: rotation up to about 15 degrees, slant up to about 20 degrees,
    and a wobble of about 8 % of the side (normal, on a 5x5 lattice, bicubic between).
    """

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator)

    turn = normal(n).clamp(-2, 2) * 0.13 * strength
    slant = normal(n).clamp(-2, 2) * 0.2 * strength
    cos, sin = turn.cos(), turn.sin()
    zero = torch.zeros(n)
    matrix = torch.stack(
        [torch.stack([cos, slant * cos - sin, zero], 1), torch.stack([sin, slant * sin + cos, zero], 1)], 1
    )
    grid = F.affine_grid(matrix * 1.25, [n, 1, size, size], align_corners=False)
    wobble = F.interpolate(normal(n, 2, 5, 5), size=(size, size), mode="bicubic", align_corners=True)
    amount = torch.rand(n, 1, 1, 1, generator=generator) * 0.17 * strength
    return grid + (wobble * amount).permute(0, 2, 3, 1)


def blur(pictures: torch.Tensor, sigma: float) -> torch.Tensor:
    """Gaussian blur of square (n, 1, size, size) pictures; ``sigma`` in pixels."""
    place = torch.arange(pictures.shape[-1], dtype=torch.float32)
    kernel = torch.exp(-(((place[:, None] - place[None]) / sigma) ** 2) / 2)
    kernel = kernel / kernel.sum(1).max()
    return kernel @ (pictures @ kernel)


def ink_box(ink: torch.Tensor) -> torch.Tensor:
    """(n, 4): left, top, right, bottom of the set pixels of (n, h, w) masks, in -1..1."""
    edges = []
    for axis in (1, 2):  # 1 leaves columns, 2 leaves rows
        line = ink.any(axis)
        size = line.shape[1]
        first = line.float().argmax(1)
        last = size - line.flip(1).float().argmax(1)
        edges.append((first / size * 2 - 1, last / size * 2 - 1))
    (left, right), (top, bottom) = edges
    return torch.stack([left, top, right, bottom], 1)


def degrade(
    pictures: torch.Tensor, aspects: torch.Tensor, generator: torch.Generator, strength: float = 1.0
) -> torch.Tensor:
    """(n, 1, 8, 8) uint8 pictures in 17 grey levels (0, 16, 32, ... 255) of n glyphs.

    Warp; blur and cut at the level that leaves a drawn share of the picture as
    ink (so thin fonts grow thick and thick ones thin); stretch the ink to the
    full height of a 32x32 bitmap and to a drawn width; count 4x4 blocks.
    """
    n = len(pictures)

    def uniform(low: float, high: float) -> torch.Tensor:
        return torch.rand(n, generator=generator) * (high - low) + low

    soft = pictures.float().unsqueeze(1) / 255
    soft = F.grid_sample(soft, warp_grid(n, GLYPH, strength, generator), align_corners=False)
    soft = blur(soft, float(torch.rand((), generator=generator) * 1.4 + 1.0))
    narrow = aspects.clamp(0.25, 1.0)
    share = uniform(0.20, 0.36) * (0.45 + 0.55 * narrow.clamp(max=0.8) / 0.8)
    ranked = soft.flatten(1).sort(1, descending=True).values
    place = (share * 0.8 * ranked.shape[1]).long()
    level = ranked.gather(1, place.unsqueeze(1)).clamp(0.02, 0.9)
    soft = soft - level.view(n, 1, 1, 1)
    box = ink_box(soft[:, 0] > 0)
    width = (narrow * uniform(0.75, 1.1)).clamp(0.3, 0.62) + uniform(-0.02, 0.13)  # of 32 pixels
    centre = uniform(-0.06, 0.06)  # of half the bitmap
    half = (box[:, 2] - box[:, 0]) / 2 / width
    middle = (box[:, 2] + box[:, 0]) / 2 - centre * half
    tall = (box[:, 3] - box[:, 1]) / 2
    zero = torch.zeros(n)
    matrix = torch.stack(
        [
            torch.stack([half, zero, middle], 1),
            torch.stack([zero, tall, (box[:, 1] + box[:, 3]) / 2], 1),
        ],
        1,
    )
    grid = F.affine_grid(matrix, [n, 1, BITMAP, BITMAP], align_corners=False)
    bitmap = (F.grid_sample(soft, grid, align_corners=False, padding_mode="border") > 0).float()
    counts = F.avg_pool2d(bitmap, BLOCK) * BLOCK**2
    return (counts * 255 / BLOCK**2).round().to(torch.uint8)
