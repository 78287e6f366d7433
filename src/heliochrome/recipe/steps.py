"""The steps of a recipe, made ready once and done to any number of photos."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from heliochrome import __version__
from heliochrome.errors import OptionError
from heliochrome.image.metadata import Provenance, SourceType
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.model.session import Backend, Network, open_network
from heliochrome.model.store import StoredModel, find_model
from heliochrome.recipe import schema
from heliochrome.recipe.load import RecipeFile
from heliochrome.tasks.adjust_provenance import (
    adjustment_provenance,
    balance_parameters,
    border_parameters,
    contrast_parameters,
    unfade_parameters,
)
from heliochrome.tasks.balance import balance_color
from heliochrome.tasks.borders import crop_borders
from heliochrome.tasks.code_file import load_style_code
from heliochrome.tasks.colorize import colorize, colorizer_facts
from heliochrome.tasks.contrast import adjust_contrast
from heliochrome.tasks.provenance import colorize_provenance, file_sha256, restyle_provenance
from heliochrome.tasks.restyle import check_scale, restyle
from heliochrome.tasks.style_code import (
    StyleCode,
    average_codes,
    check_code,
    check_style,
    style_code,
    style_shares,
)
from heliochrome.tasks.unfade import unfade
from heliochrome.tasks.upscale import upscale
from heliochrome.tasks.upscale_provenance import upscale_provenance
from heliochrome.tasks.upscaler_network import find_upscaler
from heliochrome.tasks.vintage.apply import vintage
from heliochrome.tasks.vintage.options import VintageOptions
from heliochrome.tasks.vintage.overrides import change, find_look
from heliochrome.tasks.vintage.provenance import vintage_provenance

# What a step does: it is given a photo and the SHA-256 of the file that it came from, and gives the
# photo that it made, and the record of that.
Work = Callable[[Picture, str], tuple[Picture, Provenance]]

_GENERATED: SourceType = "compositeWithTrainedAlgorithmicMedia"
_ENHANCED: SourceType = "algorithmicallyEnhanced"
_OF_ALL_STEPS = ("heliochrome_version", "input_sha256")


@dataclass(frozen=True, slots=True)
class RecipeResult:
    """What became of a photo: the picture, and the record of all steps."""

    picture: Picture
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class PreparedRecipe:
    """A recipe whose networks are open and whose pictures are read.

    Attributes:
        file: the recipe.
        steps: what is done, by the names of the steps, in order.
        inputs: files that the recipe names, which no result may replace.

    """

    file: RecipeFile
    steps: tuple[tuple[str, Work], ...]
    inputs: tuple[Path, ...]

    def apply(self, picture: Picture, input_sha256: str) -> RecipeResult:
        """Do all steps to one photo, whose file has that SHA-256.

        Raises:
            HeliochromeError: whatever the tasks raise.

        """
        records: list[dict[str, Any]] = []
        generated = False
        for _, work in self.steps:
            picture, provenance = work(picture, input_sha256)
            generated = generated or provenance.source_type == _GENERATED
            records.append(
                {key: fact for key, fact in provenance.record.items() if key not in _OF_ALL_STEPS}
            )
        recipe = self.file.recipe
        record = {
            "task": "recipe",
            "heliochrome_version": __version__,
            "input_sha256": input_sha256,
            "recipe": {"name": recipe.name, "sha256": self.file.sha256},
            "steps": records,
        }
        return RecipeResult(picture, Provenance(_GENERATED if generated else _ENHANCED, record))


def prepare_recipe(
    file: RecipeFile, *, threads: int | None = None, backend: Backend = "onnxruntime"
) -> PreparedRecipe:
    """Open all networks and read all pictures that a recipe needs.

    Raises:
        OptionError: a value in it is out of range; the message names the step.
        ModelError: a network is missing, tampered with, malformed or for another task.
        ReadError: a picture cannot be read.

    """
    resources = _Resources(file.folder, threads, backend)
    works = []
    for index, step in enumerate(file.recipe.steps, start=1):
        try:
            works.append((step.step, _prepare(step, resources)))
        except OptionError as error:
            place = f"step {index} ({step.step}), {error.subject}"
            raise OptionError(place, error.problem, error.remedy) from error
    return PreparedRecipe(file, tuple(works), tuple(resources.inputs))


@dataclass(frozen=True, slots=True)
class _Resources:
    """Networks, each opened once, and files beside the recipe."""

    folder: Path
    threads: int | None
    backend: Backend
    inputs: list[Path] = field(default_factory=list)
    _networks: dict[Path, Network] = field(default_factory=dict)

    def network(self, stored: StoredModel) -> Network:
        if stored.path not in self._networks:
            opened = open_network(stored, threads=self.threads, backend=self.backend)
            self._networks[stored.path] = opened
        return self._networks[stored.path]

    def path(self, name: str) -> Path:
        """Give the path of a file that the recipe names, relative to the recipe."""
        path = self.folder / name
        self.inputs.append(path)
        return path


def _prepare(step: schema.Step, resources: _Resources) -> Work:
    match step:
        case schema.CropBorders():
            return _crop(step)
        case schema.Contrast():
            return _contrast(step)
        case schema.ColorBalance():
            return _balance(step)
        case schema.RestoreColor():
            return _restore(step)
        case schema.Colorize():
            return _colorize(step, resources)
        case schema.Restyle():
            return _restyle(step, resources)
        case schema.Vintage():
            return _vintage(step, resources)
        case schema.Upscale():
            return _upscale(step, resources)


def _crop(step: schema.CropBorders) -> Work:
    options = step.options()

    def work(picture: Picture, sha256: str) -> tuple[Picture, Provenance]:
        result = crop_borders(picture, options)
        parameters = border_parameters(options, result)
        return result.picture, adjustment_provenance(step.step, parameters, input_sha256=sha256)

    return work


def _contrast(step: schema.Contrast) -> Work:
    options = step.options()

    def work(picture: Picture, sha256: str) -> tuple[Picture, Provenance]:
        result = adjust_contrast(picture, options)
        parameters = contrast_parameters(options, result)
        return result.picture, adjustment_provenance(step.step, parameters, input_sha256=sha256)

    return work


def _balance(step: schema.ColorBalance) -> Work:
    options = step.options()

    def work(picture: Picture, sha256: str) -> tuple[Picture, Provenance]:
        result = balance_color(picture, options)
        parameters = balance_parameters(options, result)
        return result.picture, adjustment_provenance(step.step, parameters, input_sha256=sha256)

    return work


def _restore(step: schema.RestoreColor) -> Work:
    options = step.options()

    def work(picture: Picture, sha256: str) -> tuple[Picture, Provenance]:
        result = unfade(picture, options)
        parameters = {"look": step.look, **unfade_parameters(options, result)}
        return result.picture, adjustment_provenance(step.step, parameters, input_sha256=sha256)

    return work


def _colorize(step: schema.Colorize, resources: _Resources) -> Work:
    options, reference_sha256 = step.options(), None
    network = resources.network(find_model(step.model))
    colorizer_facts(network.card)
    if step.reference is not None:
        path = resources.path(step.reference)
        options, reference_sha256 = (
            replace(options, reference=read_picture(path)),
            file_sha256(path),
        )

    def work(picture: Picture, sha256: str) -> tuple[Picture, Provenance]:
        result = colorize(picture, network, options)
        return result.picture, colorize_provenance(
            network.card,
            options,
            input_sha256=sha256,
            mean_confidence=result.mean_confidence,
            reference_sha256=reference_sha256,
        )

    return work


def _restyle(step: schema.Restyle, resources: _Resources) -> Work:
    options = step.options()
    network = resources.network(find_model(step.model))
    check_scale(network.card, options.scale)
    paths = [resources.path(name) for name in step.styles()]
    shares = style_shares(len(paths), step.weights)
    code = average_codes([_style_code(path, network) for path in paths], shares)
    styles = [(file_sha256(path), share) for path, share in zip(paths, shares, strict=True)]

    def work(picture: Picture, sha256: str) -> tuple[Picture, Provenance]:
        result = restyle(picture, code, network, options)
        return result.picture, restyle_provenance(
            network.card, options, input_sha256=sha256, from_gray=result.from_gray, styles=styles
        )

    return work


def _style_code(path: Path, network: Network) -> StyleCode:
    """Measure a style picture, or read a saved code."""
    if path.suffix.lower() == ".json":
        code = load_style_code(path)
        check_code(code, network.card, path)
        return code
    picture = read_picture(path)
    check_style(picture, path)
    return style_code([picture], network)


def _vintage(step: schema.Vintage, resources: _Resources) -> Work:
    is_file = step.look.lower().endswith((".yaml", ".yml"))
    look = find_look(str(resources.path(step.look)) if is_file else step.look)
    options = VintageOptions(change(look, step.set), strength=step.strength, seed=step.seed)

    def work(picture: Picture, sha256: str) -> tuple[Picture, Provenance]:
        own = options
        if step.vary_seed:
            own = replace(options, seed=options.seed ^ int(sha256[:8], 16))
        return vintage(picture, own), vintage_provenance(own, input_sha256=sha256)

    return work


def _upscale(step: schema.Upscale, resources: _Resources) -> Work:
    options = step.options()
    network = resources.network(find_upscaler(options))

    def work(picture: Picture, sha256: str) -> tuple[Picture, Provenance]:
        result = upscale(picture, network, options)
        return result.picture, upscale_provenance(network.card, options, input_sha256=sha256)

    return work
