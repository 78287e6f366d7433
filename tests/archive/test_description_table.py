from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from catalog_records import new_item
from hypothesis import given, settings
from hypothesis import strategies as st

from heliochrome.archive.archive import Archive
from heliochrome.archive.description_cells import join_values, split_values
from heliochrome.archive.description_table import (
    HEADER,
    Reading,
    apply_changes,
    read_table,
    write_table,
)
from heliochrome.archive.texts import clean_text
from heliochrome.errors import OptionError, ReadError

_values = st.lists(
    st.text(st.sampled_from("ab|\\'=+-@;, \n\"ü漢"), min_size=1).map(clean_text).filter(bool),
    max_size=4,
)


@settings(max_examples=200, deadline=None)
@given(_values)
def test_values_survive_a_cell(values: list[str]) -> None:
    assert list(split_values(join_values(values))) == values


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        ("", ()),
        (" || ", ()),
        ("a||b", ("a", "b")),
        (" a || b||", ("a", "b")),
        ("a | b", ("a | b",)),
        (r"a\|\|b", ("a||b",)),
        (r"C:\scans", (r"C:\scans",)),
        ("two\r\nlines", ("two\nlines",)),
        ("'=1+1", ("=1+1",)),
        ("'quoted'", ("'quoted'",)),
    ],
)
def test_cells_are_read_as_documented(cell: str, values: tuple[str, ...]) -> None:
    assert split_values(cell) == values


def test_no_cell_is_a_formula() -> None:
    for value in ("=HYPERLINK(1)", "+1", "-1", "@x"):
        assert join_values([value]).startswith("'")
    assert join_values(["a", "=b"]) == "a||=b"


def _item(archive: Archive, name: str, **statements: list[str]) -> str:
    item = new_item(name, collection="Box, 1", statements=statements)
    return archive.catalog.add_item(item)[0]


def _export(archive: Archive, path: Path) -> list[dict[str, str]]:
    text = io.StringIO(newline="")
    write_table(archive.entries(), text)
    path.write_text(text.getvalue(), encoding="utf-8-sig", newline="")
    return list(csv.DictReader(io.StringIO(text.getvalue(), newline="")))


def _write(path: Path, rows: list[dict[str, str]], **options) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), **options)
        writer.writeheader()
        writer.writerows(rows)


def _statements(archive: Archive) -> dict[str, dict[str, tuple[str, ...]]]:
    return {e.original.source_name: dict(e.statements) for e in archive.entries()}


def test_a_table_that_is_not_edited_changes_nothing(archive: Archive, tmp_path: Path) -> None:
    _item(archive, "a.tif", title=["T\nwo"], subject=["x||y", "=z", "漢 \\"], date=["-500"])
    _item(archive, "b.tif")
    rows = _export(archive, tmp_path / "t.csv")
    assert tuple(rows[0]) == HEADER
    assert read_table(archive, tmp_path / "t.csv") == Reading((), 2, (), ())


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_edits_come_back_and_only_they_change(
    archive: Archive, tmp_path: Path, delimiter: str
) -> None:
    one = _item(archive, "a.tif", title=["Old"], creator=["X"])
    _item(archive, "b.tif", title=["Same"])
    rows = _export(archive, tmp_path / "t.csv")
    (row,) = [row for row in rows if row["identifier"] == one]
    row |= {"title": "New; better||Zweiter", "creator": "", "dc:identifier": "B 1", "date": "1910"}
    row["collection"] = "Box 2"
    _write(tmp_path / "t.csv", rows, delimiter=delimiter)
    reading = read_table(archive, tmp_path / "t.csv")
    (change,) = reading.changes
    assert set(change.elements) == {"title", "creator", "identifier", "date", "collection"}
    assert reading.unchanged == 1
    before = _statements(archive)
    assert before["a.tif"] == {"title": ("Old",), "creator": ("X",)}  # reading changes nothing
    apply_changes(archive, reading.changes)
    assert _statements(archive) == {
        "a.tif": {
            "title": ("New; better", "Zweiter"), "identifier": ("B 1",), "date": ("1910",)
        },
        "b.tif": {"title": ("Same",)},
    }  # fmt: skip
    (entry,) = archive.entries([one])
    assert entry.original.collection == "Box 2"
    assert [event.kind for event in entry.events] == ["metadata modification"]
    assert archive.catalog.search("zweiter") == [one]
    assert read_table(archive, tmp_path / "t.csv").changes == ()


def test_missing_columns_leave_and_repeated_ones_add_up(
    sqlite_archive: Archive, tmp_path: Path
) -> None:
    identifier = _item(sqlite_archive, "a.tif", title=["Kept"], subject=["old"])
    table = f"subject,identifier,subject\nsea,{identifier},boats||piers\n"
    (tmp_path / "t.csv").write_text(table)
    apply_changes(sqlite_archive, read_table(sqlite_archive, tmp_path / "t.csv").changes)
    assert _statements(sqlite_archive)["a.tif"] == {
        "title": ("Kept",),
        "subject": ("sea", "boats", "piers"),
    }


def test_what_cannot_be_used_is_told_by_its_line(sqlite_archive: Archive, tmp_path: Path) -> None:
    one = _item(sqlite_archive, "a.tif")
    table = f"identifier,titel,title\nnobody,,x\n\n{one},,First\n{one},,Second\n,,y\n{one},a,b,c\n"
    (tmp_path / "t.csv").write_text(table)
    reading = read_table(sqlite_archive, tmp_path / "t.csv")
    assert reading.unknown_columns == ("titel",)
    assert [change.statements for change in reading.changes] == [{"title": ("First",)}]
    said = [fault.problem for fault in reading.faults]
    assert sorted(said) == [
        "line 2 names item nobody, which is not in the archive",
        "line 5 is the second for item " + one,
        "line 6 names no item, which is not in the archive",
        "line 7 has 4 cells, the first line 3",
    ]


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        (b"title\nx\n", OptionError, "has no column 'identifier'"),
        (b"", OptionError, "has no column"),
        ("identifier,title\nä,ö".encode("utf-16"), ReadError, "is not UTF-8"),
        (b'identifier,title\nx,"never closed', ReadError, "line 2 is not valid CSV"),
    ],
)
def test_what_is_no_table_is_refused(
    sqlite_archive: Archive, tmp_path: Path, data: bytes, error: type[Exception], said: str
) -> None:
    (tmp_path / "t.csv").write_bytes(data)
    with pytest.raises(error, match=said):
        read_table(sqlite_archive, tmp_path / "t.csv")
    with pytest.raises(ReadError, match="cannot be read"):
        read_table(sqlite_archive, tmp_path / "none.csv")
