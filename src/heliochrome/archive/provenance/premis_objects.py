"""PREMIS objects: the files of an archive, with their fixity, format, size and relations.

PREMIS Data Dictionary for Preservation Metadata, version 3.0; numbers in comments are its.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from heliochrome.archive.entries import DerivedFile, OriginalFile
from heliochrome.archive.provenance import vocabulary as terms
from heliochrome.archive.provenance.happenings import Happening
from heliochrome.archive.provenance.premis_nodes import (
    XSI,
    Element,
    Identifier,
    identifier,
    moment,
    node,
    text,
)
from heliochrome.image.history import software_agent
from heliochrome.image.xmp_media import sha256_urn

# PRONOM's identifiers of what our own encoders write, with the metadata of a derivative in it. It
# has none that could be confirmed for AVIF; very large TIFF files may be BigTIFF.
_WRITTEN = {
    "image/jpeg": "fmt/43",
    "image/jp2": "x-fmt/392",
    "image/png": "fmt/13",
    "image/tiff": "fmt/353",
    "image/webp": "fmt/568",
}
_SURELY_CLASSIC_TIFF = 3_000_000_000  # bytes


def original_object(
    original: OriginalFile,
    derived: DerivedFile | None,
    told: Sequence[Happening],
    statements: Sequence[Identifier],
) -> Element:
    """Describe an original, that events were told of, and which derivative was made from it."""
    derivation = [] if derived is None else [_relationship("is source of", derived.sha256, told)]
    characteristics = _characteristics(
        original.sha256, original.sha512, original.size, original.mime, original.puid
    )
    return _file(
        file_identifier(original.sha256),
        identifier("objectIdentifier", Identifier("local", original.identifier)),
        characteristics,
        text("originalName", original.source_name),  # 1.6
        _storage(original.uri),
        *derivation,
        *_links(original.sha256, told, statements),
    )


def derivative_object(
    original: OriginalFile,
    derived: DerivedFile,
    told: Sequence[Happening],
    statements: Sequence[Identifier],
) -> Element:
    """Describe a derivative, that events were told of, and the original that it was made from."""
    name, _, version = software_agent(derived.record).partition(" ")
    application = node(  # 1.5.5
        "creatingApplication",
        text("creatingApplicationName", name),
        *([text("creatingApplicationVersion", version)] if version else []),
        text("dateCreatedByApplication", moment(derived.made_at)),
    )
    characteristics = _characteristics(
        derived.sha256, derived.sha512, derived.size, derived.mime, _written_puid(derived)
    )
    characteristics.append(application)
    return _file(
        file_identifier(derived.sha256),
        identifier("objectIdentifier", Identifier("local", derived.key)),
        characteristics,
        _storage(derived.uri),
        _relationship("has source", original.sha256, told),
        *_links(derived.sha256, told, statements),
    )


def _file(named: Identifier, *parts: Element) -> Element:
    made = node("object", identifier("objectIdentifier", named), *parts)
    made.set(f"{{{XSI}}}type", "premis:file")  # 1.2: the schema has the category as a type
    return made


def file_identifier(sha256: str) -> Identifier:
    """Name a file by its bytes."""
    return Identifier("URI", sha256_urn(sha256))


def _characteristics(sha256: str, sha512: str, size: int, mime: str, puid: str | None) -> Element:
    registry = (
        [
            node(
                "formatRegistry",
                text("formatRegistryName", "PRONOM"),
                text("formatRegistryKey", puid),
            )
        ]
        if puid
        else []
    )
    return node(  # 1.5
        "objectCharacteristics",
        text("compositionLevel", 0),
        *(_fixity(name, digest) for name, digest in (("SHA-256", sha256), ("SHA-512", sha512))),
        text("size", size),
        node("format", node("formatDesignation", text("formatName", mime)), *registry),
    )


def _written_puid(derived: DerivedFile) -> str | None:
    if derived.mime == "image/tiff" and derived.size > _SURELY_CLASSIC_TIFF:
        return None
    return _WRITTEN.get(derived.mime)


def _fixity(algorithm: str, digest: str) -> Element:
    return node(  # 1.5.2
        "fixity",
        text("messageDigestAlgorithm", algorithm, terms.HASH_FUNCTION),
        text("messageDigest", digest),
    )


def _storage(uri: str) -> Element:
    # Names below a storage are relative references (RFC 3986, 4.2), so all of them are URIs.
    location = node(
        "contentLocation", text("contentLocationType", "URI"), text("contentLocationValue", uri)
    )
    return node("storage", location)  # 1.7


def _relationship(kind: str, other: str, told: Sequence[Happening]) -> Element:
    made = [happening for happening in told if len(happening.objects) > 1]
    return node(  # 1.13
        "relationship",
        text("relationshipType", "derivation", terms.RELATIONSHIP),
        text("relationshipSubType", kind, terms.RELATIONSHIP_SUBTYPE),
        identifier("relatedObjectIdentifier", file_identifier(other)),
        *(identifier("relatedEventIdentifier", happening.identifier) for happening in made),
    )


def _links(
    sha256: str, told: Sequence[Happening], statements: Sequence[Identifier]
) -> Iterator[Element]:
    for happening in told:
        if any(sha256 == taking_part for taking_part, _ in happening.objects):
            yield identifier("linkingEventIdentifier", happening.identifier)  # 1.14
    for statement in statements:
        yield identifier("linkingRightsStatementIdentifier", statement)  # 1.15
