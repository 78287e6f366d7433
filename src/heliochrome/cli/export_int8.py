"""What `heliochrome export --int8-gate` writes beside an upscaler."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heliochrome.evaluation.upscale_gate import GateReport, quantize_within_gate
from heliochrome.model.card import ModelCard
from heliochrome.model.store import StoredModel
from heliochrome.training.upscale.quantize import SUFFIX, held_out_pictures


@dataclass(frozen=True, slots=True)
class GatedVariant:
    """The 8-bit variant of an upscaler: where it is, if it passed, and how exact it is."""

    path: Path
    report: GateReport

    @property
    def facts(self) -> dict[str, Any]:
        """For JSON: its path, or null, and both figures in dB."""
        report = self.report
        path = str(self.path) if report.passes else None
        return {"network": path, "psnr": report.variant, "psnr_float32": report.exact}

    @property
    def line(self) -> str:
        """For a person."""
        report = self.report
        change = f"{report.variant:.2f} dB against {report.exact:.2f} dB"
        if report.passes:
            return f"{self.path}: {change}, within {report.limit} dB"
        return f"{self.path}: not written, {change} is more than {report.limit} dB less"


def write_int8(run: Path, output: Path, card: ModelCard, folder: Path) -> GatedVariant:
    """Quantize the upscaler that was exported from `run` to `output`, behind the gate.

    Ranges are taken on the pictures that the run held out; the gate is measured on those in
    `folder`.

    Raises:
        HeliochromeError: pictures cannot be read, or the files cannot be written.

    """
    path = output.with_name(output.stem + SUFFIX + output.suffix)
    model = StoredModel(card, output)
    return GatedVariant(path, quantize_within_gate(model, held_out_pictures(run), folder, path))
