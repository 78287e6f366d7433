"""What `heliochrome vintage` does to each photo of a batch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from heliochrome.cli.outputs import Job
from heliochrome.cli.results import Results
from heliochrome.image.read import read_picture
from heliochrome.tasks.provenance import file_sha256
from heliochrome.tasks.vintage.apply import vintage
from heliochrome.tasks.vintage.options import VintageOptions
from heliochrome.tasks.vintage.provenance import vintage_provenance


@dataclass(frozen=True, slots=True)
class Aging:
    """Ages one photo after another in the same way.

    vary_seed: whether every photo gets a seed of its own, from the given one and its content.
    """

    options: VintageOptions
    results: Results
    vary_seed: bool = False

    def __call__(self, job: Job) -> tuple[dict[str, Any], str]:
        """Age the photo of `job` and write its results, or none of them."""
        picture = read_picture(job.source)
        output = job.output_for(picture.container)
        sidecars = self.results.sidecars([output])
        self.results.check([output, *sidecars], job.source)
        input_sha256 = file_sha256(job.source)
        options = self._for_photo(input_sha256)
        aged = vintage(picture, options)
        with self.results.all_or_nothing(job.source) as writing:
            writing.picture(aged, output, vintage_provenance(options, input_sha256=input_sha256))
        facts = {
            "input": str(job.source),
            "outputs": [str(output)],
            "sidecars": [str(path) for path in sidecars],
            "width": aged.width,
            "height": aged.height,
            "look": options.look.name,
            "seed": options.seed,
        }
        return facts, f"{job.source} -> {output}, {options.look.name}"

    def _for_photo(self, input_sha256: str) -> VintageOptions:
        if not self.vary_seed:
            return self.options
        return replace(self.options, seed=self.options.seed ^ int(input_sha256[:8], 16))
