"""Containers of derivatives: how their files are called, and their media types (RFC 6838)."""

from __future__ import annotations

from heliochrome.image.picture import Container

SUFFIXES: dict[Container, str] = {
    "JPEG": ".jpg",
    "PNG": ".png",
    "TIFF": ".tif",
    "WEBP": ".webp",
    "AVIF": ".avif",
    "JPEG2000": ".jp2",
}
MEDIA_TYPES: dict[Container, str] = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "TIFF": "image/tiff",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
    "JPEG2000": "image/jp2",
}
