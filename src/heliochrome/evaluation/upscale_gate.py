"""Whether a faster variant of an upscaler is exact enough to be used in its place."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heliochrome.evaluation.truth import list_photos
from heliochrome.evaluation.upscale import read_trial
from heliochrome.evaluation.upscale_metrics import psnr_luma
from heliochrome.evaluation.upscale_systems import upscaling
from heliochrome.image.write import store_bytes
from heliochrome.model.card import CARD_SUFFIX
from heliochrome.model.session import Network, open_network
from heliochrome.model.store import StoredModel
from heliochrome.training.upscale.quantize import quantize_upscaler

GATE = 0.1
"""dB that a variant may lose."""


@dataclass(frozen=True, slots=True)
class GateReport:
    """Mean PSNR of luma in dB on the gate's pictures, of a network and of its variant."""

    exact: float
    variant: float
    limit: float = GATE

    @property
    def passes(self) -> bool:
        """Whether the variant may be used in place of the network."""
        return self.variant >= self.exact - self.limit


def mean_psnr(network: Network, folder: Path) -> float:
    """Mean PSNR in dB by the protocol heliochrome-upscale-1 over the pictures in `folder`.

    Raises:
        HeliochromeError: the folder or a picture cannot be read, or the network failed.

    """
    scale, enlarge = network.card.scale, upscaling(network).enlarge
    trials = (read_trial(path, scale) for path in list_photos(folder))
    return float(np.mean([psnr_luma(t.truth, enlarge(t.given), scale) for t in trials]))


def quantize_within_gate(
    model: StoredModel,
    pictures: Iterable[NDArray[np.uint8]],
    folder: Path,
    output: Path,
    *,
    limit: float = GATE,
) -> GateReport:
    """Write `output` (an .onnx) and its card, `model` in int8, if it is exact enough.

    Args:
        model: an upscaler.
        pictures: as for `quantize_upscaler`.
        folder: of true pictures, as Set5, that both are measured on.
        output: where; its stem becomes the network's name. If the gate is missed, nothing is there.
        limit: dB that may be lost.

    Raises:
        HeliochromeError: there are no pictures, they cannot be read, or the disk did not take it.

    """
    with tempfile.TemporaryDirectory() as place:
        quantized = quantize_upscaler(model, pictures, Path(place) / output.name)
        exact, variant = (mean_psnr(open_network(entry), folder) for entry in (model, quantized))
        report = GateReport(exact, variant, limit)
        card = output.with_name(output.stem + CARD_SUFFIX)
        if report.passes:
            store_bytes(output, quantized.path.read_bytes())
            store_bytes(card, quantized.path.with_name(card.name).read_bytes())
        else:  # nor one of an earlier network, which this name would be taken for
            output.unlink(missing_ok=True)
            card.unlink(missing_ok=True)
    return report
