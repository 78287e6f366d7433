from __future__ import annotations

import json

from heliochrome import __version__
from heliochrome.image.xmp import add_provenance, read_records, read_source_type
from heliochrome.tasks.vintage.looks import AUTOCHROME
from heliochrome.tasks.vintage.options import VintageOptions
from heliochrome.tasks.vintage.overrides import change
from heliochrome.tasks.vintage.parameters import PARAMETERS
from heliochrome.tasks.vintage.provenance import vintage_provenance


def test_the_record_holds_every_parameter() -> None:
    look = change(AUTOCHROME, {"grain.amount": 0.25})
    provenance = vintage_provenance(
        VintageOptions(look, strength=0.75, seed=9), input_sha256="a" * 64
    )
    record = json.loads(json.dumps(dict(provenance.record)))
    parameters = record.pop("parameters")
    assert record == {
        "task": "vintage",
        "heliochrome_version": __version__,
        "input_sha256": "a" * 64,
        "model": None,
    }
    assert (parameters["look"], parameters["strength"], parameters["seed"]) == (
        "autochrome",
        0.75,
        9,
    )
    assert parameters["grain"]["amount"] == 0.25
    for key in PARAMETERS:
        group, name = key.split(".")
        assert parameters[group][name] is not None


def test_no_trained_network_is_claimed_and_none_that_was_there_is_hidden() -> None:
    provenance = vintage_provenance(VintageOptions(AUTOCHROME), input_sha256="a" * 64)
    assert provenance.source_type == "algorithmicallyEnhanced"
    packet = add_provenance(None, provenance)
    assert (read_source_type(packet) or "").endswith("/algorithmicallyEnhanced")
    assert read_records(packet)[0]["task"] == "vintage"
