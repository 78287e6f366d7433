"""The rules of PREMIS 3.0, checked on a document: what the schema and the dictionary demand.

Content models are those of the XML schema of January 2016; sections are those of the Data
Dictionary, version 3.0. Every element that may occur in an object of category file, an event, an
agent and rights is here with all of its optional parts, whether heliochrome writes them or not;
representations, bitstreams, intellectual entities, signatures, inhibitors, copyright, license and
statute information are not, so an element of those would be reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

PREMIS = "http://www.loc.gov/premis/v3"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
XSI_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"

# Section and content model of each container: names in order, * any number, + at least one,
# ? at most one, | a choice.
CONTAINERS = {
    "premis": ("root", "object+ event* agent* rights*"),
    "object": (
        "1",
        "objectIdentifier+ preservationLevel* significantProperties* objectCharacteristics+ "
        "originalName? storage* signatureInformation* relationship* linkingEventIdentifier* "
        "linkingRightsStatementIdentifier*",
    ),
    "objectIdentifier": ("1.1", "objectIdentifierType objectIdentifierValue"),
    "objectCharacteristics": (
        "1.5",
        "compositionLevel? fixity* size? format+ creatingApplication* inhibitors* "
        "objectCharacteristicsExtension*",
    ),
    "fixity": ("1.5.2", "messageDigestAlgorithm messageDigest messageDigestOriginator?"),
    "format": (
        "1.5.4",
        "(formatDesignation formatRegistry? | formatRegistry) formatNote*",
    ),
    "formatDesignation": ("1.5.4.1", "formatName formatVersion?"),
    "formatRegistry": ("1.5.4.2", "formatRegistryName formatRegistryKey formatRegistryRole?"),
    "creatingApplication": (
        "1.5.5",
        "(creatingApplicationName creatingApplicationVersion? dateCreatedByApplication? "
        "creatingApplicationExtension* | creatingApplicationVersion dateCreatedByApplication? "
        "creatingApplicationExtension* | dateCreatedByApplication creatingApplicationExtension* | "
        "creatingApplicationExtension+)",
    ),
    "storage": ("1.7", "(contentLocation storageMedium? | storageMedium)"),
    "contentLocation": ("1.7.1", "contentLocationType contentLocationValue"),
    "relationship": (
        "1.13",
        "relationshipType relationshipSubType relatedObjectIdentifier+ relatedEventIdentifier* "
        "relatedEnvironmentPurpose* relatedEnvironmentCharacteristic?",
    ),
    "relatedObjectIdentifier": (
        "1.13.3",
        "relatedObjectIdentifierType relatedObjectIdentifierValue relatedObjectSequence?",
    ),
    "relatedEventIdentifier": (
        "1.13.4",
        "relatedEventIdentifierType relatedEventIdentifierValue relatedEventSequence?",
    ),
    "linkingEventIdentifier": ("1.14", "linkingEventIdentifierType linkingEventIdentifierValue"),
    "linkingRightsStatementIdentifier": (
        "1.15",
        "linkingRightsStatementIdentifierType linkingRightsStatementIdentifierValue",
    ),
    "event": (
        "2",
        "eventIdentifier eventType eventDateTime eventDetailInformation* eventOutcomeInformation* "
        "linkingAgentIdentifier* linkingObjectIdentifier*",
    ),
    "eventIdentifier": ("2.1", "eventIdentifierType eventIdentifierValue"),
    "eventDetailInformation": ("2.4", "eventDetail? eventDetailExtension*"),
    "eventOutcomeInformation": (
        "2.5",
        "(eventOutcome eventOutcomeDetail* | eventOutcomeDetail+)",
    ),
    "eventOutcomeDetail": (
        "2.5.2",
        "(eventOutcomeDetailNote eventOutcomeDetailExtension* | eventOutcomeDetailExtension+)",
    ),
    "linkingAgentIdentifier": (
        "2.6",
        "linkingAgentIdentifierType linkingAgentIdentifierValue linkingAgentRole*",
    ),
    "linkingObjectIdentifier": (
        "2.7",
        "linkingObjectIdentifierType linkingObjectIdentifierValue linkingObjectRole*",
    ),
    "agent": (
        "3",
        "agentIdentifier+ agentName* agentType? agentVersion? agentNote* agentExtension* "
        "linkingEventIdentifier* linkingRightsStatementIdentifier* linkingEnvironmentIdentifier*",
    ),
    "agentIdentifier": ("3.1", "agentIdentifierType agentIdentifierValue"),
    "rights": ("4", "(rightsStatement | rightsExtension)+"),
    "rightsStatement": (
        "4.1",
        "rightsStatementIdentifier rightsBasis copyrightInformation? licenseInformation? "
        "statuteInformation* otherRightsInformation? rightsGranted* linkingObjectIdentifier* "
        "linkingAgentIdentifier*",
    ),
    "rightsStatementIdentifier": (
        "4.1.1",
        "rightsStatementIdentifierType rightsStatementIdentifierValue",
    ),
    "otherRightsInformation": (
        "4.1.6",
        "otherRightsDocumentationIdentifier* otherRightsBasis otherRightsApplicableDates? "
        "otherRightsNote*",
    ),
    "otherRightsDocumentationIdentifier": (
        "4.1.6.1",
        "otherRightsDocumentationIdentifierType otherRightsDocumentationIdentifierValue "
        "otherRightsDocumentationRole?",
    ),
}
# Texts whose type the schema restricts; all others are strings.
PATTERNS = {
    "compositionLevel": r"\d+",
    "size": r"\d+",
    # 2.3 asks for a structured form; this is ISO 8601 in UTC.
    "eventDateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "dateCreatedByApplication": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
}
AUTHORITY = {"authority", "authorityURI", "valueURI"}
# Elements of the schema's type stringPlusAuthority; no other may have these attributes.
WITH_AUTHORITY = {
    "agentIdentifierType", "agentName", "agentType", "contentLocationType",
    "creatingApplicationName", "eventIdentifierType", "eventOutcome", "eventType", "formatName",
    "formatRegistryName", "formatRegistryKey", "formatRegistryRole", "linkingAgentIdentifierType",
    "linkingAgentRole", "linkingEventIdentifierType", "linkingObjectIdentifierType",
    "linkingObjectRole", "linkingRightsStatementIdentifierType", "messageDigestAlgorithm",
    "messageDigestOriginator", "objectIdentifierType", "otherRightsBasis",
    "otherRightsDocumentationIdentifierType", "otherRightsDocumentationRole",
    "relatedEventIdentifierType", "relatedObjectIdentifierType", "relationshipSubType",
    "relationshipType", "rightsBasis", "rightsStatementIdentifierType", "storageMedium",
}  # fmt: skip
# Where an identifier that links leads to.
LINKS = {
    "relatedObjectIdentifier": "objectIdentifier",
    "relatedEventIdentifier": "eventIdentifier",
    "linkingEventIdentifier": "eventIdentifier",
    "linkingRightsStatementIdentifier": "rightsStatementIdentifier",
    "linkingAgentIdentifier": "agentIdentifier",
    "linkingObjectIdentifier": "objectIdentifier",
}


def faults(document: bytes) -> list[str]:
    """Every breach of a rule in a document, with the section that it breaks."""
    root = ElementTree.fromstring(document)
    found = [] if root.tag == f"{{{PREMIS}}}premis" else ["root: is not premis"]
    if root.get("version") != "3.0":
        found.append("root: version is not 3.0")
    return [*found, *_content(root), *_links(root)]


def local(element: ElementTree.Element) -> str:
    """Name of a PREMIS element; of any other, its whole tag, which no model allows."""
    return element.tag.removeprefix(f"{{{PREMIS}}}")


def identifiers(root: ElementTree.Element, unit: str) -> list[tuple[str | None, str | None]]:
    """Type and value of every identifier unit of this name."""
    return [
        (part.findtext(f"{{{PREMIS}}}{unit}Type"), part.findtext(f"{{{PREMIS}}}{unit}Value"))
        for part in root.iter(f"{{{PREMIS}}}{unit}")
    ]


def _content(element: ElementTree.Element) -> Iterator[str]:
    name = local(element)
    yield from _attributes(element, name)
    if name.endswith("Extension"):
        if not len(element):
            yield f"{name}: holds no element"
        return
    if name in CONTAINERS:
        section, model = CONTAINERS[name]
        children = "".join(f"{local(child)}," for child in element)
        if not re.fullmatch(_pattern(model), children):
            yield f"{section} {name}: has {children.rstrip(',') or 'nothing'}"
        for child in element:
            yield from _content(child)
        return
    if len(element) or not (element.text or "").strip():
        yield f"{name}: is not a text"
    elif not re.fullmatch(PATTERNS.get(name, r"[\s\S]+"), element.text or ""):
        yield f"{name}: is {element.text!r}"


def _pattern(model: str) -> str:
    return re.sub(r"[A-Za-z]+", lambda name: f"(?:{name[0]},)", model).replace(" ", "")


def _attributes(element: ElementTree.Element, name: str) -> Iterator[str]:
    allowed = AUTHORITY if name in WITH_AUTHORITY else set()
    if name == "premis":
        allowed = {"version", XSI_LOCATION}
    if name == "object":
        allowed = {XSI_TYPE}
        # 1.2: the category is mandatory; the schema has it as the object's type.
        if element.get(XSI_TYPE) != "premis:file":
            yield f"1.2 objectCategory: is {element.get(XSI_TYPE)}"
    if unknown := element.attrib.keys() - allowed:
        yield f"{name}: has attributes {sorted(unknown)}"


def _links(root: ElementTree.Element) -> Iterator[str]:
    for target in set(LINKS.values()):
        known = identifiers(root, target)
        if len(set(known)) < len(known):
            yield f"{target}: is not unique"
    for link, target in LINKS.items():
        for named in identifiers(root, link):
            if named not in identifiers(root, target):
                yield f"{link}: leads nowhere: {named}"
