"""What `heliochrome restore-color` does to each photo of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from heliochrome.cli.outputs import Job
from heliochrome.cli.results import Results
from heliochrome.image.read import read_picture
from heliochrome.tasks.adjust_options import UnfadeOptions
from heliochrome.tasks.adjust_provenance import adjustment_provenance, unfade_parameters
from heliochrome.tasks.provenance import file_sha256
from heliochrome.tasks.unfade import Restoration, unfade

TASK = "restore-color"


@dataclass(frozen=True, slots=True)
class ColorRestorer:
    """Restores one photo after another with the same options."""

    options: UnfadeOptions
    results: Results
    look: str = "unfade"

    def __call__(self, job: Job) -> tuple[dict[str, Any], str]:
        """Restore the photo of `job` and write its results, or none of them."""
        picture = read_picture(job.source)
        output = job.output_for(picture.container)
        sidecars = self.results.sidecars([output])
        self.results.check([output, *sidecars], job.source)
        result = unfade(picture, self.options)
        parameters = {"look": self.look, **unfade_parameters(self.options, result)}
        provenance = adjustment_provenance(TASK, parameters, input_sha256=file_sha256(job.source))
        with self.results.all_or_nothing(job.source) as writing:
            writing.picture(result.picture, output, provenance)
        facts = {
            "input": str(job.source),
            "outputs": [str(output)],
            "sidecars": [str(path) for path in sidecars],
            "width": result.picture.width,
            "height": result.picture.height,
            **{name: parameters[name] for name in ("probability", "gains", "stain", "monochrome")},
        }
        return facts, f"{job.source} -> {output}, {_finding(result)}"


def _finding(result: Restoration) -> str:
    gains = result.fading.gains
    if max(gains) < 1.01 and max(result.fading.stain) < 0.005:
        return "not faded"
    kind = "black-and-white, " if result.monochrome else ""
    return kind + "density x " + " ".join(f"{gain:.2f}" for gain in gains)
