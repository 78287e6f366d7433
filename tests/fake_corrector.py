"""A fake restyler that corrects its drafts, in Python.

Its critic sees the red, green and blue of every pixel, so that a picture's Gram matrix is of 3 x 3
numbers: mean products of colors. Correction k adds to every color k / 10 of what its mean square
lacks, the same at every pixel.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from heliochrome.model.card import CorrectorFacts, ModelCard, TensorFacts
from heliochrome.model.session import Network

FACTS = CorrectorFacts(channels=(3,), halo=8, steps=(2, 1, 0))
DRAFT_INPUTS = ("draft", "draft_weight", "now", "wanted")


def correcting_card(card: ModelCard) -> ModelCard:
    """A fake restyler's card, with a corrector."""
    assert card.restyler is not None
    draft, row = ("N", 3, "DH", "DW"), ("N", FACTS.grams)

    def facts(name: str, shape: tuple[int | str, ...]) -> TensorFacts:
        return TensorFacts(name=name, shape=shape, range=(0.0, 1.0), meaning=name)

    shapes = (draft, ("N", 1, "DH", "DW"), row, row)
    inputs = tuple(facts(name, shape) for name, shape in zip(DRAFT_INPUTS, shapes, strict=True))
    outputs = (facts("grams", row), facts("corrected1", draft), facts("corrected2", draft))
    return card.model_copy(
        update={
            "restyler": card.restyler.model_copy(update={"corrector": FACTS}),
            "inputs": card.inputs + inputs,
            "outputs": card.outputs + outputs,
        }
    )


def correcting_network(fake: Network) -> Network:
    """A fake restyler that corrects its drafts."""

    def execute(
        inputs: Mapping[str, NDArray[np.float32]], wanted: tuple[str, ...]
    ) -> dict[str, NDArray[np.float32]]:
        own = [name for name in wanted if name.startswith(("moments", "x"))]
        found = {}
        if own:
            given = {name: value for name, value in inputs.items() if name not in DRAFT_INPUTS}
            found |= fake.run(given, own)
        draft = inputs["draft"][0]
        if "grams" in wanted:
            weight = inputs["draft_weight"][0]
            gram = np.einsum("ihw,jhw->ij", draft * weight, draft) / weight.sum()
            found["grams"] = gram.reshape(1, -1)
        lacking = np.diag((inputs["wanted"] - inputs["now"]).reshape(3, 3))
        for step in (1, 2):
            if f"corrected{step}" in wanted:
                found[f"corrected{step}"] = (draft + step / 10 * lacking[:, None, None])[None]
        return found

    return Network(correcting_card(fake.card), "onnxruntime", execute)
