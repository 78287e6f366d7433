"""Everything that can be told of where a picture comes from: by itself, and by what lies beside.

A record is what somebody wrote into the file. It is evidence only as far as something holds it:
Content Credentials, a PREMIS record with the picture's checksum, the original itself.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heliochrome.archive.provenance.beside import Beside, premis_beside, record_beside
from heliochrome.archive.provenance.credentials import Credentials
from heliochrome.archive.provenance.signed_copies import is_signed_copy
from heliochrome.archive.provenance.wording import notes_on
from heliochrome.errors import UnsupportedPictureError
from heliochrome.image.history import source_sha256
from heliochrome.image.read import read_picture
from heliochrome.image.tiff_rows import is_tiff, open_tiff_rows
from heliochrome.image.xmp import read_records, read_source_type
from heliochrome.tasks.provenance import file_sha256


@dataclass(frozen=True, slots=True)
class PictureReport:
    """What is known of a picture.

    Attributes:
        path: to it.
        sha256: of its file, in hexadecimal.
        container: that it is in.
        width, height: in pixels, upright.
        source_type: IPTC digital source type in its XMP, as a URI; None where it states none.
        records: heliochrome's provenance records in it, oldest first; none in a picture that is
            not heliochrome's.
        credentials: its Content Credentials; None where it carries none, or none were looked for.
        credentials_checked: whether they were looked for.
        record_beside: the record in a file of its own.
        premis_beside: the PREMIS record of the picture.
        is_from_original: whether the file that is said to be the original is the one it was made
            from; None where none was named, or the picture does not say.

    """

    path: Path
    sha256: str
    container: str
    width: int
    height: int
    source_type: str | None
    records: tuple[Mapping[str, Any], ...]
    credentials: Credentials | None = None
    credentials_checked: bool = False
    record_beside: Beside | None = None
    premis_beside: Beside | None = None
    is_from_original: bool | None = None

    def notes(self) -> tuple[str, ...]:
        """Say what in the picture is a guess or an invention."""
        return notes_on(*self.records)

    def contradictions(self) -> Iterator[str]:
        """Say what does not hold; nothing where all that was checked agrees."""
        credentials, latest = self.credentials, self.records[-1] if self.records else None
        if credentials is not None:
            if credentials.state == "invalid":
                yield "the Content Credentials do not hold"
            elif credentials.record is not None and credentials.record != latest:
                yield "the record in the Content Credentials is not the one in the XMP"
        if self.record_beside is not None and not self.record_beside.agrees:
            yield f"the record in {self.record_beside.path.name} is not the one in the picture"
        if self.premis_beside is not None and not self.premis_beside.agrees:
            if self.premis_beside.agrees is None:
                yield f"{self.premis_beside.path.name} cannot be read"
            elif not is_signed_copy(self.path):
                yield f"{self.premis_beside.path.name} knows no file of this SHA-256"
        if self.is_from_original is False:
            yield "the picture was made from another file than the original named"


def read_report(
    path: Path, *, anchors: str | None = None, original: Path | None = None
) -> PictureReport:
    """Read a picture and what lies beside it.

    Content Credentials are looked for where the library for them is installed.

    Args:
        path: of the picture.
        anchors: certificates, in PEM, of authorities that vouch for signers.
        original: the file that the picture is said to be made from.

    Raises:
        ReadError: a file cannot be read, or is not a picture.
        CredentialsError: `anchors` are no certificates.

    """
    container, width, height, packet = _open(path)
    records = tuple(read_records(packet))
    sha256 = file_sha256(path)
    credentials, checked = _credentials(path, anchors)
    return PictureReport(
        path=path,
        sha256=sha256,
        container=container,
        width=width,
        height=height,
        source_type=read_source_type(packet),
        records=records,
        credentials=credentials,
        credentials_checked=checked,
        record_beside=record_beside(path, records[-1] if records else None),
        premis_beside=premis_beside(path, sha256),
        is_from_original=_is_from(original, records),
    )


def _open(path: Path) -> tuple[str, int, int, bytes | None]:
    """Give container, width, height and XMP packet; a TIFF file of any size is not read whole."""
    if is_tiff(path):
        # What cannot be read in parts may still be read as a whole; if not, that says why.
        with contextlib.suppress(UnsupportedPictureError), open_tiff_rows(path) as rows:
            return "TIFF", rows.width, rows.height, rows.page.metadata.xmp
    picture = read_picture(path)
    return picture.container, picture.width, picture.height, picture.metadata.xmp


def _is_from(original: Path | None, records: tuple[Mapping[str, Any], ...]) -> bool | None:
    if original is None:
        return None
    sources = {source for record in records if (source := source_sha256(record))}
    return file_sha256(original) in sources if sources else None


def _credentials(path: Path, anchors: str | None) -> tuple[Credentials | None, bool]:
    try:
        from heliochrome.archive.provenance.c2pa import read_credentials
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "heliochrome":
            raise
        return None, False
    return read_credentials(path, anchors=anchors), True
