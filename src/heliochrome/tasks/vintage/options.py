"""How to age a photo; imports no numpy, since the command line reads its defaults here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from heliochrome.errors import OptionError
from heliochrome.tasks.options import MAX_SEED
from heliochrome.tasks.vintage.parameters import Look


@dataclass(frozen=True, slots=True)
class VintageOptions:
    """How to age a photo.

    Attributes:
        look: the process, with all its parameters.
        strength: how much of it, 0 to 1; 0 leaves the photo as it is.
        seed: of grain, dust and everything else that is left to chance, 0 to 2^32 - 1.

    Raises:
        OptionError: a value is out of its range.

    """

    look: Look
    strength: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, high in (("strength", self.strength, 1), ("seed", self.seed, MAX_SEED)):
            if not 0 <= value <= high:  # false for NaN too
                raise OptionError(name, f"is {value}", f"give a value from 0 to {high}")

    def for_photo(self, input_sha256: str) -> VintageOptions:
        """Give the same with a seed of the photo's own: this one and its hash (hex) decide."""
        return replace(self, seed=self.seed ^ int(input_sha256[:8], 16))
