"""Archives of small pictures, and builds of them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from heliochrome.archive.archive import Archive
from heliochrome.archive.building.derive import Deriver
from heliochrome.archive.building.engine import OpenWorkers, Progress, build, make_job
from heliochrome.archive.building.inline import InlineWorker
from heliochrome.archive.building.plan import Selection
from heliochrome.archive.building.tasks import Job
from heliochrome.archive.building.workers import Workers
from heliochrome.archive.digests import digest_file
from heliochrome.archive.layout import original_name
from heliochrome.archive.records import NewItem, event
from heliochrome.image.picture import Picture
from heliochrome.image.write import encode_picture
from heliochrome.recipe.load import load_recipe

CONTRAST = "{version: 1, name: plain, steps: [{step: contrast, gamma: 1.2}]}"
SIZE = (24, 32)


def scan(seed: int, size: tuple[int, int] = SIZE) -> bytes:
    """Give a small gray PNG, another one for every seed."""
    rng = np.random.default_rng(seed)
    ramp = np.linspace(40, 200, size[1])[None, :] + rng.normal(0, 8, size)
    pixels = np.rint(np.clip(ramp, 0, 255)).astype(np.uint8)[..., None]
    return encode_picture(Picture(pixels), Path("scan.png"))


def add_scan(archive: Archive, data: bytes, name: str, collection: str = "") -> str:
    """Add an original as it is, and give its identifier."""
    digest = digest_file(io.BytesIO(data))
    uri = original_name(digest.sha256, Path(name).suffix)
    archive.originals.put_bytes(data, uri, replace=True)
    identifier, _ = archive.catalog.add_item(
        NewItem(
            collection=collection,
            sha256=digest.sha256,
            sha512=digest.sha512,
            size=digest.size,
            uri=uri,
            is_reference=False,
            source_name=name,
            mime="image/png",
            puid=None,
            width=SIZE[1],
            height=SIZE[0],
            bits=8,
            channels=1,
            statements={"rights": ["public domain"]},
            events=[event("ingestion", f"from {name}")],
        )
    )
    return identifier


def make_archive(folder: Path, scans: int, **places: str) -> Path:
    """Make an archive of so many scans."""
    with Archive.init(folder, **places) as archive:
        for seed in range(scans):
            add_scan(archive, scan(seed), f"scan-{seed:03}.png")
    return folder


def colorize_recipe(model: Path) -> str:
    return f"{{version: 1, name: color, steps: [{{step: colorize, model: {model}}}]}}"


def job_for(archive: Archive, text: str = CONTRAST, **options: object) -> Job:
    path = archive.folder.parent / "recipe.yaml"
    path.write_text(text)
    return make_job(archive, load_recipe(path), **options)


@contextmanager
def inline(job: Job, pictures: int) -> Iterator[Workers]:
    """Work in this process."""
    yield InlineWorker(Deriver.open(job, threads=1))


def build_archive(
    folder: Path,
    text: str = CONTRAST,
    open_workers: OpenWorkers = inline,
    selection: Selection | None = None,
    **options: object,
) -> Progress:
    """Build an archive from beginning to end."""
    with Archive.open(folder) as archive:
        return build(archive, job_for(archive, text, **options), open_workers, selection)


def check_whole(folder: Path, text: str = CONTRAST, failures: int = 0) -> None:
    """Check that every derivative of a recipe is there once, is complete and is what it was."""
    with Archive.open(folder) as archive:
        job = job_for(archive, text)
        keys = set()
        for entry in archive.entries():
            wanted = job.key(entry.original.sha256)
            derived = [file for file in entry.derivatives if file.key == wanted]
            if not derived:
                failures -= 1
                continue
            (file,) = derived
            assert archive.derivatives.hashes(file.uri) == (file.sha256, file.sha512, file.size)
            record = json.loads(_read(archive, f"{file.uri.rpartition('.')[0]}.json"))
            assert record["derivative"]["sha256"] == file.sha256
            assert record["provenance"] == dict(file.record)
            assert file.sha256 in _read(archive, file.premis_uri).decode()
            if file.confidence_uri is not None:
                assert archive.derivatives.size(file.confidence_uri) > 0
            made = [e for e in entry.events if e.derivative_key == wanted and e.kind == "creation"]
            assert len(made) == 1
            keys.add(file.key)
        assert failures == 0
        stored = {name.partition("/")[2].partition(".")[0] for name in archive.derivatives.names()}
        assert keys <= stored


def _read(archive: Archive, name: str) -> bytes:
    with archive.derivatives.open(name) as file:
        return file.read()
