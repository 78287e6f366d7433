"""What commands do to a photo that becomes one picture: read it, make that, write it, report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from heliochrome.cli.outputs import Job
from heliochrome.cli.results import Results
from heliochrome.image.metadata import Provenance
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.tasks.provenance import file_sha256


@dataclass(frozen=True, slots=True)
class MadePicture:
    """A picture that was made, its record, what JSON reports of it, and the same for a person."""

    picture: Picture
    provenance: Provenance
    facts: dict[str, Any]
    said: str


# What makes a picture: it is given the photo and the SHA-256 of its file.
Make = Callable[[Picture, str], MadePicture]


@dataclass(frozen=True, slots=True)
class PhotoWork:
    """Makes one photo after another into a picture in the same way, and writes the results."""

    make: Make
    results: Results

    def __call__(self, job: Job) -> tuple[dict[str, Any], str]:
        """Make a picture of the photo of `job` and write its results, or none of them."""
        photo = read_picture(job.source)
        output = job.output_for(photo.container)
        sidecars = self.results.sidecars([output])
        self.results.check([output, *sidecars], job.source)
        made = self.make(photo, file_sha256(job.source))
        with self.results.all_or_nothing(job.source) as writing:
            writing.picture(made.picture, output, made.provenance)
        facts = job.facts([output], sidecars, made.picture.width, made.picture.height)
        return facts | made.facts, f"{job.source} -> {output}{made.said}"
