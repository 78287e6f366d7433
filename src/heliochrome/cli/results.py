"""Writing a photo's results: all of them or none, never over an input, never twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from heliochrome.cli.files import make_folder, write_text
from heliochrome.errors import OutputConflictError
from heliochrome.image.formats.tiff import Page
from heliochrome.image.metadata import Provenance
from heliochrome.image.picture import Picture
from heliochrome.image.rows import Rows
from heliochrome.image.write import storing, write_picture, write_rows


@dataclass(frozen=True, slots=True)
class Results:
    """Where the results of a batch go, and how they are written.

    Attributes:
        quality: of lossy containers, 1..100.
        overwrite: whether files that exist may be replaced; inputs never are.
        sidecar: whether each result gets its provenance record beside it, as `<name>.json`.
        inputs: files besides the photos that must not be replaced either.

    """

    quality: int
    overwrite: bool
    sidecar: bool
    inputs: Sequence[Path] = ()
    _taken: set[Path] = field(default_factory=set)

    def sidecars(self, pictures: Sequence[Path]) -> tuple[Path, ...]:
        """Paths of the sidecars of these pictures; none when there are to be none."""
        if not self.sidecar:
            return ()
        return tuple(path.with_name(path.name + ".json") for path in pictures)

    def check(self, paths: Sequence[Path], source: Path) -> None:
        """Find conflicts before the work, not after it.

        Raises:
            OutputConflictError: a path is the input `source` or another input, was written in this
                batch, occurs twice, or exists though nothing may be overwritten.

        """
        for path in paths:
            if path in self._taken or paths.count(path) > 1:
                raise OutputConflictError(path, "is written twice", "choose another output")
            if path.exists() and path.samefile(source):
                raise OutputConflictError(path, "is the input photo", "choose another output")
            if path.exists() and any(path.samefile(other) for other in self.inputs):
                raise OutputConflictError(path, "is one of the inputs", "choose another output")
            if path.exists() and not self.overwrite:
                raise OutputConflictError(
                    path, "already exists", "add --overwrite, or choose another output"
                )

    @contextmanager
    def all_or_nothing(self, source: Path) -> Iterator[Writing]:
        """Write the results of the photo `source`, and remove them if that is not completed."""
        writing = Writing(self, source)
        try:
            yield writing
        except BaseException:
            for path in writing.written:
                path.unlink(missing_ok=True)
            raise
        self._taken.update(writing.written)


@dataclass(frozen=True, slots=True)
class Writing:
    """The results of one photo, as they are written."""

    results: Results
    source: Path
    written: list[Path] = field(default_factory=list)

    def picture(self, picture: Picture, path: Path, provenance: Provenance | None = None) -> None:
        """Write a picture, and its sidecar where there is a record and sidecars are wanted."""
        make_folder(path.parent)
        write_picture(
            picture,
            path,
            quality=self.results.quality,
            original=self.source,
            overwrite=self.results.overwrite,
            provenance=provenance,
        )
        self.record(path, provenance)

    def rows(
        self, blocks: Iterable[Rows], page: Page, path: Path, provenance: Provenance | None = None
    ) -> None:
        """Write a TIFF file from its rows as they come, and its sidecar as for `picture`."""
        make_folder(path.parent)
        write_rows(
            blocks,
            page,
            path,
            original=self.source,
            overwrite=self.results.overwrite,
            provenance=provenance,
        )
        self.record(path, provenance)

    def stream(
        self, write: Callable[[BinaryIO], None], path: Path, provenance: Provenance | None = None
    ) -> None:
        """Write a file by what writes into an open one, and its sidecar as for `picture`."""
        make_folder(path.parent)
        with storing(path) as file:
            write(file)
        self.record(path, provenance)

    def record(self, path: Path, provenance: Provenance | None) -> None:
        """Take note of a file that was written, and write its sidecar where one is wanted."""
        self.written.append(path)
        if provenance is None:
            return
        for sidecar in self.results.sidecars([path]):
            write_text(json.dumps(dict(provenance.record), indent=2) + "\n", sidecar)
            self.written.append(sidecar)
