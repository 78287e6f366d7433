"""Do a recipe to one photo from Python, and print what it found.

python examples/run_recipe.py PHOTO OUT [MODEL]

The recipe is examples/recipe.yaml; with MODEL, a colorizer, the result is colorized too.
"""

from __future__ import annotations

import sys
from pathlib import Path

from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.recipe.digest import recipe_sha256
from heliochrome.recipe.load import RecipeFile, load_recipe, recipe_yaml
from heliochrome.recipe.schema import Colorize
from heliochrome.recipe.steps import prepare_recipe
from heliochrome.tasks.provenance import file_sha256


def main(photo: Path, output: Path, model: str | None = None) -> None:
    """Prepare the recipe once, apply it to the photo, and write the result with its record."""
    file = load_recipe(Path(__file__).with_name("recipe.yaml"))
    if model is not None:
        steps = [*file.recipe.steps, Colorize(step="colorize", model=model)]
        recipe = file.recipe.model_copy(update={"steps": steps})
        sha256 = recipe_sha256(recipe, file.folder)
        file = RecipeFile(recipe, file.folder, sha256, recipe_yaml(recipe))
    prepared = prepare_recipe(file)
    result = prepared.apply(read_picture(photo), file_sha256(photo))
    write_picture(
        result.picture, output, original=photo, overwrite=True, provenance=result.provenance
    )
    print(f"{output}: {', '.join(name for name, _ in prepared.steps)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:4])
