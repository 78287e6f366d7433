"""What Content Credentials say, apart from the library that reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from heliochrome.archive.provenance.manifest import RECORD_LABEL

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
        signed_at: ISO 8601, as a timestamp authority says; None without one.
        time_is_trusted: whether a given authority vouches for that timestamp authority.
        actions: in order.
        sources: titles of what it was made from.
        record: heliochrome's provenance record; None where there is none.
        failures: why the state is what it is, as the library puts it.

    """

    state: State
    signer: str | None = None
    issuer: str | None = None
    signed_at: str | None = None
    time_is_trusted: bool = False
    actions: tuple[Action, ...] = ()
    sources: tuple[str, ...] = ()
    record: Mapping[str, Any] | None = None
    failures: tuple[str, ...] = ()


def credentials_of(store: dict[str, Any]) -> Credentials:
    """Give what a manifest store, as the C2PA library reports it, says."""
    manifest = store.get("manifests", {}).get(store.get("active_manifest"), {})
    signature = manifest.get("signature_info", {})
    assertions = manifest.get("assertions", [])
    results = store.get("validation_results", {})
    return Credentials(
        state=_STATES.get(store.get("validation_state", ""), "invalid"),
        signer=signature.get("common_name"),
        issuer=signature.get("issuer"),
        signed_at=signature.get("time"),
        time_is_trusted="timeStamp.trusted" in _successes(results),
        actions=tuple(_actions(assertions)),
        sources=tuple(str(part.get("title", "")) for part in manifest.get("ingredients", [])),
        record=_record(assertions),
        failures=tuple(_failures(results)),
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


def _successes(results: dict[str, Any]) -> set[str]:
    active = results.get("activeManifest") or {}
    return {str(success.get("code")) for success in active.get("success", [])}


def _failures(results: dict[str, Any]) -> Iterator[str]:
    checked = [results.get("activeManifest") or {}]
    checked += [part.get("validationDeltas", {}) for part in results.get("ingredientDeltas") or []]
    for part in checked:
        for failure in part.get("failure", []):
            yield f"{failure.get('code')}: {failure.get('explanation', '')}"
