"""Label files: a CSV or Parquet table of pictures with their class and, where it says so, their split.

The columns are ``file``, ``label`` and optionally ``split``; paths are relative to the table. Every problem of a
table is told at once with its lines; reading pictures is left to the source.
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from workbench.core.sources import SPLIT_FOLDERS, Item, Source, open_file
from workbench.errors import BadInput, ThawError, did_you_mean
from workbench.safe_text import inert, some

COLUMNS = ("file", "label", "split")
SHOWN = 5
"""Problems of one kind that are told one by one."""

Row = tuple[int, dict[str, str]]
"""A line of the table, counted from 1 with the header, and its cells by column."""


def label_file(path: Path) -> Source:
    """The source that a label file describes; BadInput names the lines that are wrong and the pictures missing."""
    if not path.is_file():
        raise BadInput(f"data.source: {path}: no such file", "give a label file or a folder of images")
    rows = list(_parquet_rows(path) if path.suffix.lower() == ".parquet" else _csv_rows(path))
    if not rows:
        raise BadInput(f"data.source: {path}: lists no pictures", "give one line for each: file,label")
    _check_rows(path, rows)
    root = path.parent
    _check_files(path, root, [cells["file"] for _, cells in rows])
    items = tuple(
        Item(cells["file"], cells["label"], SPLIT_FOLDERS.get(cells.get("split", "").lower()))
        for _, cells in rows
    )
    return Source(str(path), items, lambda index: open_file(root / items[index].name), root=root)


def _csv_rows(path: Path) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            file.seek(0)
            delimiter = max(",;\t", key=header.count)
            reader = csv.DictReader(file, delimiter=delimiter, strict=True)
            _check_columns(path, reader.fieldnames or ())
            for cells in reader:
                yield reader.line_num, _texts(cells)
    except UnicodeDecodeError as error:
        raise BadInput(f"data.source: {path}: not UTF-8 text ({error.reason})", "save it as UTF-8") from None
    except (csv.Error, OSError) as error:
        raise BadInput(f"data.source: {path}: can't be read ({error})", "save it as CSV") from None


def _parquet_rows(path: Path) -> Iterator[Row]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ThawError(
            f"data.source: {path}: reading Parquet needs pyarrow", "pip install 'thaw[parquet]', or use a CSV"
        ) from None
    try:
        names = parquet.read_schema(path).names
        _check_columns(path, names)
        table = parquet.read_table(path, columns=[name for name in COLUMNS if name in names])
    except (pyarrow.ArrowException, OSError) as error:
        raise BadInput(f"data.source: {path}: no readable Parquet file ({error})", "write it again") from None
    for number, cells in enumerate(table.to_pylist(), start=2):
        yield number, _texts(cells)


def _texts(cells: dict[str, Any]) -> dict[str, str]:
    return {
        name: str(cells[name]).strip() if cells.get(name) is not None else ""
        for name in COLUMNS
        if name in cells
    }


def _check_columns(path: Path, names: Iterable[str]) -> None:
    found = list(names)
    missing = [name for name in ("file", "label") if name not in found]
    if missing:
        near = next((hint for name in missing if (hint := did_you_mean(name, found))), "")
        raise BadInput(
            f"data.source: {path}, line 1: no column {' and '.join(map(repr, missing))} (columns are {some(found)})",
            near or "the first line must be file,label or file,label,split",
        )


def _check_rows(path: Path, rows: list[Row]) -> None:
    problems: list[str] = []
    first: dict[str, int] = {}
    for line, cells in rows:
        problems += [f"line {line}: no {name}" for name in ("file", "label") if not cells[name]]
        split = cells.get("split", "")
        if split and split.lower() not in SPLIT_FOLDERS:
            problems.append(f"line {line}: split {inert(split)!r} is none of train, val, test")
        earlier = first.setdefault(cells["file"], line)
        if earlier != line and cells["file"]:
            problems.append(f"line {line}: {inert(cells['file'])} stands in line {earlier} already")
    if problems:
        more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        raise BadInput(f"data.source: {path}: {'; '.join(problems[:SHOWN])}{more}", "correct these lines")


def _check_files(path: Path, root: Path, names: list[str]) -> None:
    missing = [name for name in names if not (root / name).is_file()]
    if missing:
        count = f"{len(missing):,} of {len(names):,} pictures are missing"
        raise BadInput(
            f"data.source: {path}: {count}: {some(missing, SHOWN)}",
            f"paths are relative to {root}; put the pictures there, or take their lines out",
        )
