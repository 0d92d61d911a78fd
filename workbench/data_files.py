"""Which files hold pictures, and which hold a table of labels, by the ends of their names.

What lies in them is read by the core alone.
"""

from pathlib import Path

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
LABEL_SUFFIXES = (".csv", ".tsv", ".parquet")


def is_label_file(path: Path) -> bool:
    """Whether the path is named like a label file and is no folder."""
    return path.suffix.lower() in LABEL_SUFFIXES and not path.is_dir()
