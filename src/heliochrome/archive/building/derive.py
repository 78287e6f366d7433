"""Making one derivative, and storing all of its files; the same on every kind of worker."""

from __future__ import annotations

import contextlib
import errno
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from heliochrome import __version__
from heliochrome.archive.archive import referenced_path
from heliochrome.archive.building.confidence import SCALE, confidence_png
from heliochrome.archive.building.containers import MEDIA_TYPES, SUFFIXES
from heliochrome.archive.building.tasks import Failed, Job, Made, Outcome, Stopped, Task
from heliochrome.archive.digests import Digest
from heliochrome.archive.entries import DerivedFile, Event
from heliochrome.archive.layout import confidence_name, derivative_name, premis_name, record_name
from heliochrome.archive.provenance.premis import premis_document
from heliochrome.archive.records import event
from heliochrome.archive.storage import Storage
from heliochrome.errors import (
    FixityError,
    HeliochromeError,
    ModelError,
    StorageError,
    StorageFullError,
    WorkerError,
)
from heliochrome.image.read import read_picture
from heliochrome.image.write import encode_picture
from heliochrome.recipe.steps import PreparedRecipe, RecipeResult
from heliochrome.tasks.provenance import file_sha256

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_RECORD_FORMAT = 1


class _NotStoredError(Exception):
    """A file could not be stored."""

    def __init__(self, reason: HeliochromeError) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Deriver:
    """Makes derivatives; opened once in every process.

    Attributes:
        job: what is the same for all pictures.
        recipe: with its networks open.
        originals, derivatives: storages.

    """

    job: Job
    recipe: PreparedRecipe
    originals: Storage
    derivatives: Storage

    @classmethod
    def open(cls, job: Job, *, threads: int | None = None) -> Self:
        """Open the networks and storages that a job needs.

        Args:
            job: what is to be done.
            threads: CPU threads of the networks; None for all cores.

        Raises:
            WorkerError: this process runs another heliochrome than the job is for.
            ModelError: a network is missing here, or is not the one that the job is for.
            HeliochromeError: the recipe or a storage cannot be used.

        """
        if job.version != __version__:
            raise WorkerError(
                "worker",
                f"runs heliochrome {__version__}, the build {job.version}",
                "install the same version everywhere",
            )
        recipe = job.recipe.prepare(threads=threads, backend=job.backend)
        if recipe.models != job.models:
            raise ModelError(
                job.recipe.file.recipe.name or "recipe",
                "this worker has other networks than the build",
                "install the same networks everywhere",
            )
        places = (job.originals, job.derivatives)
        return cls(job, recipe, *(Storage(place.location, place.base) for place in places))

    def attempt(self, task: Task) -> Outcome:
        """Make a derivative and store its files, or tell why that cannot be."""
        try:
            return self._derive(task)
        except _NotStoredError as stop:  # nor could any other picture be
            return Stopped(task, stop.reason)
        except HeliochromeError as error:
            return Failed(task, type(error).__name__, error.problem, error.remedy)
        except MemoryError:
            remedy = "use fewer workers, or a machine with more memory"
            return Failed(task, "MemoryError", "there is not enough memory for it", remedy)
        except Exception as error:  # one bad picture, whatever is wrong with it, ends no build
            if isinstance(error, OSError) and error.errno in _NO_SPACE:
                place = error.filename or "temporary files"
                return Stopped(task, StorageFullError(place, "the disk is full", "free some space"))
            problem = f"an internal error ({type(error).__name__}: {error})"
            return Failed(task, type(error).__name__, problem, "please report it")

    def _derive(self, task: Task) -> Made:
        started = time.perf_counter()
        with self._original(task) as path:
            _verify(path, task)
            picture = read_picture(path)
        result = self.recipe.apply(picture, task.original.sha256)
        container = self.job.container or picture.container
        name = derivative_name(task.key, SUFFIXES[container])
        data = encode_picture(
            result.picture, Path(name), quality=self.job.quality, provenance=result.provenance
        )
        stored = self._store(data, name)
        derived = DerivedFile(
            key=task.key,
            uri=name,
            sha256=stored.sha256,
            sha512=stored.sha512,
            size=stored.size,
            mime=MEDIA_TYPES[container],
            width=result.picture.width,
            height=result.picture.height,
            recipe_name=self.recipe.file.recipe.name or "",
            recipe_sha256=self.recipe.file.sha256,
            record=result.provenance.record,
            mean_confidence=_mean_confidence(result),
            confidence_uri=None if result.confidence is None else confidence_name(task.key),
            premis_uri=premis_name(task.key),
            made_at=datetime.now(UTC),
            seconds=time.perf_counter() - started,
        )
        made = Made(task, derived, tuple(_events(derived)))
        for beside, content in _beside(made, result):
            self._store(content, beside)
        return made

    def _store(self, data: bytes, name: str) -> Digest:
        try:
            # What stands there is of a picture whose making was cut off: it is in no catalog.
            return self.derivatives.put_bytes(data, name, replace=True)
        except HeliochromeError as error:
            raise _NotStoredError(error) from error

    @contextlib.contextmanager
    def _original(self, task: Task) -> Iterator[Path]:
        original = task.original
        if original.is_reference:
            path = referenced_path(original.uri)
            if not path.is_file():
                raise StorageError(path, "is missing", "put the referenced file back in its place")
            yield path
            return
        with self.originals.local_copy(original.uri) as path:
            yield path


def _verify(path: Path, task: Task) -> None:
    found = file_sha256(path)
    if found != task.original.sha256:
        raise FixityError(
            task.original.source_name,
            f"the original has SHA-256 {found[:16]}… instead of {task.original.sha256[:16]}…",
            "see `heliochrome archive verify`, and restore it from a copy",
        )


def _events(derived: DerivedFile) -> Iterator[Event]:
    yield event("fixity check", f"SHA-256, before derivative {derived.key[:16]} was made")
    recipe = f"recipe {derived.recipe_name} ({derived.recipe_sha256[:16]})"
    yield event("creation", recipe, derivative=derived.key)


def _beside(made: Made, result: RecipeResult) -> Iterator[tuple[str, bytes]]:
    """Give the files that go with a picture."""
    task, key = made.task, made.task.key
    if result.confidence is not None:
        yield confidence_name(key), confidence_png(result.confidence)
    yield record_name(key), (json.dumps(_record(made), indent=2, sort_keys=True) + "\n").encode()
    events = (*task.events, *made.events)
    yield premis_name(key), premis_document(task.original, made.derived, events, rights=task.rights)


def _mean_confidence(result: RecipeResult) -> float | None:
    return None if result.confidence is None else round(float(result.confidence.mean()), 4)


def _record(made: Made) -> dict[str, Any]:
    """Give what stands beside the picture; without times, so that the same work gives the same."""
    derived, original = made.derived, made.task.original
    record: dict[str, Any] = {
        "format": _RECORD_FORMAT,
        "key": derived.key,
        "original": {
            "identifier": original.identifier,
            "sha256": original.sha256,
            "source_name": original.source_name,
        },
        "derivative": {
            "name": derived.uri,
            "sha256": derived.sha256,
            "sha512": derived.sha512,
            "size": derived.size,
            "mime": derived.mime,
            "width": derived.width,
            "height": derived.height,
        },
        "provenance": dict(derived.record),
    }
    if derived.confidence_uri is not None:
        record["confidence"] = {
            "name": derived.confidence_uri,
            "mean": derived.mean_confidence,
            "scale": SCALE,
        }
    return record
