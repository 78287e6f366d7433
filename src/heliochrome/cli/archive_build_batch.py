"""What `heliochrome archive build` does and says: progress, a report, a clean stop."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from heliochrome import cli
from heliochrome.archive.archive import Archive
from heliochrome.archive.building.engine import Progress, build, make_job
from heliochrome.archive.building.plan import Plan, Selection, count_pending
from heliochrome.archive.building.processes import ProcessWorkers
from heliochrome.archive.building.tasks import Job
from heliochrome.archive.building.workers import Workers
from heliochrome.cli.build_progress import BuildProgress
from heliochrome.cli.extras import needs
from heliochrome.cli.outputs import OutputFormat
from heliochrome.cli.report import emit, say
from heliochrome.image.picture import Container
from heliochrome.model.session import Backend
from heliochrome.recipe.load import RecipeFile

_CONTAINERS: dict[OutputFormat, Container] = {
    OutputFormat.jpeg: "JPEG",
    OutputFormat.png: "PNG",
    OutputFormat.tiff: "TIFF",
    OutputFormat.webp: "WEBP",
    OutputFormat.avif: "AVIF",
    OutputFormat.jp2: "JPEG2000",
}


@dataclass(frozen=True, slots=True)
class Order:
    """What the user asked for; see the command's options."""

    recipe: RecipeFile
    workers: int
    cluster: str | None
    collection: str | None
    retry: bool
    limit: int | None
    format: OutputFormat | None
    quality: int
    backend: Backend

    @property
    def selection(self) -> Selection:
        """Which originals."""
        return Selection(collection=self.collection, retry=self.retry, limit=self.limit)

    def job(self, archive: Archive) -> Job:
        """Describe the work on an archive.

        Raises:
            HeliochromeError: the recipe cannot be done.

        """
        container = None if self.format is None else _CONTAINERS[self.format]
        return make_job(
            archive, self.recipe, container=container, quality=self.quality, backend=self.backend
        )

    def open_workers(self, archive: Archive, job: Job, pictures: int) -> _OpenedWorkers:
        """Open what does the work: a cluster, or as many processes as there is work for.

        Raises:
            MissingExtraError: Dask is not installed.
            WorkerError: the cluster cannot be reached.

        """
        if self.cluster is not None:
            with needs("a cluster", "scale"):
                from heliochrome.archive.building.cluster import ClusterWorkers
            return ClusterWorkers(job, self.cluster)
        return ProcessWorkers(job, archive.folder.absolute(), min(self.workers, pictures))


_OpenedWorkers = AbstractContextManager[Workers]


def count(archive: Archive, order: Order, *, as_json: bool) -> None:
    """Say what there is to make.

    Raises:
        HeliochromeError: the recipe cannot be done, or the catalog not read.

    """
    plan = count_pending(archive.catalog, order.job(archive), order.selection)
    if as_json:
        emit(_planned(plan))
    else:
        say(f"{plan.pending} to make; {_before(plan)}.")


def run(archive: Archive, order: Order, *, quiet: bool) -> Progress:
    """Build; the first Ctrl-C ends it after the pictures at hand, the second at once.

    Raises:
        HeliochromeError: nothing more could be made; what was made is recorded.

    """
    stop = threading.Event()
    with BuildProgress(quiet=quiet) as shown, _stopping(stop):
        return build(
            archive,
            order.job(archive),
            lambda job, pictures: order.open_workers(archive, job, pictures),
            order.selection,
            observe=shown.show,
            should_stop=stop.is_set,
        )


def finish(progress: Progress, *, as_json: bool, quiet: bool) -> int:
    """Report how a build ended, and give the exit code: 0, 1 for failures, 130 when interrupted."""
    if as_json:
        emit(_document(progress))
    else:
        _say_end(progress, quiet=quiet)
    if progress.interrupted:
        return cli.EXIT_INTERRUPTED
    return cli.EXIT_FAILED_IN_BATCH if progress.failed else 0


@contextlib.contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    """Take the first signal to end as a wish, and the second as an order."""

    def wish(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the system gives it
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        say("Finishing the pictures at hand; press Ctrl-C again to abandon them.")

    if threading.current_thread() is not threading.main_thread():
        yield  # where signals are the business of another
        return
    before = {number: signal.signal(number, wish) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say_end(progress: Progress, *, quiet: bool) -> None:
    if progress.interrupted or not quiet:
        head = "Interrupted: " if progress.interrupted else ""
        plan = progress.plan
        made = f"{progress.done} of {plan.pending} made" if plan.pending else "Nothing to make"
        say(f"{head}{made}; {_before(plan)}.")
    if not progress.failed:
        return
    say(f"{progress.failed} failed:")
    for failed in progress.failures:
        say(f"  {failed.task.original.source_name}: {failed.problem}; {failed.remedy}")
    if progress.failed > len(progress.failures):
        say("  … see `heliochrome archive status`")


def _before(plan: Plan) -> str:
    failed = f", {plan.failed_before} failed before (--retry)" if plan.failed_before else ""
    return f"{plan.recorded} were there already{failed}"


def _planned(plan: Plan) -> dict[str, Any]:
    return {
        "items": plan.items,
        "recorded_before": plan.recorded,
        "failed_before": plan.failed_before,
        "pending": plan.pending,
    }


def _document(progress: Progress) -> dict[str, Any]:
    return {
        **_planned(progress.plan),
        "done": progress.done,
        "failed": progress.failed,
        "failures": [
            {
                "identifier": failed.task.original.identifier,
                "source_name": failed.task.original.source_name,
                "type": failed.kind,
                "problem": failed.problem,
                "remedy": failed.remedy,
            }
            for failed in progress.failures
        ],
        "interrupted": progress.interrupted,
        "seconds": round(progress.seconds, 3),
    }
