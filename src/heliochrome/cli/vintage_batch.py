"""What `heliochrome vintage` does to each photo of a batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from heliochrome.cli.outputs import Job
from heliochrome.cli.results import Results
from heliochrome.image.metadata import Provenance
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.tasks.provenance import file_sha256
from heliochrome.tasks.vintage.apply import vintage
from heliochrome.tasks.vintage.options import VintageOptions
from heliochrome.tasks.vintage.provenance import vintage_provenance


@dataclass(frozen=True, slots=True)
class Aged:
    """An aged photo, its record, what JSON reports of it, and what a person calls the look."""

    picture: Picture
    provenance: Provenance
    facts: dict[str, Any]
    look: str


# What ages one photo: it is given the photo and the SHA-256 of its file.
Age = Callable[[Picture, str], Aged]


@dataclass(frozen=True, slots=True)
class Process:
    """Ages photos by the physics of a process.

    vary_seed: whether every photo gets a seed of its own, from the given one and its content.
    """

    options: VintageOptions
    vary_seed: bool = False

    def __call__(self, picture: Picture, input_sha256: str) -> Aged:
        """Age one photo."""
        options = self.for_photo(input_sha256)
        return Aged(
            vintage(picture, options),
            vintage_provenance(options, input_sha256=input_sha256),
            process_facts(options),
            options.look.name,
        )

    def for_photo(self, input_sha256: str) -> VintageOptions:
        """Give the options for one photo, with its seed."""
        if not self.vary_seed:
            return self.options
        return replace(self.options, seed=self.options.seed ^ int(input_sha256[:8], 16))


@dataclass(frozen=True, slots=True)
class Aging:
    """Ages one photo after another in the same way, and writes the results."""

    age: Age
    results: Results

    def __call__(self, job: Job) -> tuple[dict[str, Any], str]:
        """Age the photo of `job` and write its results, or none of them."""
        picture = read_picture(job.source)
        output = job.output_for(picture.container)
        sidecars = self.results.sidecars([output])
        self.results.check([output, *sidecars], job.source)
        aged = self.age(picture, file_sha256(job.source))
        with self.results.all_or_nothing(job.source) as writing:
            writing.picture(aged.picture, output, aged.provenance)
        facts = {
            "input": str(job.source),
            "outputs": [str(output)],
            "sidecars": [str(path) for path in sidecars],
            "width": aged.picture.width,
            "height": aged.picture.height,
            **aged.facts,
        }
        return facts, f"{job.source} -> {output}, {aged.look}"


def process_facts(options: VintageOptions) -> dict[str, Any]:
    """Give what JSON reports of a process."""
    return {"look": options.look.name, "seed": options.seed}
