"""Content Credentials (C2PA): signing a derived picture, and reading what a picture carries.

Reading and signing go over the network only where a timestamp authority is named.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import c2pa

from heliochrome.archive.provenance.identity import Identity
from heliochrome.archive.provenance.manifest import (
    RECORD_LABEL,
    Source,
    ingredient,
    manifest_definition,
)
from heliochrome.errors import CredentialsError
from heliochrome.image.read import open_file
from heliochrome.image.write import storing

State = Literal["trusted", "intact", "invalid"]
_STATES: dict[str, State] = {"Trusted": "trusted", "Valid": "intact"}


@dataclass(frozen=True, slots=True)
class Action:
    """Something that was done to a picture, as its credentials say it.

    Attributes:
        name: of the action, as C2PA has it.
        source_type: IPTC digital source type of what it gave, as a URI; None where not stated.
        description: for people; "" for none.

    """

    name: str
    source_type: str | None
    description: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the Content Credentials of a picture say, and whether they hold.

    Attributes:
        state: "trusted": the picture is as it was signed, by someone whom a given authority vouches
            for; "intact": as it was signed, but nobody vouches for the signer; "invalid": nothing
            is proved, since the picture or the credentials were changed, or the certificate has
            expired and no timestamp authority confirmed when it was used.
        signer: name in the signer's certificate; None where it cannot be read.
        issuer: its organization.
        signed_at: ISO 8601, confirmed by a timestamp authority; None without one.
        actions: in order.
        sources: titles of what it was made from.
        record: heliochrome's provenance record; None where there is none.
        failures: why the state is what it is, as the library puts it.

    """

    state: State
    signer: str | None = None
    issuer: str | None = None
    signed_at: str | None = None
    actions: tuple[Action, ...] = ()
    sources: tuple[str, ...] = ()
    record: Mapping[str, Any] | None = None
    failures: tuple[str, ...] = ()


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
            return _credentials(json.loads(stack.enter_context(reader).json()))
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


def _credentials(store: dict[str, Any]) -> Credentials:
    manifest = store.get("manifests", {}).get(store.get("active_manifest"), {})
    signature = manifest.get("signature_info", {})
    assertions = manifest.get("assertions", [])
    return Credentials(
        state=_STATES.get(store.get("validation_state", ""), "invalid"),
        signer=signature.get("common_name"),
        issuer=signature.get("issuer"),
        signed_at=signature.get("time"),
        actions=tuple(_actions(assertions)),
        sources=tuple(str(part.get("title", "")) for part in manifest.get("ingredients", [])),
        record=_record(assertions),
        failures=tuple(_failures(store.get("validation_results", {}))),
    )


def _actions(assertions: list[dict[str, Any]]) -> Iterator[Action]:
    for assertion in assertions:
        if assertion.get("label", "").startswith("c2pa.actions"):
            for action in assertion["data"].get("actions", []):
                yield Action(
                    str(action.get("action")),
                    action.get("digitalSourceType"),
                    str(action.get("description", "")),
                )


def _record(assertions: list[dict[str, Any]]) -> dict[str, Any] | None:
    for assertion in assertions:
        if assertion.get("label", "").startswith(RECORD_LABEL):
            try:
                record = json.loads(assertion["data"]["record"])
            except (KeyError, TypeError, ValueError):
                return None
            return record if isinstance(record, dict) else None
    return None


def _failures(results: dict[str, Any]) -> Iterator[str]:
    checked = [results.get("activeManifest") or {}]
    checked += [part.get("validationDeltas", {}) for part in results.get("ingredientDeltas") or []]
    for part in checked:
        for failure in part.get("failure", []):
            yield f"{failure.get('code')}: {failure.get('explanation', '')}"
