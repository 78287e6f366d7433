"""What `heliochrome restore-color` does to each photo of a batch."""

from __future__ import annotations

from dataclasses import dataclass

from heliochrome.cli.photo_work import MadePicture
from heliochrome.image.picture import Picture
from heliochrome.tasks.adjust_options import UnfadeOptions
from heliochrome.tasks.adjust_provenance import adjustment_provenance, unfade_parameters
from heliochrome.tasks.unfade import Restoration, unfade

TASK = "restore-color"


@dataclass(frozen=True, slots=True)
class ColorRestorer:
    """Restores one photo after another with the same options."""

    options: UnfadeOptions
    look: str = "unfade"

    def __call__(self, picture: Picture, input_sha256: str) -> MadePicture:
        """Restore one photo."""
        result = unfade(picture, self.options)
        parameters = {"look": self.look, **unfade_parameters(self.options, result)}
        return MadePicture(
            result.picture,
            adjustment_provenance(TASK, parameters, input_sha256=input_sha256),
            {name: parameters[name] for name in ("probability", "gains", "stain", "monochrome")},
            f", {_finding(result)}",
        )


def _finding(result: Restoration) -> str:
    gains = result.fading.gains
    if max(gains) < 1.01 and max(result.fading.stain) < 0.005:
        return "not faded"
    kind = "black-and-white, " if result.monochrome else ""
    return kind + "density x " + " ".join(f"{gain:.2f}" for gain in gains)
