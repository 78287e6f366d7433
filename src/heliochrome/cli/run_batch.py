"""What `heliochrome run` does to each photo of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from heliochrome.cli.outputs import Job
from heliochrome.cli.results import Results
from heliochrome.image.read import read_picture
from heliochrome.recipe.steps import PreparedRecipe
from heliochrome.tasks.provenance import file_sha256


@dataclass(frozen=True, slots=True)
class RecipeRunner:
    """Does all steps of a recipe to one photo after another."""

    recipe: PreparedRecipe
    results: Results

    def __call__(self, job: Job) -> tuple[dict[str, Any], str]:
        """Do the steps to the photo of `job` and write its results, or none of them."""
        picture = read_picture(job.source)
        output = job.output_for(picture.container)
        sidecars = self.results.sidecars([output])
        self.results.check([output, *sidecars], job.source)
        result = self.recipe.apply(picture, file_sha256(job.source))
        with self.results.all_or_nothing(job.source) as writing:
            writing.picture(result.picture, output, result.provenance)
        facts = {
            "input": str(job.source),
            "outputs": [str(output)],
            "sidecars": [str(path) for path in sidecars],
            "width": result.picture.width,
            "height": result.picture.height,
            "steps": result.provenance.record["steps"],
        }
        names = ", ".join(name for name, _ in self.recipe.steps)
        return facts, f"{job.source} -> {output}: {names}"
