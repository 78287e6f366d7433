"""Pictures for training: folders, tar shards, sheets of thumbnails and CIFAR-10's binary files.

All pictures are decoded once and held as 8-bit RGB: the sets that a laptop can train on fit in
memory, and decoding would otherwise take longer than the network. Broken files are named and
counted, never fatal.
"""

from __future__ import annotations

import io
import logging
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from heliochrome.errors import DataError
from heliochrome.training.config import SourceConfig

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".avif"})
CIFAR_PREFIX = "cifar10:"
CIFAR_RECORD = 1 + 3 * 32 * 32
LARGEST_SIDE = 512

logger = logging.getLogger(__name__)


@dataclass
class PictureSet:
    """Decoded pictures of one source, each (H, W, 3) uint8, and the names of broken files."""

    name: str
    weight: float
    pictures: list[NDArray[np.uint8]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def _folder_files(root: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            yield str(path), path.read_bytes()


def _shard_files(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as shard:
        for member in shard:
            file = shard.extractfile(member) if member.isfile() else None
            if file is not None and Path(member.name).suffix.lower() in SUFFIXES:
                yield f"{path}:{member.name}", file.read()


def _decode(data: bytes, smallest: int | None) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data)) as image:
        if smallest is not None:
            # Only the gist is trained on: decode large JPEGs at a fraction of their size.
            image.draft("RGB", (LARGEST_SIDE, LARGEST_SIDE))
        picture = image.convert("RGB")
    if min(picture.size) < 8:
        raise ValueError("smaller than 8 px")
    shrink = 1.0 if smallest is None else smallest / min(picture.size)
    if shrink < 1:
        size = (round(picture.width * shrink), round(picture.height * shrink))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    return np.asarray(picture)


def _try_decode(
    named: tuple[str, bytes], smallest: int | None
) -> tuple[str, NDArray[np.uint8] | None]:
    name, data = named
    try:
        return name, _decode(data, smallest)
    # Pillow's decoders raise almost anything on broken data; the file is counted and named.
    except Exception as error:
        logger.warning("%s: left out of training: %s", name, error)
        return name, None


def _cut_sheet(sheet: NDArray[np.uint8], side: int) -> list[NDArray[np.uint8]]:
    rows, columns = sheet.shape[0] // side, sheet.shape[1] // side
    tiles = sheet[: rows * side, : columns * side].reshape(rows, side, columns, side, 3)
    tiles = tiles.swapaxes(1, 2).reshape(-1, side, side, 3)
    # Unused places of a last sheet are one flat color.
    return [tile for tile in tiles if tile.std() > 1]


def _read_cifar(folder: Path) -> list[NDArray[np.uint8]]:
    pictures: list[NDArray[np.uint8]] = []
    for path in sorted(folder.glob("data_batch_*.bin")):
        raw = np.fromfile(path, np.uint8)
        if raw.size % CIFAR_RECORD:
            raise DataError(path, "is not a CIFAR-10 binary batch", "download it again")
        planes = raw.reshape(-1, CIFAR_RECORD)[:, 1:].reshape(-1, 3, 32, 32)
        pictures.extend(planes.transpose(0, 2, 3, 1))
    return pictures


def load_source(config: SourceConfig, smallest: int | None) -> PictureSet:
    """Decode every picture of a source, short sides reduced to at most `smallest` px if given.

    Raises:
        DataError: the path does not exist, or holds no readable picture.

    """
    pictures = PictureSet(config.path, config.weight)
    root = Path(config.path.removeprefix(CIFAR_PREFIX))
    if not root.exists():
        raise DataError(root, "does not exist", "give a folder or a .tar shard of pictures")
    if config.path.startswith(CIFAR_PREFIX):
        pictures.pictures.extend(_read_cifar(root))
    else:
        files = _folder_files(root) if root.is_dir() else _shard_files(root)
        _decode_all(files, config, smallest, pictures)
    if not pictures.pictures:
        raise DataError(root, "holds no readable picture", "give JPEG, PNG, WebP or TIFF files")
    return pictures


def _decode_all(
    files: Iterator[tuple[str, bytes]],
    config: SourceConfig,
    smallest: int | None,
    into: PictureSet,
) -> None:
    limit = None if config.sheet else smallest
    with ThreadPoolExecutor() as pool:
        for name, picture in pool.map(lambda named: _try_decode(named, limit), files):
            if picture is None:
                into.broken.append(name)
            elif config.sheet:
                into.pictures.extend(_cut_sheet(picture, config.sheet))
            else:
                into.pictures.append(picture)


def load_sources(configs: tuple[SourceConfig, ...], smallest: int | None) -> list[PictureSet]:
    """Decode all sources of a run; see :func:`load_source`."""
    if not configs:
        raise DataError("data.sources", "is empty", "name at least one folder or .tar shard")
    return [load_source(config, smallest) for config in configs]
