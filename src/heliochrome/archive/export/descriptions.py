"""Dublin Core of the items of a package, as a table and as JSON."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from heliochrome.archive.archive import Archive
from heliochrome.archive.description_table import write_table
from heliochrome.archive.entries import Entry

TABLE = "dublin-core.csv"
DOCUMENT = "dublin-core.json"
LEFT_OUT = "left-out.csv"


class Descriptions:
    """Files about the items of a package; of an item only its identifier stays in memory.

    The table is the one that `heliochrome archive export DIR csv` writes and `import` reads.
    """

    def __init__(self, folder: Path) -> None:
        """Begin the files in a folder, which is made.

        Raises:
            OSError: the disk did not take it.

        """
        self._folder = folder
        self._identifiers: list[str] = []
        folder.mkdir(parents=True)

    def add(self, entry: Entry, filename: str) -> None:
        """Describe an item, whose original is in the package as `filename`.

        Raises:
            OSError: the disk did not take it.

        """
        original = entry.original
        document = {
            "identifier": original.identifier,
            "collection": original.collection,
            "filename": filename,
            "source_name": original.source_name,
            "sha256": original.sha256,
            "dc": {name: list(values) for name, values in entry.statements.items() if values},
        }
        before = ",\n" if self._identifiers else "[\n"
        self._append(DOCUMENT, before + json.dumps(document, ensure_ascii=False))
        self._identifiers.append(original.identifier)

    def add_left_out(self, identifier: str, subject: str, problem: str) -> None:
        """Say what is not in the package, and why.

        Raises:
            OSError: the disk did not take it.

        """
        is_new = not (self._folder / LEFT_OUT).exists()
        with (self._folder / LEFT_OUT).open("a", encoding="utf-8", newline="") as file:
            header = [("identifier", "subject", "problem")] if is_new else []
            csv.writer(file).writerows([*header, (identifier, subject, problem)])

    def finish(self, archive: Archive) -> list[str]:
        """End the files and give their names.

        Raises:
            CatalogError: the catalog cannot be read.
            OSError: the disk did not take them.

        """
        self._append(DOCUMENT, "\n]\n" if self._identifiers else "[]\n")
        # With a byte order mark, which tells spreadsheet programs that it is UTF-8.
        with (self._folder / TABLE).open("x", encoding="utf-8-sig", newline="") as file:
            write_table(archive.entries(self._identifiers), file)
        return sorted(path.name for path in self._folder.iterdir())

    def _append(self, name: str, text: str) -> None:
        with (self._folder / name).open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
