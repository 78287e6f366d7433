"""Builds an archive over and over, and kills each build at a random moment.

python killed_builds.py ARCHIVE MODEL KILLS SEED

All imports are done once, and every build is a fork: so fifty of them take seconds. Prints what it
did as JSON; whatever must not happen ends it with an AssertionError.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import sys
import time
from pathlib import Path

from small_archives import add_scan, colorize_recipe, inline, job_for, scan

from heliochrome.archive.archive import Archive
from heliochrome.archive.building.engine import Progress, build

MORE = 20  # scans that are added whenever all are built
STRETCH = 5  # longest life of a build, in times that one picture takes

# What is recorded of a derivative, and its files' numbers and times of change.
Recorded = dict[str, tuple[object, ...]]


def main(folder: Path, model: str, kills: int, seed: int) -> None:
    draw = random.Random(seed)
    scans = grow(folder, 0)
    pace = time_one(folder, model)
    killed, complete = 0, 0
    known = recorded(folder)
    while killed < kills:
        was_killed = live_and_die(folder, model, draw.uniform(0, STRETCH * pace))
        found = recorded(folder)
        for key, facts in known.items():
            assert found[key] == facts, f"{key} was made again: {facts} became {found[key]}"
        known = found
        killed += was_killed
        complete += not was_killed
        if not was_killed:
            scans = grow(folder, scans)
    json.dump({"killed": killed, "complete": complete, "recorded": len(known)}, sys.stdout)


def grow(folder: Path, scans: int) -> int:
    with Archive.open(folder) as archive:
        for number in range(scans, scans + MORE):
            add_scan(archive, scan(number), f"scan-{number:04}.png")
    return scans + MORE


def time_one(folder: Path, model: str) -> float:
    """Build three pictures, and give the time of one of the last two."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        times: list[float] = []

        def observe(progress: Progress) -> None:
            times.append(time.monotonic())

        with Archive.open(folder) as archive:
            job = job_for(archive, colorize_recipe(Path(model)))
            build(archive, job, inline, observe=observe, should_stop=lambda: len(times) > 3)
        os.write(writer, json.dumps((times[3] - times[1]) / 2).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        pace = float(json.load(file))
    os.wait()
    return pace


def live_and_die(folder: Path, model: str, seconds: float) -> bool:
    """Start a build and kill it so many seconds after it began; tell whether it was still there."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        run(folder, model, writer)
    os.close(writer)
    with os.fdopen(reader) as file:
        file.read(1)  # it has begun
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or status == 0, "a build ended with an error"
    return os.WIFSIGNALED(status)


def run(folder: Path, model: str, begun: int) -> None:
    told = False

    def observe(progress: Progress) -> None:
        nonlocal told
        if not told:
            os.write(begun, b"1")
        told = True

    try:
        with Archive.open(folder) as archive:
            build(archive, job_for(archive, colorize_recipe(Path(model))), inline, observe=observe)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def recorded(folder: Path) -> Recorded:
    """Read the catalog as any other program would, and look at the files that it names."""
    with sqlite3.connect(f"file:{folder / 'catalog.sqlite'}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT key, sha256, made_at, id, uri FROM derivative").fetchall()
    found: Recorded = {}
    for key, *facts in rows:
        place = (folder / "derivatives" / facts[-1]).parent
        names = (f"{key}.png", f"{key}.json", f"{key}.premis.xml", f"{key}.confidence.png")
        states = [(place / name).stat() for name in names]
        found[key] = (*facts, *((state.st_ino, state.st_mtime_ns) for state in states))
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
