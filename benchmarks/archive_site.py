"""What a web site of a large archive costs: time, memory, files, and how soon a search answers.

Run: python benchmarks/archive_site.py [--items 10000] [--chromium /usr/bin/chromium]

Small scans with invented descriptions are added to an archive. The site is then made, made again
without a change, and once more after one description has changed; each in a process of its own,
whose peak memory is that run's. With a Chromium (and playwright) the site is opened from disk, and
the time until the first cards are drawn and until a search has answered is measured.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measuring import peak_mebibytes, run_child

WORDS = ("harbor", "bridge", "market", "family", "ship", "street", "mill", "church", "portrait")
WIDTH, HEIGHT = 320, 240
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run")


def main() -> int:
    """Print the table, or do one part for the process that prints it."""
    arguments = _parse()
    if arguments.part == "fill":
        print(json.dumps(_fill(arguments.folder, arguments.items)))
    elif arguments.part == "site":
        print(json.dumps(_site(arguments.folder)))
    elif arguments.part == "change":
        print(json.dumps(_change(arguments.folder)))
    else:
        with tempfile.TemporaryDirectory(prefix="heliochrome-benchmark-") as folder:
            _print_all(Path(folder), arguments)
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time and memory of an archive's site.")
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--chromium", help="path of a Chromium to open the site with")
    parser.add_argument("--part", choices=("fill", "site", "change"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _print_all(folder: Path, arguments: argparse.Namespace) -> None:
    def run(part: str) -> Any:
        given = ("--part", part, "--folder", str(folder), "--items", str(arguments.items))
        return run_child(__file__, *given)

    run("fill")
    print(f"{arguments.items} items of {WIDTH} x {HEIGHT} pixels, one image each")
    print("| Run | Seconds | ms per item | Images made | Files written | Peak memory |")
    print("|---|---|---|---|---|---|")
    for label in ("first", "nothing changed", "one description changed"):
        if label.startswith("one"):
            run("change")
        report = run("site")
        each = 1000 * report["seconds"] / arguments.items
        print(
            f"| {label} | {report['seconds']:.1f} | {each:.1f} | {report['images_made']} "
            f"| {report['files_written']} | {report['peak']:.0f} MiB |"
        )
    _print_sizes(folder / "site")
    if arguments.chromium:
        _print_browser(folder / "site", arguments.chromium)


def _fill(folder: Path, items: int) -> int:
    import numpy as np
    from PIL import Image

    from heliochrome.archive.archive import Archive
    from heliochrome.archive.ingest import Added, add_files
    from heliochrome.archive.records import NewDescription
    from heliochrome.archive.walk import find_files

    draw, noise = random.Random(0), np.random.default_rng(0)
    incoming = folder / "incoming"
    incoming.mkdir()
    for number in range(items):
        small = Image.fromarray(noise.integers(0, 256, (6, 8), np.uint8))
        small.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC).save(incoming / f"{number:06}.jpg")
    files, _ = find_files([incoming])
    with Archive.init(folder / "archive") as archive:
        added = [one for one in add_files(archive, files) if isinstance(one, Added)]
        for start in range(0, len(added), 100):
            archive.catalog.describe(
                [
                    NewDescription(one.identifier, f"Box {draw.randrange(20)}", _words(draw), [])
                    for one in added[start : start + 100]
                ]
            )
    return len(added)


def _words(draw: random.Random) -> dict[str, tuple[str, ...]]:
    title = " ".join(draw.choices(WORDS, k=3)).capitalize()
    description = " ".join(draw.choices(WORDS, k=30))
    place = f"Place {draw.randrange(3000)}"
    year = str(draw.randrange(1850, 1960))
    return {
        "title": (title,),
        "description": (description,),
        "coverage": (place,),
        "date": (year,),
    }


def _site(folder: Path) -> dict[str, float]:
    from heliochrome.archive.archive import Archive
    from heliochrome.archive.export.publication import Publication
    from heliochrome.archive.export.selection import Selection
    from heliochrome.archive.site.build import SiteOptions, build_site

    start = time.perf_counter()
    with Archive.open(folder / "archive") as archive:
        options = SiteOptions(Publication("Benchmark"))
        report = build_site(archive, folder / "site", options, Selection())
    return {
        "seconds": time.perf_counter() - start,
        "images_made": report.images_made,
        "files_written": report.files_written,
        "peak": peak_mebibytes(),
    }


def _change(folder: Path) -> str:
    from heliochrome.archive.archive import Archive
    from heliochrome.archive.records import NewDescription

    with Archive.open(folder / "archive") as archive:
        identifier = archive.catalog.originals(limit=1)[0].identifier
        archive.catalog.describe([NewDescription(identifier, "Box 1", {"title": ("New",)}, [])])
    return identifier


def _print_sizes(site: Path) -> None:
    print("\n| Files | Number | Together | Largest |")
    print("|---|---|---|---|")
    for name in ("items", "data/cards", "data/index", "data/catalog.js", "iiif/images"):
        path = site / name
        files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
        sizes = [one.stat().st_size for one in files]
        print(f"| {name} | {len(sizes)} | {sum(sizes) / 1e6:.1f} MB | {max(sizes) / 1e3:.0f} kB |")


def _print_browser(site: Path, chromium: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = browser.new_page()
        start = time.perf_counter()
        page.goto((site / "index.html").as_uri())
        page.wait_for_selector(".card")
        first = time.perf_counter() - start
        searches = []
        for query in ("harbor", "place 17", "bridge market 1900", "zebra"):
            before = page.inner_text("#count")
            start = time.perf_counter()
            page.evaluate("(query) => { location.hash = new URLSearchParams({q: query}) }", query)
            page.wait_for_function(
                "(before) => document.getElementById('count').innerText !== before", arg=before
            )
            found = page.inner_text("#count")
            searches.append(f"'{query}' {1000 * (time.perf_counter() - start):.0f} ms ({found})")
        browser.close()
    print(f"\nChromium, from disk: first cards after {1000 * first:.0f} ms; " + "; ".join(searches))


if __name__ == "__main__":
    sys.exit(main())
