from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from fake_colorizer import fake_card
from fake_restyler import fake_restyler_card
from heliochrome import __version__
from heliochrome.errors import ReadError
from heliochrome.tasks.options import ColorizeOptions, Hint, RestyleOptions
from heliochrome.tasks.provenance import colorize_provenance, file_sha256, restyle_provenance


def test_the_record_holds_what_making_it_again_needs() -> None:
    options = ColorizeOptions(vividness=2, seed=5, hints=(Hint(3, 4, "#102030", unit="pixel"),))
    provenance = colorize_provenance(
        fake_card(sha256="e" * 64),
        options,
        input_sha256="a" * 64,
        mean_confidence=0.123456,
        reference_sha256="b" * 64,
        variant=3,
    )
    assert provenance.source_type == "compositeWithTrainedAlgorithmicMedia"
    assert json.loads(json.dumps(dict(provenance.record))) == {
        "task": "colorize",
        "heliochrome_version": __version__,
        "input_sha256": "a" * 64,
        "model": {"name": "colorizer", "version": "0.0.1", "sha256": "e" * 64},
        "parameters": {
            "vividness": 2,
            "temperature": pytest.approx(1.0),
            "chroma_scale": pytest.approx(1.6),
            "seed": 5,
            "variant": 3,
            "keep_existing": False,
            "hints": [{"x": 3, "y": 4, "color": "#102030", "radius": None, "unit": "pixel"}],
            "reference_sha256": "b" * 64,
        },
        "mean_confidence": 0.1235,
    }


def test_files_are_hashed_whole(tmp_path: Path) -> None:
    path = tmp_path / "photo"
    path.write_bytes(b"abc" * 100_000)
    assert file_sha256(path) == hashlib.sha256(b"abc" * 100_000).hexdigest()
    with pytest.raises(ReadError):
        file_sha256(tmp_path / "none")


@pytest.mark.parametrize("strength", [0.0, 0.5])
def test_the_record_of_restyling_names_its_styles(strength: float) -> None:
    options = RestyleOptions(strength=strength, scale=2, keep_color=True)
    provenance = restyle_provenance(
        fake_restyler_card(sha256="e" * 64),
        options,
        input_sha256="a" * 64,
        from_gray=True,
        styles=[("b" * 64, 1 / 3), ("c" * 64, 2 / 3)],
    )
    # At strength 0 the network has no part in the picture.
    assert provenance.source_type == (
        "compositeWithTrainedAlgorithmicMedia" if strength else "algorithmicallyEnhanced"
    )
    assert json.loads(json.dumps(dict(provenance.record))) == {
        "task": "restyle",
        "heliochrome_version": __version__,
        "input_sha256": "a" * 64,
        "model": {"name": "restyler", "version": "0.0.1", "sha256": "e" * 64},
        "parameters": {
            "strength": strength,
            "scale": 2,
            "keep_color": True,
            "keep_texture": False,
            "keep_flat": False,
            "corrections": 0,
            "from_gray": True,
            "styles": [
                {"sha256": "b" * 64, "share": 0.333333},
                {"sha256": "c" * 64, "share": 0.666667},
            ],
        },
    }
