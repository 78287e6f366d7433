"""What `heliochrome vintage` does to each photo of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from heliochrome.cli.photo_work import MadePicture
from heliochrome.image.picture import Picture
from heliochrome.tasks.vintage.apply import vintage
from heliochrome.tasks.vintage.options import VintageOptions
from heliochrome.tasks.vintage.provenance import vintage_provenance


@dataclass(frozen=True, slots=True)
class Process:
    """Ages photos by the physics of a process.

    vary_seed: whether every photo gets a seed of its own, from the given one and its content.
    """

    options: VintageOptions
    vary_seed: bool = False

    def __call__(self, picture: Picture, input_sha256: str) -> MadePicture:
        """Age one photo."""
        options = self.for_photo(input_sha256)
        return MadePicture(
            vintage(picture, options),
            vintage_provenance(options, input_sha256=input_sha256),
            process_facts(options),
            f", {options.look.name}",
        )

    def for_photo(self, input_sha256: str) -> VintageOptions:
        """Give the options for one photo, with its seed."""
        return self.options.for_photo(input_sha256) if self.vary_seed else self.options


def process_facts(options: VintageOptions) -> dict[str, Any]:
    """Give what JSON reports of a process."""
    return {"look": options.look.name, "seed": options.seed}
