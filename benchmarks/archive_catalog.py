"""How quick an archive's catalog is at a given size, and what adding one scan costs.

Run: python benchmarks/archive_catalog.py [--items 100000] [--catalog URL] [--scans 10]
     [--megapixels 12]

The catalog is filled with invented items that have EXIF of a kilobyte, a description, random
perceptual hashes, and for half of them a derivative; a tenth failed. Every figure is the median of
several tries, in milliseconds by the clock; CPU milliseconds are those of this process, without a
PostgreSQL server's. Then photos are added for real, as JPEG, with one thread.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measuring import render_photo

from heliochrome.archive.archive import Archive
from heliochrome.archive.catalog import Catalog
from heliochrome.archive.ingest import Added, add_files
from heliochrome.archive.records import NewDerivative, NewFailure, NewItem, event
from heliochrome.archive.status import archive_status
from heliochrome.archive.walk import find_files

TRIES = 15
SUBJECTS = ("harbor", "boats", "market", "portrait", "street", "bridge", "mountains", "school")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--catalog", help="URL of an empty PostgreSQL database or schema")
    parser.add_argument("--scans", type=int, default=10)
    parser.add_argument("--megapixels", type=float, default=12)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="heliochrome-benchmark-") as place:
        folder = Path(place)
        with Archive.init(folder / "archive", arguments.catalog) as archive:
            _fill(archive.catalog, arguments.items)
            _measure(archive, arguments.items)
            if arguments.scans:
                _add_photos(archive, folder / "scans", arguments.scans, arguments.megapixels)
        size = sum(path.stat().st_size for path in (folder / "archive").glob("catalog.*"))
        if size:
            print(f"catalog: {size / arguments.items / 1000:.1f} kB an item")
    return 0


def _fill(catalog: Catalog, items: int) -> None:
    rng = random.Random(0)
    recipe = catalog.ensure_recipe("r" * 64, "restore", "name: restore")
    started = time.perf_counter(), time.process_time()
    for number in range(items):
        identifier, _ = catalog.add_item(_item(number, rng))
        key = f"{number:064}"
        if number % 10 == 0:
            catalog.record_failure(NewFailure(identifier, recipe, key, "E", f"p{number % 7}", "r"))
        elif number % 2 == 0:
            catalog.record_derivative(_derivative(identifier, recipe, key))
    seconds, cpu = time.perf_counter() - started[0], time.process_time() - started[1]
    print(f"recording: {1000 * seconds / items:.1f} ms an item, {1000 * cpu / items:.1f} ms CPU")


def _item(number: int, rng: random.Random) -> NewItem:
    name = f"{rng.getrandbits(256):064x}"
    return NewItem(
        collection=f"box {number // 100}",
        sha256=name,
        sha512=name * 2,
        size=5_000_000,
        uri=f"{name[:2]}/{name}.tif",
        is_reference=False,
        source_name=f"box {number // 100}/scan {number:06}.tif",
        mime="image/tiff",
        puid="fmt/353",
        width=4000,
        height=3000,
        bits=16,
        channels=3,
        exif={f"Field{field}": "x" * 20 for field in range(35)},
        perceptual_hash=f"{rng.getrandbits(64):016x}",
        statements={
            "title": [f"{rng.choice(SUBJECTS)} no. {number}"],
            "subject": rng.sample(SUBJECTS, 3),
            "date": [str(1880 + number % 80)],
        },
        events=[event("ingestion", "copied")],
    )


def _derivative(identifier: str, recipe: int, key: str) -> NewDerivative:
    return NewDerivative(
        identifier=identifier,
        recipe_id=recipe,
        key=key,
        uri=f"{key[:2]}/{key}.tif",
        sha256=key,
        sha512=key * 2,
        size=20_000_000,
        mime="image/tiff",
        width=8000,
        height=6000,
        record={"steps": [{"task": "colorize", "parameters": {"x": "y" * 300}}] * 3},
        model_sha256s=[key],
        heliochrome_version="0",
        seconds=1.0,
        events=[event("creation", "made", derivative=key)],
    )


def _measure(archive: Archive, items: int) -> None:
    catalog, rng = archive.catalog, random.Random(1)
    known = [int(original.sha256, 16) for original in catalog.originals(limit=10)]
    print(f"at {items} items:")
    _report("status", lambda: archive_status(catalog))
    _report("look-alike", lambda: catalog.find_similar(f"{rng.getrandbits(64):016x}"))
    _report("duplicate", lambda: catalog.find_item(f"{rng.choice(known):064x}"))
    _report("search, rare", lambda: catalog.search(f"no {rng.randrange(items)}"))
    _report("search, common", lambda: catalog.search("harbor 1910"))
    _report("10 entries", lambda: list(archive.entries([f"{sha:064x}"[:16] for sha in known])))


def _report(name: str, work: Callable[[], object]) -> None:
    clock, cpu = [], []
    for _ in range(TRIES):
        started = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - started[0])
        cpu.append(time.process_time() - started[1])
    middle, busy = statistics.median(clock), statistics.median(cpu)
    print(f"  {name:<15} {1000 * middle:8.1f} ms {1000 * busy:8.1f} ms CPU")


def _add_photos(archive: Archive, folder: Path, scans: int, megapixels: float) -> None:
    folder.mkdir()
    for number in range(scans):
        render_photo(folder / f"{number}.jpg", megapixels + number * 0.01)
    files, _ = find_files([folder])
    for title in ("adding", "adding again"):
        started = time.perf_counter(), time.process_time()
        results = list(add_files(archive, files))
        seconds, cpu = time.perf_counter() - started[0], time.process_time() - started[1]
        added = sum(isinstance(result, Added) for result in results)
        print(
            f"{title}: {scans} photos of {megapixels:g} megapixels, {added} new: "
            f"{1000 * seconds / scans:.0f} ms each, {1000 * cpu / scans:.0f} ms CPU"
        )


if __name__ == "__main__":
    raise SystemExit(main())
