"""Controlled values of PREMIS: the vocabularies of the Library of Congress that we use.

Codes and labels are those of http://id.loc.gov/vocabulary/preservation/; a value that is not in
its vocabulary is written as plain text, without an authority.
"""

from __future__ import annotations

from dataclasses import dataclass

_ROOT = "http://id.loc.gov/vocabulary/preservation"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A vocabulary at id.loc.gov.

    Attributes:
        name: as its URI ends.
        codes: by label; the code ends the URI of the value.

    """

    name: str
    codes: dict[str, str]

    @property
    def uri(self) -> str:
        """Of the vocabulary itself."""
        return f"{_ROOT}/{self.name}"

    def attributes(self, label: str) -> dict[str, str]:
        """Give the attributes of an element with this value; none where it is not ours."""
        code = self.codes.get(label)
        if code is None:
            return {}
        return {
            "authority": self.name,
            "authorityURI": self.uri,
            "valueURI": f"{self.uri}/{code}",
        }


AGENT_TYPE = Vocabulary("agentType", {"software": "sof"})
AGENT_ROLE = Vocabulary("eventRelatedAgentRole", {"executing program": "exe"})
OBJECT_ROLE = Vocabulary("eventRelatedObjectRole", {"source": "sou", "outcome": "out"})
OUTCOME = Vocabulary("eventOutcome", {"success": "suc", "fail": "fai", "warning": "war"})
HASH_FUNCTION = Vocabulary("cryptographicHashFunctions", {"SHA-256": "sha256", "SHA-512": "sha512"})
RELATIONSHIP = Vocabulary("relationshipType", {"derivation": "der"})
RELATIONSHIP_SUBTYPE = Vocabulary(
    "relationshipSubType", {"has source": "hss", "is source of": "iso"}
)
EVENT_TYPE = Vocabulary(
    "eventType",
    {
        "accession": "acc",
        "creation": "cre",
        "deletion": "del",
        "digital signature generation": "dsg",
        "digital signature validation": "dig",
        "exporting": "exp",
        "filename change": "fil",
        "fixity check": "fix",
        "format identification": "for",
        "information package creation": "ipc",
        "ingestion": "ing",
        "message digest calculation": "mes",
        "metadata extraction": "mee",
        "metadata modification": "mem",
        "migration": "mig",
        "modification": "mod",
        "replication": "rep",
        "transfer": "tra",
        "validation": "val",
    },
)
