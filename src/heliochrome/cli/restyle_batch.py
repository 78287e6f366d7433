"""What `heliochrome restyle` does to each photo of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heliochrome.cli.outputs import Job
from heliochrome.cli.results import Results
from heliochrome.cli.styles import StyleFile, measure_styles
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.model.session import Backend, Network, open_network
from heliochrome.model.store import find_model
from heliochrome.tasks.options import RestyleOptions
from heliochrome.tasks.provenance import file_sha256, restyle_provenance
from heliochrome.tasks.restyle import check_scale, restyle
from heliochrome.tasks.style_code import StyleCode


@dataclass(frozen=True, slots=True)
class Restyler:
    """Restyles one photo after another with the same network, style and options."""

    network: Network
    style: StyleCode
    styles: Sequence[StyleFile]
    options: RestyleOptions
    results: Results

    @classmethod
    def open(
        cls,
        model: str,
        styles: Sequence[StyleFile],
        options: RestyleOptions,
        results: Results,
        *,
        threads: int | None = None,
        backend: Backend = "onnxruntime",
    ) -> Restyler:
        """Open the network that `model` names, and measure the style with it.

        Raises:
            ModelError: the network is missing, tampered with, malformed or for another task.
            OptionError: it has no such scale, or a style is another network's code.
            ReadError: a style picture cannot be read, or is too small.

        """
        network = open_network(find_model(model), threads=threads, backend=backend)
        check_scale(network.card, options.scale)
        return cls(network, measure_styles(styles, network), styles, options, results)

    def __call__(self, job: Job) -> tuple[dict[str, Any], str]:
        """Restyle the photo of `job` and write its results, or none of them."""
        picture = read_picture(job.source)
        output = job.output_for(picture.container)
        sidecars = self.results.sidecars([output])
        self.results.check([output, *sidecars], job.source)
        result = restyle(picture, self.style, self.network, self.options)
        provenance = restyle_provenance(
            self.network.card,
            self.options,
            input_sha256=file_sha256(job.source),
            from_gray=result.from_gray,
            styles=[(style.sha256, style.share) for style in self.styles],
        )
        with self.results.all_or_nothing(job.source) as writing:
            writing.picture(result.picture, output, provenance)
        facts = describe(job, output, sidecars, result.picture)
        facts["from_gray"] = result.from_gray
        return facts, f"{job.source} -> {output}"


def describe(job: Job, output: Path, sidecars: Sequence[Path], result: Picture) -> dict[str, Any]:
    """Give what is reported of a photo that was done, as JSON values."""
    return {
        "input": str(job.source),
        "outputs": [str(output)],
        "sidecars": [str(path) for path in sidecars],
        "width": result.width,
        "height": result.height,
    }
