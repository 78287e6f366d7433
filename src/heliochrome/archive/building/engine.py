"""A build: makes what is missing, and records it as soon as it is on the disk.

The catalog is written here and nowhere else, one transaction for each picture, after all of the
picture's files are stored. So whatever is recorded is whole, and what was cut off is made again.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from heliochrome import __version__
from heliochrome.archive.archive import Archive
from heliochrome.archive.building.lock import build_lock
from heliochrome.archive.building.plan import Plan, Selection, count_pending, pending_tasks
from heliochrome.archive.building.tasks import Failed, Job, Made, Outcome, Place, Stopped, Task
from heliochrome.archive.building.workers import Workers
from heliochrome.archive.records import NewDerivative, NewFailure
from heliochrome.errors import HeliochromeError
from heliochrome.image.picture import Container
from heliochrome.model.session import Backend
from heliochrome.recipe.digest import model_sha256s
from heliochrome.recipe.load import RecipeFile
from heliochrome.recipe.packed import pack_recipe

_POLL_SECONDS = 0.5  # between looks at whether to stop
_MOST_FAILURES_LISTED = 100

# Opens what does the work, for a job of so many pictures.
OpenWorkers = Callable[[Job, int], AbstractContextManager[Workers]]


@dataclass(slots=True)
class Progress:
    """How far a build is.

    Attributes:
        plan: what it set out to do.
        done, failed: pictures so far.
        failures: the first hundred of those that failed.
        interrupted: whether it was asked to stop before the end.
        started: on `time.monotonic`.

    """

    plan: Plan
    done: int = 0
    failed: int = 0
    failures: list[Failed] = field(default_factory=list)
    interrupted: bool = False
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Time since the beginning."""
        return time.monotonic() - self.started


def make_job(
    archive: Archive,
    recipe: RecipeFile,
    *,
    container: Container | None = None,
    quality: int = 95,
    backend: Backend = "onnxruntime",
) -> Job:
    """Describe the work on an archive by a recipe.

    Args:
        archive: with the originals.
        recipe: to apply.
        container: of the derivatives; None for each original's own.
        quality: of lossy containers, 1..100.
        backend: what runs the networks.

    Raises:
        ReadError: a file that the recipe names cannot be read.
        ModelError: a network that it needs is not there.

    """
    base = archive.folder.absolute()
    return Job(
        recipe=pack_recipe(recipe),
        models=model_sha256s(recipe.recipe),
        version=__version__,
        originals=Place(archive.marker.originals, base),
        derivatives=Place(archive.marker.derivatives, base),
        container=container,
        quality=quality,
        backend=backend,
    )


def build(
    archive: Archive,
    job: Job,
    open_workers: OpenWorkers,
    selection: Selection | None = None,
    *,
    observe: Callable[[Progress], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Progress:
    """Make and record every derivative of a job that is missing.

    A picture that cannot be made is recorded as a failure, and the others go on. What an earlier
    build recorded is not made again; what it left unfinished is.

    Args:
        archive: to work on.
        job: what to make.
        open_workers: opens what does the work.
        selection: of originals; None for all.
        observe: is told how far it is, after every picture.
        should_stop: whether to end after the pictures at hand.

    Raises:
        BuildRunningError: another build works on the archive.
        StorageError: the derivatives cannot be stored; what was made before is recorded.
        CatalogError: the catalog cannot be written.
        HeliochromeError: the recipe cannot be done at all, or workers cannot work.

    """
    chosen = selection or Selection()
    with build_lock(archive.folder):
        archive.derivatives.remove_temporary()
        progress = Progress(count_pending(archive.catalog, job, chosen))
        observe(progress)
        if not progress.plan.pending:
            return progress
        with open_workers(job, progress.plan.pending) as workers:
            recorder = _Recorder.start(archive, job, workers, progress)
            with recorder.ending():
                tasks = pending_tasks(archive.catalog, job, chosen)
                for outcome in _outcomes(tasks, workers, should_stop, progress):
                    recorder.record(outcome)
                    observe(progress)
    return progress


def _outcomes(
    tasks: Iterator[Task], workers: Workers, should_stop: Callable[[], bool], progress: Progress
) -> Iterator[Made | Failed]:
    """Keep the workers busy and give what becomes of the tasks."""
    in_flight: set[str] = set()
    outcomes: Sequence[Outcome] = ()
    fault: HeliochromeError | None = None
    while True:
        for outcome in outcomes:
            if isinstance(outcome, Stopped):
                fault = fault or outcome.error
            if outcome.task is not None:
                in_flight.discard(outcome.task.key)
        progress.interrupted = progress.interrupted or should_stop()
        if fault is None and not progress.interrupted:
            # Before anything is recorded, so that no worker waits for that.
            _fill(tasks, workers, in_flight)
        yield from (outcome for outcome in outcomes if not isinstance(outcome, Stopped))
        if not in_flight:
            break
        outcomes = workers.finished(_POLL_SECONDS)
    if fault is not None:
        raise fault


def _fill(tasks: Iterator[Task], workers: Workers, in_flight: set[str]) -> None:
    while len(in_flight) < workers.capacity:
        task = next(tasks, None)
        if task is None:
            return
        in_flight.add(task.key)
        workers.submit(task)


@dataclass(frozen=True, slots=True)
class _Recorder:
    """Writes the catalog during a build."""

    archive: Archive
    job: Job
    recipe_id: int
    build_id: int
    progress: Progress

    @classmethod
    def start(cls, archive: Archive, job: Job, workers: Workers, progress: Progress) -> _Recorder:
        catalog, file = archive.catalog, job.recipe.file
        recipe_id = catalog.ensure_recipe(file.sha256, file.recipe.name or "", file.text)
        build_id = catalog.start_build(
            recipe_id,
            pid=os.getpid(),
            host=socket.gethostname(),
            workers=workers.capacity,
            total=progress.plan.pending,
        )
        return cls(archive, job, recipe_id, build_id, progress)

    @contextlib.contextmanager
    def ending(self) -> Iterator[None]:
        """Record the end of the build after the block."""
        try:
            yield
        except BaseException:
            with contextlib.suppress(HeliochromeError):  # the first error is the one to tell
                self.archive.catalog.finish_build(self.build_id)
            raise
        self.archive.catalog.finish_build(self.build_id)

    def record(self, outcome: Made | Failed) -> None:
        if isinstance(outcome, Made):
            self.archive.catalog.record_derivative(self._derivative(outcome))
            self.progress.done += 1
            return
        self.archive.catalog.record_failure(self._failure(outcome))
        self.progress.failed += 1
        if len(self.progress.failures) < _MOST_FAILURES_LISTED:
            self.progress.failures.append(outcome)

    def _derivative(self, made: Made) -> NewDerivative:
        derived = made.derived
        return NewDerivative(
            identifier=made.task.original.identifier,
            recipe_id=self.recipe_id,
            key=derived.key,
            uri=derived.uri,
            sha256=derived.sha256,
            sha512=derived.sha512,
            size=derived.size,
            mime=derived.mime,
            width=derived.width,
            height=derived.height,
            record=derived.record,
            model_sha256s=self.job.models,
            heliochrome_version=self.job.version,
            seconds=derived.seconds,
            mean_confidence=derived.mean_confidence,
            confidence_uri=derived.confidence_uri,
            made_at=derived.made_at,
            build_id=self.build_id,
            events=made.events,
        )

    def _failure(self, failed: Failed) -> NewFailure:
        return NewFailure(
            identifier=failed.task.original.identifier,
            recipe_id=self.recipe_id,
            key=failed.task.key,
            kind=failed.kind,
            problem=failed.problem,
            remedy=failed.remedy,
            build_id=self.build_id,
        )
