"""Names of the files in an archive's storages; two levels, so that no folder grows too large."""

from __future__ import annotations

MARKER = "heliochrome-archive.yaml"
CATALOG = "catalog.sqlite"
ORIGINALS = "originals"
DERIVATIVES = "derivatives"


def original_name(sha256: str, suffix: str) -> str:
    """Name of a copied original; `suffix` with its dot."""
    return f"{sha256[:2]}/{sha256}{suffix}"


def derivative_name(key: str, suffix: str) -> str:
    """Name of a derivative; `suffix` with its dot."""
    return f"{key[:2]}/{key}{suffix}"


def premis_name(key: str) -> str:
    """Name of the PREMIS record of a derivative."""
    return derivative_name(key, ".premis.xml")


def record_name(key: str) -> str:
    """Name of the provenance record of a derivative."""
    return derivative_name(key, ".json")


def confidence_name(key: str) -> str:
    """Name of the confidence map of a derivative."""
    return derivative_name(key, ".confidence.png")
