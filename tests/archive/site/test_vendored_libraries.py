from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from pathlib import Path

import pytest

VENDOR = Path(str(files("heliochrome.archive.site").joinpath("static/vendor")))
VERSIONS = json.loads((VENDOR / "versions.json").read_text())


@pytest.mark.parametrize("library", sorted(VERSIONS))
def test_a_library_has_its_license_and_the_files_of_its_version(library: str) -> None:
    facts = VERSIONS[library]
    text = (VENDOR / library / "LICENSE.txt").read_text()
    assert "Copyright" in text
    assert facts["license"] in ("MIT", "BSD-3-Clause")
    for name, file in facts["files"].items():
        data = (VENDOR / library / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == file["sha256"]


def test_every_file_is_of_a_known_library() -> None:
    found = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    known = {f"{library}/{name}" for library, facts in VERSIONS.items() for name in facts["files"]}
    licenses = {f"{library}/LICENSE.txt" for library in VERSIONS}
    assert found == known | licenses | {"versions.json"}
