"""How fast an archive is built, what a build costs beyond its pictures, and how it grows.

Run: python benchmarks/archive.py speed [--scans 60] [--megapixels 1] [--recipe color-only]
     python benchmarks/archive.py growth [--scans 10000]

`speed` does the recipe's steps to the scans in a loop (read, do, encode, with one thread), and then
builds the same with 1 and 2 workers of one thread each. What a picture takes is measured from the
first that is done to the last, so that opening networks does not count. CPU seconds are those of
all processes; they are the better measure on a machine that does other work too.

`growth` adds tiny scans and builds them by a recipe that does next to nothing, so that what is
measured is the archive itself: memory of the build and of its workers, and the time that the status
takes, while the catalog grows. Linux only (/proc).
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from measuring import render_photo, run_child

from heliochrome.archive.archive import Archive
from heliochrome.archive.building.engine import Progress, build, make_job
from heliochrome.archive.building.plan import Selection, count_pending
from heliochrome.archive.building.processes import ProcessWorkers
from heliochrome.archive.building.tasks import Job
from heliochrome.archive.ingest import Added, add_files
from heliochrome.archive.status import archive_status
from heliochrome.archive.walk import find_files
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import encode_picture, write_picture
from heliochrome.recipe.load import load_recipe
from heliochrome.recipe.shipped import find_recipe
from heliochrome.recipe.steps import prepare_recipe

PLAIN = "{version: 1, name: plain, steps: [{step: contrast}]}"
TINY = (96, 128)
ROWS = 20  # of the table of growth


def main() -> int:
    """Measure what was asked for."""
    arguments = _parse()
    with tempfile.TemporaryDirectory(prefix="heliochrome-benchmark-") as place:
        folder = Path(place)
        if arguments.what == "loop":
            print(_loop(Path(arguments.folder), arguments.recipe, arguments.scans))
        elif arguments.what == "speed":
            _speed(folder, arguments)
        else:
            _growth(folder, arguments.scans or 10_000)
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Speed and growth of archives.")
    parser.add_argument("what", choices=("speed", "growth", "loop"))
    parser.add_argument("--scans", type=int)
    parser.add_argument("--megapixels", type=float, default=1.0)
    parser.add_argument("--recipe", default="color-only")
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def _speed(folder: Path, arguments: argparse.Namespace) -> None:
    scans = arguments.scans or 60
    _write_photos(folder / "scans", scans, arguments.megapixels)
    options = ("--folder", str(folder / "scans"), "--recipe", arguments.recipe)
    loop = run_child(__file__, "loop", *options, "--scans", str(scans))
    print(f"{arguments.recipe}, {scans} scans of {arguments.megapixels:g} megapixels")
    print(f"{'':>12}{'pictures/s':>12}{'s/picture':>12}{'CPU s':>9}{'beyond the loop, CPU':>22}")
    _print_speed("loop", loop["seconds"], loop["cpu"], loop["cpu"], 1)
    for workers in (1, 2):
        measured = _build_speed(folder / f"archive-{workers}", folder / "scans", arguments, workers)
        _print_speed(f"{workers} workers", *measured, loop["cpu"], workers)


def _print_speed(name: str, seconds: float, cpu: float, loop: float, workers: int) -> None:
    beyond = f"{cpu / loop - 1:.1%}"
    per_picture = seconds * workers
    print(f"{name:>12}{1 / seconds:12.2f}{per_picture:12.3f}{cpu:9.3f}{beyond:>22}", flush=True)


def _write_photos(folder: Path, scans: int, megapixels: float) -> None:
    """Write scans that differ in their grain: as many files, and as many hashes."""
    folder.mkdir()
    render_photo(folder / "first.jpg", megapixels)
    picture = read_picture(folder / "first.jpg")
    rng = np.random.default_rng(1)
    for number in range(1, scans):
        grain = rng.integers(-3, 4, picture.pixels.shape, np.int16)
        pixels = np.clip(picture.pixels + grain, 0, 255).astype(np.uint8)
        write_picture(Picture(pixels), folder / f"{number:05}.jpg", quality=92)


def _loop(folder: Path, recipe: str, scans: int) -> str:
    """Do a recipe to scans without an archive; give the seconds of one as JSON."""
    prepared = prepare_recipe(find_recipe(recipe), threads=1)
    paths = sorted(folder.iterdir())[:scans]
    _do(prepared, paths[0])
    wall, cpu = time.perf_counter(), time.process_time()
    for path in paths:
        _do(prepared, path)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return f'{{"seconds": {wall / len(paths)}, "cpu": {cpu / len(paths)}}}'


def _do(prepared: Any, path: Path) -> None:
    picture = read_picture(path)
    result = prepared.apply(picture, "0" * 64)
    encode_picture(result.picture, path, provenance=result.provenance)


def _build_speed(
    folder: Path, scans: Path, arguments: argparse.Namespace, workers: int
) -> tuple[float, float]:
    """Give seconds between pictures, and CPU seconds of one."""
    with Archive.init(folder) as archive:
        added = _add(archive, scans)
        job = make_job(archive, find_recipe(arguments.recipe))
        # Two builds, of one third and of the rest: what is spent on starting cancels out.
        first = _measured(archive, job, workers, Selection(limit=added // 3))
        second = _measured(archive, job, workers, Selection())
    pictures = [first[2], second[2]]
    cpu = (second[1] - first[1]) / (pictures[1] - pictures[0])
    return second[0] / (pictures[1] - 1), cpu


def _measured(
    archive: Archive, job: Job, workers: int, selection: Selection
) -> tuple[float, float, int]:
    """Build; give seconds from the first picture to the last, CPU seconds, and pictures."""
    times: list[float] = []
    before = _cpu_seconds()
    progress = build(
        archive,
        job,
        _opener(archive.folder, workers),
        selection,
        observe=lambda _: times.append(time.perf_counter()),
    )
    assert progress.failed == 0
    return times[-1] - times[1], _cpu_seconds() - before, progress.done


def _cpu_seconds() -> float:
    """CPU time of this process and of those that it started and that have ended."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def _growth(folder: Path, scans: int) -> None:
    (folder / "scans").mkdir()
    _write_tiny(folder / "scans", scans)
    recipe = folder / "plain.yaml"
    recipe.write_text(PLAIN)
    with Archive.init(folder / "archive") as archive:
        _grow_originals(archive, folder / "scans")
        _grow_derivatives(archive, make_job(archive, load_recipe(recipe)), scans)
    _print_sizes(folder / "archive", scans)


def _grow_originals(archive: Archive, scans: Path) -> None:
    started, before = time.perf_counter(), _cpu_seconds()
    added = _add(archive, scans)
    rate = added / (time.perf_counter() - started)
    cpu = 1000 * (_cpu_seconds() - before) / added
    size = f"{TINY[1]} x {TINY[0]} pixels"
    print(f"added {added} scans of {size}, {rate:.0f} a second, {cpu:.1f} CPU ms each")


def _grow_derivatives(archive: Archive, job: Job, scans: int) -> None:
    print(f"{'done':>8}{'a second':>10}{'build MiB':>11}{'workers MiB':>13}{'status ms':>11}")
    opened: list[ProcessWorkers] = []
    before, own = _cpu_seconds(), time.process_time()
    build(archive, job, _opener(archive.folder, 2, opened), observe=_table(archive, opened))
    cpu = 1000 * (_cpu_seconds() - before) / scans
    own = 1000 * (time.process_time() - own) / scans
    print(f"built with {cpu:.1f} CPU ms each, {own:.1f} of them by the process that records")
    started = time.perf_counter()
    count_pending(archive.catalog, job, Selection())
    lookup = 1e6 * (time.perf_counter() - started) / scans
    print(f"nothing left to make, found in {lookup:.0f} microseconds an item")


def _table(archive: Archive, opened: list[ProcessWorkers]) -> Callable[[Progress], None]:
    """Make what prints a row now and then while a build runs."""
    last = [0, time.perf_counter()]

    def show(progress: Progress) -> None:
        step = max(1, progress.plan.pending // ROWS)
        if progress.done % step or not progress.done:
            return
        now = time.perf_counter()
        rate = (progress.done - last[0]) / (now - last[1])
        own, workers = _mebibytes(os.getpid()), sum(map(_mebibytes, opened[0].pids))
        status = _status_milliseconds(archive)
        row = f"{progress.done:8}{rate:10.0f}{own:11.0f}{workers:13.0f}{status:11.1f}"
        print(row, flush=True)
        last[:] = [progress.done, time.perf_counter()]

    return show


def _status_milliseconds(archive: Archive) -> float:
    started = time.perf_counter()
    archive_status(archive.catalog)
    return 1000 * (time.perf_counter() - started)


def _mebibytes(pid: int) -> float:
    """Memory of a process that is in use now."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _print_sizes(folder: Path, scans: int) -> None:
    """Print sizes of an archive that is closed, whose catalog is therefore one file."""
    catalog = (folder / "catalog.sqlite").stat().st_size
    print(f"catalog: {catalog / scans:.0f} bytes an item, with one derivative of each")
    beside = 0
    for path in (folder / "derivatives").rglob("*"):
        beside += path.stat().st_size if path.suffix in (".json", ".xml") else 0
    print(f"records beside a derivative: {beside / scans:.0f} bytes")


def _write_tiny(folder: Path, scans: int) -> None:
    rng = np.random.default_rng(2)
    for number in range(scans):
        ramp = np.linspace(40, 200, TINY[1])[None, :] + rng.normal(0, 8, TINY)
        pixels = np.clip(ramp, 0, 255).astype(np.uint8)[..., None]
        (folder / f"{number:07}.png").write_bytes(encode_picture(Picture(pixels), Path("a.png")))


def _add(archive: Archive, scans: Path) -> int:
    found, _ = find_files([scans])
    return sum(isinstance(result, Added) for result in add_files(archive, found))


def _opener(
    folder: Path, count: int, opened: list[ProcessWorkers] | None = None
) -> Callable[[Job, int], Any]:
    @contextmanager
    def open_workers(job: Job, _: int) -> Iterator[ProcessWorkers]:
        with ProcessWorkers(job, folder.absolute(), count, threads=1) as workers:
            if opened is not None:
                opened.append(workers)
            yield workers

    return open_workers


if __name__ == "__main__":
    sys.exit(main())
