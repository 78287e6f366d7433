"""What `heliochrome run` does to each photo of a batch."""

from __future__ import annotations

from dataclasses import dataclass

from heliochrome.cli.photo_work import MadePicture
from heliochrome.image.picture import Picture
from heliochrome.recipe.steps import PreparedRecipe


@dataclass(frozen=True, slots=True)
class RecipeRunner:
    """Does all steps of a recipe to one photo after another."""

    recipe: PreparedRecipe

    def __call__(self, picture: Picture, input_sha256: str) -> MadePicture:
        """Do the steps to one photo."""
        result = self.recipe.apply(picture, input_sha256)
        names = ", ".join(name for name, _ in self.recipe.steps)
        return MadePicture(
            result.picture,
            result.provenance,
            {"steps": result.provenance.record["steps"]},
            f": {names}",
        )
