"""Write a picture file: whole or not at all, never over an original."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from heliochrome.errors import HeliochromeError, OptionError, OutputConflictError, WriteError
from heliochrome.image import icc
from heliochrome.image.formats import avif, jpeg, jpeg2000, png, tiff, webp
from heliochrome.image.formats.source import UnfitError
from heliochrome.image.metadata import Provenance
from heliochrome.image.picture import Container, Picture
from heliochrome.image.rows import Rows, in_blocks
from heliochrome.image.xmp import add_provenance


@dataclass(frozen=True, slots=True)
class _Format:
    """What a container can hold, and its encoder."""

    name: Container
    suffixes: tuple[str, ...]
    encode: Callable[[Picture, int], bytes]
    max_side: int
    max_bits: int
    alpha: bool = True
    gray: bool = True


# Order matters for advice: the first that can hold a picture is named to the user.
_FORMATS = (
    _Format("PNG", (".png",), lambda p, _: png.encode(p), png.MAX_SIDE, 16),
    _Format("TIFF", (".tif", ".tiff"), lambda p, _: tiff.encode(p), tiff.MAX_SIDE, 32),
    _Format("JPEG", (".jpg", ".jpeg", ".jpe"), jpeg.encode, jpeg.MAX_SIDE, 8, alpha=False),
    _Format("WEBP", (".webp",), webp.encode, webp.MAX_SIDE, 8, gray=False),
    _Format("AVIF", (".avif",), avif.encode, avif.MAX_SIDE, 8, gray=False),
    _Format(
        "JPEG2000", (".jp2", ".j2k", ".jpx"), lambda p, _: jpeg2000.encode(p), jpeg2000.MAX_SIDE, 16
    ),
)


def write_picture(
    picture: Picture,
    path: Path,
    *,
    quality: int = 95,
    original: Path | None = None,
    overwrite: bool = False,
    provenance: Provenance | None = None,
) -> None:
    """Write a picture in the container that the suffix names, with its metadata.

    PNG, TIFF and JPEG 2000 are lossless. Samples deeper than the container holds are rounded: to
    8 bits in JPEG, WebP and AVIF, floats to 16 bits in PNG and JPEG 2000. RGB without a profile is
    tagged as sRGB. The file appears under its name only when all of it is on the disk.

    Args:
        picture: what to write.
        path: where; its folder must exist.
        quality: of lossy containers, 1..100; from 90 color is stored at full resolution.
        original: a file that must not be replaced even if `overwrite` is set.
        overwrite: whether an existing file may be replaced.
        provenance: recorded in the XMP.

    Raises:
        OutputConflictError: the file is the original, or exists.
        OptionError: the quality is out of range.
        WriteError: the container cannot hold the picture, or the disk did not take it.

    """
    _check_conflict(path, original, overwrite)
    store_bytes(path, encode_picture(picture, path, quality=quality, provenance=provenance))


def encode_picture(
    picture: Picture, path: Path, *, quality: int = 95, provenance: Provenance | None = None
) -> bytes:
    """Give the bytes that `write_picture` would write to `path`, which need not be on a disk.

    Raises:
        OptionError: the quality is out of range.
        WriteError: the container cannot hold the picture.

    """
    if not 1 <= quality <= 100:
        raise OptionError("quality", f"{quality} is out of range", "choose 1 to 100")
    container = _container(path)
    check_fits(picture, path)
    prepared = _prepare(picture, container, provenance)
    try:
        return container.encode(prepared, quality)
    except UnfitError as error:
        raise WriteError(path, str(error), "write a .tif or .png file instead") from error
    except HeliochromeError:
        raise
    except Exception as error:
        # As for decoders: whatever type a codec raises, the file cannot be made.
        raise WriteError(
            path, f"encoding as {container.name} failed ({error})", "try a .tif file instead"
        ) from error


def write_rows(
    blocks: Iterable[Rows],
    page: tiff.Page,
    path: Path,
    *,
    original: Path | None = None,
    overwrite: bool = False,
    provenance: Provenance | None = None,
) -> None:
    """Write a TIFF file from its rows as they come, without ever having all of them in memory.

    Above 3.5 GB of samples it is a BigTIFF. RGB without a profile is tagged as sRGB. The file
    appears under its name only when all of it is on the disk.

    Args:
        blocks: consecutive rows, together the whole picture.
        page: what they are, and the metadata.
        path: where; its suffix must be TIFF's and its folder exist.
        original: as for `write_picture`.
        overwrite: as for `write_picture`.
        provenance: recorded in the XMP.

    Raises:
        OutputConflictError: the file is the original, or exists.
        WriteError: the suffix is another's, or the disk did not take it.

    """
    if _container(path).name != "TIFF":
        raise WriteError(path, "is no TIFF file's name", "end it in .tif")
    _check_conflict(path, original, overwrite)
    metadata, profile = page.metadata, page.icc_profile
    if provenance is not None:
        metadata = replace(metadata, xmp=add_provenance(metadata.xmp, provenance))
    if profile is None and page.channels > 1:
        profile = icc.srgb_profile()
    prepared = replace(page, metadata=metadata, icc_profile=profile)
    with storing(path) as file:
        tiff.encode_rows(file, in_blocks(blocks, tiff.TILE, page.height), prepared)


def check_size(path: Path, height: int, width: int) -> None:
    """Find out before a picture is made whether the container at `path` can hold its size.

    Raises:
        WriteError: it cannot, or the suffix is not a container's.

    """
    container = _container(path)
    if max(width, height) > container.max_side:
        longest = max(width, height)
        able = next(other for other in _FORMATS if other.max_side >= longest)
        raise WriteError(
            path,
            f"{width} x {height} pixels are more than the {container.max_side} "
            f"a side that {container.name} holds",
            f"write a {able.suffixes[0]} file instead",
        )


def _container(path: Path) -> _Format:
    suffix = path.suffix.lower()
    for candidate in _FORMATS:
        if suffix in candidate.suffixes:
            return candidate
    known = ", ".join(name for candidate in _FORMATS for name in candidate.suffixes)
    raise WriteError(path, f"'{suffix}' is not the suffix of a picture format", f"use {known}")


def _check_conflict(path: Path, original: Path | None, overwrite: bool) -> None:
    try:
        exists = path.exists()
        if exists and original is not None and original.exists() and path.samefile(original):
            raise OutputConflictError(
                path, "is the original, which is never overwritten", "choose another output name"
            )
        if path.is_dir():
            raise WriteError(path, "is a directory", "give the name of a file in it")
    except (OSError, ValueError) as error:
        raise _disk_error(path, error) from error
    if exists and not overwrite:
        raise OutputConflictError(path, "exists", "choose another name, or allow overwriting")


def check_fits(picture: Picture, path: Path) -> None:
    """Find out whether the container at `path` can hold a picture.

    Raises:
        WriteError: it is too large, or transparent and the container knows no transparency.

    """
    check_size(path, picture.height, picture.width)
    container = _container(path)
    if not container.alpha and picture.alpha is not None and not _is_opaque(picture.alpha):
        raise WriteError(
            path,
            f"{container.name} cannot hold the picture's transparency",
            "write a .png, .tif or .webp file instead",
        )


def _is_opaque(alpha: NDArray[Any]) -> bool:
    full = 1.0 if alpha.dtype == np.float32 else np.iinfo(alpha.dtype).max
    return bool((alpha >= full).all())


def _prepare(picture: Picture, container: _Format, provenance: Provenance | None) -> Picture:
    """Bring depth, channels, profile and XMP to what is written."""
    if picture.is_gray and not container.gray and picture.icc_profile:
        # The samples go into RGB, where a gray profile would be invalid.
        picture = icc.gray_to_srgb(picture)
    pixels = _to_depth(picture.pixels, container.max_bits)
    alpha = None
    if container.alpha and picture.alpha is not None:
        alpha = _to_depth(picture.alpha, container.max_bits)
    profile = picture.icc_profile
    untagged = profile is None and not (picture.is_gray and container.gray)
    if untagged and container.name != "PNG":
        profile = icc.srgb_profile()
    metadata = picture.metadata
    if provenance is not None:
        metadata = replace(metadata, xmp=add_provenance(metadata.xmp, provenance))
    return replace(picture, pixels=pixels, alpha=alpha, icc_profile=profile, metadata=metadata)


def _to_depth(samples: NDArray[Any], bits: int) -> NDArray[Any]:
    """Round samples to the nearest of at most that many bits."""
    if samples.dtype == np.float32 and bits < 32:
        dtype = np.uint8 if bits == 8 else np.uint16
        scaled: NDArray[Any] = np.clip(samples, 0, 1) * np.float32(2**bits - 1)
        rounded: NDArray[Any] = np.rint(scaled).astype(dtype)
        return rounded
    if samples.dtype == np.uint16 and bits == 8:
        # (v * 255 + 32767) // 65535 without leaving 32 bits: exact rounding of v / 257.
        return ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return samples


def store_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        WriteError: it cannot be written; nothing partial is left.

    """
    with storing(path) as file:
        file.write(data)


@contextlib.contextmanager
def storing(path: Path) -> Iterator[BinaryIO]:
    """Open a file to be written whole or not at all, also for reading what was written.

    It is written beside the target, to the disk, and renamed over it when the block ends; when that
    raises, it is removed.

    Raises:
        WriteError: it cannot be written; nothing partial is left.

    """
    part = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.part")
    try:
        # Plain open, so that the file gets the permissions the user's umask says.
        with part.open("x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            part.unlink()
        if isinstance(error, OSError):
            raise _disk_error(path, error) from error
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system offers that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    # Some network file systems refuse; the file is complete in any case.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _disk_error(path: Path, error: OSError | ValueError) -> WriteError:
    code = getattr(error, "errno", None)
    if code in (errno.ENOSPC, errno.EDQUOT):
        return WriteError(path, "the disk is full", "free some space or write elsewhere")
    if code in (errno.EACCES, errno.EPERM, errno.EROFS):
        return WriteError(path, "may not be written there", "choose a folder you may write to")
    if code in (errno.ENOENT, errno.ENOTDIR):
        return WriteError(path, "its folder does not exist", "create the folder first")
    return WriteError(path, f"cannot be written ({error})", "choose another place or name")
