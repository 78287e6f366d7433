"""An archive may be verified while it is built."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from small_archives import build_archive, make_archive

from heliochrome.archive.archive import Archive
from heliochrome.archive.building.derive import Deriver
from heliochrome.archive.building.inline import InlineWorker
from heliochrome.archive.building.tasks import Job, Outcome
from heliochrome.archive.building.workers import Workers
from heliochrome.archive.verify import verify_archive

_SCANS = 6
_HESITATION_SECONDS = 0.3


class HesitantWorker(InlineWorker):
    """Has written its files for a while when it says so."""

    def finished(self, timeout: float) -> Sequence[Outcome]:
        outcomes = super().finished(timeout)
        time.sleep(_HESITATION_SECONDS)
        return outcomes


@contextmanager
def hesitant(job: Job, pictures: int) -> Iterator[Workers]:
    yield HesitantWorker(Deriver.open(job, threads=1))


def test_what_a_build_has_not_recorded_yet_is_no_fault(tmp_path: Path) -> None:
    folder = make_archive(tmp_path / "archive", _SCANS)
    building = threading.Thread(target=lambda: build_archive(folder, open_workers=hesitant))
    seen = []
    building.start()
    with Archive.open(folder) as archive:
        while building.is_alive():
            seen.append(verify_archive(archive))
    building.join()
    assert [found.faults for found in seen] == [[]] * len(seen)
    assert any(found.derivatives < _SCANS for found in seen)
