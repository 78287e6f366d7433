"""Content Credentials (C2PA): signing a derived picture, and reading what a picture carries.

Reading and signing go over the network only where a timestamp authority is named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import c2pa

from heliochrome.archive.provenance.credentials import Credentials, credentials_of
from heliochrome.archive.provenance.identity import Identity
from heliochrome.archive.provenance.manifest import Source, ingredient, manifest_definition
from heliochrome.errors import CredentialsError
from heliochrome.image.read import open_file
from heliochrome.image.write import storing


def sign_picture(
    picture: Path,
    mime: str,
    signed: Path,
    *,
    record: Mapping[str, Any],
    source: Source,
    identity: Identity,
) -> None:
    """Write a copy of a derived picture that carries signed credentials; the picture stays as is.

    The copy appears under its name only when all of it is on the disk. JPEG, PNG, TIFF, WebP and
    AVIF can carry credentials.

    Args:
        picture: what was derived.
        mime: its media type.
        signed: where the copy goes; a file that is there is replaced.
        record: what was done.
        source: what it was made from; credentials of its own are carried on.
        identity: who signs.

    Raises:
        CredentialsError: the container cannot carry credentials, the certificate is not one to sign
            them with, or the timestamp authority does not answer.
        ReadError: a file cannot be read.
        WriteError: the copy cannot be written.

    """
    if mime not in c2pa.Builder.get_supported_mime_types():
        raise CredentialsError(
            picture,
            f"is {mime}, which cannot carry Content Credentials",
            "derive a JPEG, PNG, TIFF, WebP or AVIF file instead",
        )
    with ExitStack() as stack:
        context = stack.enter_context(_context(None))
        opened = _open_source(source, stack)
        definition = manifest_definition(record, source, signed.name, declare_source=opened is None)
        file = stack.enter_context(open_file(picture))
        try:
            builder = stack.enter_context(c2pa.Builder(definition, context=context))
            if opened is not None:
                builder.add_ingredient(ingredient(source), source.mime, opened)
            signer = stack.enter_context(_signer(identity))
            with storing(signed) as output:
                builder.sign(signer, mime, file, output)
        except c2pa.C2paError as error:
            raise CredentialsError(
                picture,
                f"could not be signed ({error})",
                "check that the certificate is for signing content (docs/provenance.md), and that "
                "the timestamp authority can be reached",
            ) from error


def read_credentials(picture: Path, *, anchors: str | None = None) -> Credentials | None:
    """Read and check the Content Credentials of a picture; None where it carries none.

    Args:
        picture: a file of any kind.
        anchors: certificates, in PEM, of the authorities whose word counts.

    Raises:
        CredentialsError: `anchors` are no certificates.
        ReadError: the file cannot be read.

    """
    with ExitStack() as stack:
        context = stack.enter_context(_context(anchors))
        file = stack.enter_context(open_file(picture))
        try:
            reader = c2pa.Reader.try_create(None, file, context=context)
            if reader is None:
                return None
            return credentials_of(json.loads(stack.enter_context(reader).json()))
        except c2pa.C2paError.NotSupported:
            return None
        except c2pa.C2paError as error:
            return Credentials("invalid", failures=(str(error),))


def _open_source(source: Source, stack: ExitStack) -> Any:
    """Open the source where it is at hand and of a kind that can carry credentials."""
    if source.path is None or source.mime not in c2pa.Builder.get_supported_mime_types():
        return None
    return stack.enter_context(open_file(source.path))


def _context(anchors: str | None) -> Any:
    settings: dict[str, Any] = {
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
        # A thumbnail would be a second copy of the picture, made by nobody's record.
        "builder": {"thumbnail": {"enabled": False}},
    }
    if anchors is not None:
        settings["trust"] = {"user_anchors": anchors}
    try:
        return c2pa.Context.from_dict(settings)
    except c2pa.C2paError as error:
        raise CredentialsError(
            "trust anchors", f"cannot be used ({error})", "give certificates in PEM"
        ) from error


def _signer(identity: Identity) -> Any:
    url = identity.timestamp_authority
    info = c2pa.C2paSignerInfo(
        identity.algorithm, identity.chain, identity.key, None if url is None else url.encode()
    )
    return c2pa.Signer.from_info(info)
