"""Descriptions as a table (CSV, RFC 4180), to be edited with any spreadsheet and read back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from heliochrome.archive.archive import Archive
from heliochrome.archive.description_cells import join_values, split_values
from heliochrome.archive.entries import ELEMENTS, Entry
from heliochrome.archive.records import NewDescription, event
from heliochrome.errors import HeliochromeError, NoSuchItemError, OptionError, ReadError

_IDENTIFIER, _COLLECTION, _SOURCE = "identifier", "collection", "source_name"
# Dublin Core has an element of the name of our key; in the table it has its namespace's prefix.
_COLUMNS = {("dc:identifier" if name == _IDENTIFIER else name): name for name in ELEMENTS}
HEADER = (_IDENTIFIER, _COLLECTION, _SOURCE, *_COLUMNS)
_DELIMITERS = ",;\t"
_CHUNK = 100  # items whose descriptions are read, or replaced, at once


@dataclass(frozen=True, slots=True)
class Change:
    """What a row changes of an item; `elements` are the names of what changes."""

    identifier: str
    elements: tuple[str, ...]
    collection: str
    statements: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a table would do to an archive.

    Attributes:
        changes: to items, in the table's order.
        unchanged: rows that say what the catalog says.
        unknown_columns: that mean nothing here.
        faults: rows that cannot be used, and why.

    """

    changes: tuple[Change, ...]
    unchanged: int
    unknown_columns: tuple[str, ...]
    faults: tuple[HeliochromeError, ...]


def write_table(entries: Iterable[Entry], file: TextIO) -> int:
    """Write a row per item, and count them; `file` must be open with newline=""."""
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(HEADER)
    rows = 0
    for entry in entries:
        original = entry.original
        cells = [join_values([value]) for value in (original.collection, original.source_name)]
        cells += [join_values(entry.statements.get(name, ())) for name in _COLUMNS.values()]
        writer.writerow([original.identifier, *cells])
        rows += 1
    return rows


def read_table(archive: Archive, path: Path) -> Reading:
    """Compare a table with an archive.

    A column that is missing leaves its element as it is; an empty cell empties it. A column that
    comes several times adds up. The file names in `source_name` are for people and are not read.

    Args:
        archive: that the table was written from.
        path: of the table: UTF-8, with or without byte order mark, its columns separated by
            commas, semicolons or tabs.

    Raises:
        ReadError: it cannot be read, or is no such table.
        OptionError: it has no column of identifiers.

    """
    rows = _rows(path)
    header = [name.strip() for name in next(rows, (0, []))[1]]
    if _IDENTIFIER not in header:
        raise OptionError(
            path,
            f"has no column '{_IDENTIFIER}'",
            "edit a table that `heliochrome archive export DIR csv` has written",
        )
    unknown = tuple(name for name in header if name and name not in HEADER)
    changes: list[Change] = []
    faults: list[HeliochromeError] = []
    seen: set[str] = set()
    unchanged = 0
    for chunk in _chunks(_records(path, header, rows, seen, faults)):
        entries = {entry.original.identifier: entry for entry in archive.entries(chunk)}
        for identifier, (line, cells) in chunk.items():
            if identifier not in entries:
                faults.append(_no_item(path, line, identifier))
                continue
            change = _compare(entries[identifier], cells)
            if change is None:
                unchanged += 1
            else:
                changes.append(change)
    return Reading(tuple(changes), unchanged, unknown, tuple(faults))


def apply_changes(archive: Archive, changes: Sequence[Change]) -> None:
    """Record changes, and that they were made as events.

    Raises:
        CatalogError: the catalog did not take them; changes before that are recorded.

    """
    for start in range(0, len(changes), _CHUNK):
        archive.catalog.describe(
            [
                NewDescription(
                    change.identifier,
                    change.collection,
                    change.statements,
                    [event("metadata modification", ", ".join(change.elements))],
                )
                for change in changes[start : start + _CHUNK]
            ]
        )


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Give the rows of a table with the numbers of their lines."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ReadError(path, f"cannot be read ({error.strerror})", "check the path") from error
    except UnicodeDecodeError as error:
        raise ReadError(path, "is not UTF-8 text", "save it as 'CSV UTF-8'") from error
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise ReadError(
            path, f"line {reader.line_num} is not valid CSV ({error})", "correct the line"
        ) from error


_Record = tuple[str, tuple[int, dict[str, list[str]]]]


def _records(
    path: Path,
    header: Sequence[str],
    rows: Iterator[tuple[int, list[str]]],
    seen: set[str],
    faults: list[HeliochromeError],
) -> Iterator[_Record]:
    """Give the cells of each row by column, and note rows that cannot be used."""
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        cells: dict[str, list[str]] = {}
        for name, cell in zip(header, row, strict=False):
            cells.setdefault(name, []).append(cell)
        identifier = cells.get(_IDENTIFIER, [""])[0].strip()
        if len(row) > len(header):
            problem = f"line {line} has {len(row)} cells, the first line {len(header)}"
            faults.append(ReadError(path, problem, "quote cells that hold separators"))
        elif identifier in seen:
            problem = f"line {line} is the second for item {identifier}"
            faults.append(ReadError(path, problem, "leave one of them"))
        else:
            seen.add(identifier)
            yield identifier, (line, cells)


def _chunks(
    records: Iterator[_Record],
) -> Iterator[dict[str, tuple[int, dict[str, list[str]]]]]:
    chunk: dict[str, tuple[int, dict[str, list[str]]]] = {}
    for identifier, record in records:
        chunk[identifier] = record
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = {}
    if chunk:
        yield chunk


def _compare(entry: Entry, cells: Mapping[str, Sequence[str]]) -> Change | None:
    statements = dict(entry.statements)
    for column, element in _COLUMNS.items():
        if column in cells:
            statements[element] = tuple(
                value for cell in cells[column] for value in split_values(cell)
            )
    stated = {element: values for element, values in statements.items() if values}
    collection = entry.original.collection
    if _COLLECTION in cells:
        collection = " ".join(split_values(cells[_COLLECTION][0]))
    changed = [name for name in ELEMENTS if stated.get(name) != entry.statements.get(name)]
    if collection != entry.original.collection:
        changed.append(_COLLECTION)
    if not changed:
        return None
    return Change(entry.original.identifier, tuple(changed), collection, stated)


def _no_item(path: Path, line: int, identifier: str) -> NoSuchItemError:
    named = f"item {identifier}" if identifier else "no item"
    return NoSuchItemError(
        path, f"line {line} names {named}, which is not in the archive", "correct the identifier"
    )
