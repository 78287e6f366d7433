"""Recognize a container by its first bytes; the file name proves nothing."""

from __future__ import annotations

from heliochrome.errors import ReadError
from heliochrome.image.formats.source import Source
from heliochrome.image.picture import Container

_TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_JP2_MAGIC = (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")
_AVIF_BRANDS = (b"avif", b"avis")
_HEAD = 132  # bytes that tell a container; in DICOM a preamble comes first

# Known by name, so that the user learns what the file is and what to do.
_OTHERS: tuple[tuple[bytes, int, str], ...] = (
    (b"GIF8", 0, "a GIF"),
    (b"BM", 0, "a Windows bitmap"),
    (b"%PDF", 0, "a PDF document"),
    (b"8BPS", 0, "a Photoshop document"),
    (b"\xff\x0a", 0, "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", 0, "a JPEG XL picture"),
    (b"ftyphei", 4, "a HEIF picture"),
    (b"ftyphev", 4, "a HEIF picture"),
    (b"ftypmif1", 4, "a HEIF picture"),
    (b"ftyp", 4, "a film or camera raw file"),
    (b"\x1aE\xdf\xa3", 0, "a film"),
    (b"DICM", 128, "a DICOM image"),
)


def recognize(source: Source) -> Container:
    """Tell the container of an open file.

    Raises:
        ReadError: empty, or not an image.
        UnsupportedPictureError: another kind of picture.

    """
    source.file.seek(0)
    head = source.file.read(_HEAD)
    if not head:
        raise ReadError(source.path, "is empty (zero bytes)", "get a complete copy of the file")
    container = _container(head)
    if container is not None:
        return container
    for magic, offset, name in _OTHERS:
        if head[offset:].startswith(magic):
            raise source.unsupported(
                f"is {name}, which is not read", "save it as TIFF, PNG or JPEG"
            )
    raise ReadError(
        source.path,
        "is not an image of a known kind",
        "give a JPEG, PNG, TIFF, WebP, AVIF or JPEG 2000 file",
    )


def _container(head: bytes) -> Container | None:
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(_TIFF_MAGIC):
        return "TIFF"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith(_JP2_MAGIC):
        return "JPEG2000"
    return "AVIF" if _is_avif(head) else None


def _is_avif(head: bytes) -> bool:
    if head[4:8] != b"ftyp":
        return False
    # The major brand may be generic (mif1, msf1); the compatible ones follow 8 bytes later.
    return any(brand in _AVIF_BRANDS for brand in (head[8:12], *_fours(head[16:])))


def _fours(data: bytes) -> list[bytes]:
    return [data[i : i + 4] for i in range(0, len(data), 4)]
