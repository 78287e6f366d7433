"""What Content Credentials say: the definition of a C2PA manifest, from a provenance record.

C2PA Technical Specification, version 2.2, on actions and ingredients; source types are IPTC's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heliochrome.image.history import Step, record_steps, software_agent
from heliochrome.image.xmp_media import sha256_urn

# Named after the program, as the specification wants for assertions of one's own; the name of the
# record's namespace in XMP is another, since XMP wants a URI.
RECORD_LABEL = "org.heliochrome.provenance"
_SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_ACTIONS = {
    "colorize": "c2pa.adjustedColor",
    "color-balance": "c2pa.adjustedColor",
    "contrast": "c2pa.adjustedColor",
    "crop-borders": "c2pa.cropped",
    "restore-color": "c2pa.adjustedColor",
    "restyle": "c2pa.filtered",
    "upscale": "c2pa.resized",
    "vintage": "c2pa.filtered",
}
_INGREDIENT = "original"


@dataclass(frozen=True, slots=True)
class Source:
    """The file that a picture was made from.

    Attributes:
        name: for people.
        mime: its media type.
        sha256: of its bytes, in hexadecimal.
        path: to it, so that credentials of its own are carried on; None where it is not at hand.

    """

    name: str
    mime: str
    sha256: str
    path: Path | None = None


def manifest_definition(
    record: Mapping[str, Any], source: Source, title: str, *, declare_source: bool
) -> dict[str, Any]:
    """Define the manifest of a derived picture.

    Args:
        record: what was done.
        source: what it was made from.
        title: of the derived picture.
        declare_source: whether the source is described here; otherwise it is to be added from its
            file, with `ingredient`.

    """
    name, _, version = software_agent(record).partition(" ")
    agent = {"name": name, "version": version} if version else {"name": name}
    assertion = {
        "original": sha256_urn(source.sha256),
        # As text: CBOR knows fewer integers than JSON, and readers show it whole.
        "record": json.dumps(dict(record), ensure_ascii=True, sort_keys=True),
    }
    return {
        "claim_generator_info": [agent],
        "title": title,
        "ingredients": [ingredient(source)] if declare_source else [],
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {"actions": list(_actions(record, agent)), "allActionsIncluded": True},
            },
            {"label": RECORD_LABEL, "data": assertion},
        ],
    }


def ingredient(source: Source) -> dict[str, Any]:
    """Describe the file that a picture was made from."""
    return {
        "title": source.name,
        "format": source.mime,
        "instance_id": sha256_urn(source.sha256),
        "relationship": "parentOf",
        "label": _INGREDIENT,
    }


def _actions(record: Mapping[str, Any], agent: dict[str, str]) -> Iterator[dict[str, Any]]:
    yield {"action": "c2pa.opened", "parameters": {"ingredientIds": [_INGREDIENT]}}
    for step in record_steps(record):
        yield _action(step, agent)


def _action(step: Step, agent: dict[str, str]) -> dict[str, Any]:
    return {
        "action": _ACTIONS.get(step.task, "c2pa.edited"),
        "softwareAgent": agent,
        "digitalSourceType": _SOURCE_TYPES + step.source_type,
        "description": str(step),
    }
