"""Adding is killed at random moments, again and again, and loses nothing."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from scans import write_scan

from heliochrome.archive.archive import Archive
from heliochrome.archive.verify import verify_archive

SCANS = 40
KILLS = 5
PROGRAM = """
import sys
from pathlib import Path
from heliochrome.archive.archive import Archive
from heliochrome.archive.ingest import Refused, add_files
from heliochrome.archive.walk import find_files

with Archive.open(Path(sys.argv[1])) as archive:
    files, _ = find_files([Path(sys.argv[2])])
    print("ready", flush=True)
    results = list(add_files(archive, files, threads=2))
assert not [result for result in results if isinstance(result, Refused)], results
"""


def _start(archive: Path, scans: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, str(archive), str(scans)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    assert running.stdout.readline() == "ready\n"
    return running


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in folder.rglob("*.png")}


def test_adding_that_is_killed_loses_nothing_and_goes_on(tmp_path: Path) -> None:
    folder, scans = tmp_path / "archive", tmp_path / "in"
    Archive.init(folder).close()
    for seed in range(SCANS):
        write_scan(scans / f"{seed:02}.png", seed)
    rng = random.Random(7)
    recorded: dict[str, str] = {}
    for _ in range(KILLS):
        running = _start(folder, scans)
        time.sleep(rng.uniform(0, 0.3))
        running.kill()
        running.wait()
        with Archive.open(folder) as archive:
            now = {o.identifier: o.added_at for o in archive.catalog.originals(limit=SCANS)}
            assert recorded.items() <= now.items()  # what was recorded stays, and is not redone
            recorded = now
            # A copy whose recording was cut off may be there; nothing recorded may be wrong.
            problems = {fault.problem for fault in verify_archive(archive, patience=0).faults}
            assert problems <= {"unknown"}
    assert _start(folder, scans).wait() == 0
    with Archive.open(folder) as archive:
        assert archive.catalog.count_items() == SCANS
        assert verify_archive(archive).faults == []
        assert sorted(_contents(folder).values()) == sorted(_contents(scans).values())
        assert all(len(entry.events) >= 3 for entry in archive.entries())
        archive.originals.remove_temporary(older_than_seconds=0)
    assert len([path for path in (folder / "originals").rglob("*") if path.is_file()]) == SCANS
