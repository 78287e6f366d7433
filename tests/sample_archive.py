"""A small archive with pictures, descriptions and derivatives, made without any network."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from heliochrome.archive.archive import Archive
from heliochrome.archive.digests import Digest, digest_path
from heliochrome.archive.layout import (
    confidence_name,
    derivative_name,
    original_name,
    premis_name,
    record_name,
)
from heliochrome.archive.records import NewDerivative, NewItem, event

NETWORK = {"name": "colorizer", "version": "1.1.0", "sha256": "c1" * 32}
COLORIZE = {
    "task": "colorize",
    "model": NETWORK,
    "parameters": {"vividness": 1.0, "seed": 0, "hints": []},
    "mean_confidence": 0.61,
}


@dataclass(frozen=True)
class Scan:
    """An item to be put into the archive.

    Attributes:
        pixels: (H, W, 3) uint8, the truth in color; the original is its gray.
        name: of the original; the suffix says of what kind.
        collection: "" for none.
        statements: Dublin Core.
        looks: names of the recipes to derive it by.
        crop: pixels that a derivative lacks at the left and at the top.
        is_reference: whether the archive only points at it.
        step: how the record says that its derivatives were made.
    """

    pixels: NDArray[np.uint8]
    name: str = "scan.png"
    collection: str = ""
    statements: Mapping[str, Sequence[str]] = field(default_factory=dict)
    looks: Sequence[str] = ("color-only",)
    crop: tuple[int, int] = (0, 0)
    is_reference: bool = False
    step: Mapping[str, Any] = field(default_factory=lambda: COLORIZE)


def gradient(width: int, height: int, hue: int = 0) -> NDArray[np.uint8]:
    """A color picture that is different at every place, and for every hue."""
    y, x = np.mgrid[0:height, 0:width]
    red, green = 255 * x / max(1, width - 1), 255 * y / max(1, height - 1)
    return np.stack([red, green, np.full_like(red, hue % 256)], axis=-1).astype(np.uint8)


def sample_archive(folder: Path, scans: Iterable[Scan]) -> Archive:
    """Make an archive of scans; it is to be closed by the caller."""
    archive = Archive.init(folder / "archive")
    incoming = folder / "incoming"
    for number, scan in enumerate(scans):
        path = incoming / f"{number:05}" / scan.name
        path.parent.mkdir(parents=True)
        _write_gray(scan.pixels, path)
        _add(archive, scan, path)
    return archive


def _write_gray(pixels: NDArray[np.uint8], path: Path) -> None:
    gray = np.asarray(Image.fromarray(pixels).convert("L"))
    if path.suffix == ".tif":
        tifffile.imwrite(path, gray.astype(np.uint16) * 257, photometric="minisblack")
    else:
        Image.fromarray(gray).save(path, quality=90)


def _add(archive: Archive, scan: Scan, path: Path) -> None:
    digest = digest_path(path)
    name = original_name(digest.sha256, path.suffix)
    if not scan.is_reference:
        archive.originals.put_file(path, name, expected=digest, read_only=True)
    height, width = scan.pixels.shape[:2]
    mime = {".tif": "image/tiff", ".jpg": "image/jpeg"}.get(path.suffix, "image/png")
    identifier, _ = archive.catalog.add_item(
        NewItem(
            collection=scan.collection,
            sha256=digest.sha256,
            sha512=digest.sha512,
            size=digest.size,
            uri=path.as_uri() if scan.is_reference else name,
            is_reference=scan.is_reference,
            source_name=scan.name,
            mime=mime,
            puid=None,
            width=width,
            height=height,
            bits=16 if path.suffix == ".tif" else 8,
            channels=1,
            statements=scan.statements,
            events=[event("ingestion", f"copied from {scan.name}")],
        )
    )
    for number, look in enumerate(scan.looks):
        colors = np.roll(scan.pixels, number, axis=2)  # another picture for every look
        _derive(archive, replace(scan, pixels=colors), identifier, digest, look)


def _derive(archive: Archive, scan: Scan, identifier: str, original: Digest, look: str) -> None:
    recipe_sha256 = hashlib.sha256(look.encode()).hexdigest()
    recipe = archive.catalog.ensure_recipe(recipe_sha256, look, f"name: {look}\n")
    key = hashlib.sha256(f"{original.sha256}{look}".encode()).hexdigest()
    left, top = scan.crop
    pixels = scan.pixels[top:, left:]
    stored = archive.derivatives.put_bytes(_png(pixels), derivative_name(key, ".png"))
    unsure = np.linspace(255, 0, pixels.shape[1]).astype(np.uint8)
    confidence = np.broadcast_to(unsure, pixels.shape[:2])
    record = _record(original, look, recipe_sha256, scan)
    mean_confidence = scan.step.get("mean_confidence")
    for name, data in {
        premis_name(key): b"<premis/>",
        record_name(key): json.dumps(record).encode(),
        confidence_name(key): _png(confidence),
    }.items():
        archive.derivatives.put_bytes(data, name)
    archive.catalog.record_derivative(
        NewDerivative(
            identifier=identifier,
            recipe_id=recipe,
            key=key,
            uri=derivative_name(key, ".png"),
            sha256=stored.sha256,
            sha512=stored.sha512,
            size=stored.size,
            mime="image/png",
            width=pixels.shape[1],
            height=pixels.shape[0],
            record=record,
            model_sha256s=[NETWORK["sha256"]],
            heliochrome_version="0.1.0",
            seconds=0.5,
            mean_confidence=mean_confidence,
            confidence_uri=None if mean_confidence is None else confidence_name(key),
            events=[event("creation", look, derivative=key)],
        )
    )


def _record(original: Digest, look: str, recipe_sha256: str, scan: Scan) -> dict[str, Any]:
    steps: list[Mapping[str, Any]] = [scan.step]
    if any(scan.crop):
        margins = {"top": scan.crop[1], "bottom": 0, "left": scan.crop[0], "right": 0}
        steps.insert(0, {"task": "crop-borders", "model": None, "parameters": {"margins": margins}})
    return {
        "task": "recipe",
        "heliochrome_version": "0.1.0",
        "input_sha256": original.sha256,
        "recipe": {"name": look, "sha256": recipe_sha256},
        "steps": steps,
    }


def _png(pixels: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()
