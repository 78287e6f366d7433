"""The steps of a recipe, made ready once and done to any number of photos."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heliochrome import __version__
from heliochrome.errors import OptionError
from heliochrome.image.metadata import Provenance, SourceType
from heliochrome.image.picture import Picture
from heliochrome.model.session import Backend
from heliochrome.recipe.load import RecipeFile
from heliochrome.recipe.resources import Resources
from heliochrome.recipe.works import Work, prepare_step

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_GENERATED: SourceType = "compositeWithTrainedAlgorithmicMedia"
_ENHANCED: SourceType = "algorithmicallyEnhanced"
_OF_ALL_STEPS = ("heliochrome_version", "input_sha256")


@dataclass(frozen=True, slots=True)
class RecipeResult:
    """What became of a photo: the picture, and the record of all steps.

    Attributes:
        picture: the result of the last step.
        provenance: the record.
        confidence: (h, w) float32 in 0..1 over the whole picture, on the cells of the network that
            colored it (some hundred a side): the probability that the chroma is within 10 ab units
            of the true one. None when nothing was colored, or when a later step moved pixels or
            made other colors.

    """

    picture: Picture
    provenance: Provenance
    confidence: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class PreparedRecipe:
    """A recipe whose networks are open and whose pictures are read.

    Attributes:
        file: the recipe.
        steps: what is done, by the names of the steps, in order.
        inputs: files that the recipe names, which no result may replace.
        models: SHA-256 of every network used, sorted.

    """

    file: RecipeFile
    steps: tuple[tuple[str, Work], ...]
    inputs: tuple[Path, ...]
    models: tuple[str, ...] = ()

    def apply(self, picture: Picture, input_sha256: str) -> RecipeResult:
        """Do all steps to one photo, whose file has that SHA-256.

        Raises:
            HeliochromeError: whatever the tasks raise.

        """
        records: list[dict[str, Any]] = []
        generated, confidence = False, None
        for _, work in self.steps:
            made = work(picture, input_sha256)
            picture = made.picture
            generated = generated or made.provenance.source_type == _GENERATED
            confidence = made.confidence if made.colors == "new" else confidence
            confidence = None if made.colors == "lost" else confidence
            facts = made.provenance.record.items()
            records.append({key: fact for key, fact in facts if key not in _OF_ALL_STEPS})
        recipe = self.file.recipe
        record = {
            "task": "recipe",
            "heliochrome_version": __version__,
            "input_sha256": input_sha256,
            "recipe": {"name": recipe.name, "sha256": self.file.sha256},
            "steps": records,
        }
        provenance = Provenance(_GENERATED if generated else _ENHANCED, record)
        return RecipeResult(picture, provenance, confidence)


def prepare_recipe(
    file: RecipeFile, *, threads: int | None = None, backend: Backend = "onnxruntime"
) -> PreparedRecipe:
    """Open all networks and read all pictures that a recipe needs.

    Raises:
        OptionError: a value in it is out of range; the message names the step.
        ModelError: a network is missing, tampered with, malformed or for another task.
        ReadError: a picture cannot be read.

    """
    resources = Resources(file.folder, threads, backend)
    works = []
    for index, step in enumerate(file.recipe.steps, start=1):
        try:
            works.append((step.step, prepare_step(step, resources)))
        except OptionError as error:
            place = f"step {index} ({step.step}), {error.subject}"
            raise OptionError(place, error.problem, error.remedy) from error
    return PreparedRecipe(file, tuple(works), tuple(resources.inputs), resources.models())
