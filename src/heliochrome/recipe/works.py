"""What each step of a recipe does to a photo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from heliochrome.image.metadata import Provenance
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.model.session import Network
from heliochrome.model.store import find_model
from heliochrome.recipe import schema
from heliochrome.recipe.resources import Resources
from heliochrome.tasks.adjust_provenance import (
    adjustment_provenance,
    balance_parameters,
    border_parameters,
    contrast_parameters,
    unfade_parameters,
)
from heliochrome.tasks.balance import Balanced, balance_color
from heliochrome.tasks.borders import crop_borders
from heliochrome.tasks.code_file import load_style_code
from heliochrome.tasks.colorize import colorize, colorizer_facts
from heliochrome.tasks.contrast import Contrasted, adjust_contrast
from heliochrome.tasks.provenance import colorize_provenance, file_sha256, restyle_provenance
from heliochrome.tasks.restyle import check_options, restyle
from heliochrome.tasks.style_code import (
    StyleCode,
    average_codes,
    check_code,
    check_style,
    style_code,
    style_shares,
)
from heliochrome.tasks.unfade import Restoration, unfade
from heliochrome.tasks.upscale import upscale
from heliochrome.tasks.upscale_provenance import upscale_provenance
from heliochrome.tasks.upscaler_network import find_upscaler
from heliochrome.tasks.vintage.apply import vintage
from heliochrome.tasks.vintage.options import VintageOptions
from heliochrome.tasks.vintage.overrides import change, find_look
from heliochrome.tasks.vintage.provenance import vintage_provenance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Made:
    """What a step made of a photo.

    Attributes:
        picture: the result.
        provenance: its record.
        colors: "new" when the step colored the photo; "kept" when the colors of an earlier step
            are still there, at the same place of the picture; "lost" when they are not.
        confidence: of new colors, as `RecipeResult.confidence`.

    """

    picture: Picture
    provenance: Provenance
    colors: Literal["new", "kept", "lost"] = "kept"
    confidence: NDArray[np.float32] | None = None


Adjusted = TypeVar("Adjusted", Contrasted, Balanced, Restoration)

# What a step does: it is given a photo and the SHA-256 of the file that it came from.
Work = Callable[[Picture, str], Made]


def prepare_step(step: schema.Step, resources: Resources) -> Work:
    """Open the networks and read the files of a step.

    Raises:
        OptionError: a value in it is out of range.
        ModelError: a network is missing, tampered with, malformed or for another task.
        ReadError: a picture cannot be read.

    """
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

    def work(picture: Picture, sha256: str) -> Made:
        result = crop_borders(picture, options)
        parameters = border_parameters(options, result)
        provenance = adjustment_provenance(step.step, parameters, input_sha256=sha256)
        return Made(result.picture, provenance, "lost" if result.margins.found else "kept")

    return work


def _contrast(step: schema.Contrast) -> Work:
    options = step.options()
    return _adjustment(
        step.step,
        lambda picture: adjust_contrast(picture, options),
        lambda result: contrast_parameters(options, result),
    )


def _balance(step: schema.ColorBalance) -> Work:
    options = step.options()
    return _adjustment(
        step.step,
        lambda picture: balance_color(picture, options),
        lambda result: balance_parameters(options, result),
    )


def _restore(step: schema.RestoreColor) -> Work:
    options = step.options()
    return _adjustment(
        step.step,
        lambda picture: unfade(picture, options),
        lambda result: {"look": step.look, **unfade_parameters(options, result)},
    )


def _adjustment(
    name: str,
    adjust: Callable[[Picture], Adjusted],
    describe: Callable[[Adjusted], dict[str, Any]],
) -> Work:
    """Make the work of a step that changes a photo's tones and leaves its colors where they are."""

    def work(picture: Picture, sha256: str) -> Made:
        result = adjust(picture)
        provenance = adjustment_provenance(name, describe(result), input_sha256=sha256)
        return Made(result.picture, provenance)

    return work


def _colorize(step: schema.Colorize, resources: Resources) -> Work:
    options, reference_sha256 = step.options(), None
    network = resources.network(find_model(step.model))
    colorizer_facts(network.card)
    if step.reference is not None:
        path = resources.path(step.reference)
        options, reference_sha256 = (
            replace(options, reference=read_picture(path)),
            file_sha256(path),
        )

    def work(picture: Picture, sha256: str) -> Made:
        result = colorize(picture, network, options)
        provenance = colorize_provenance(
            network.card,
            options,
            input_sha256=sha256,
            mean_confidence=result.mean_confidence,
            reference_sha256=reference_sha256,
        )
        return Made(result.picture, provenance, "new", result.small_confidence)

    return work


def _restyle(step: schema.Restyle, resources: Resources) -> Work:
    options = step.options()
    network = resources.network(find_model(step.model))
    check_options(network.card, options)
    paths = [resources.path(name) for name in step.styles()]
    shares = style_shares(len(paths), step.weights)
    code = average_codes([_style_code(path, network) for path in paths], shares)
    styles = [(file_sha256(path), share) for path, share in zip(paths, shares, strict=True)]

    def work(picture: Picture, sha256: str) -> Made:
        result = restyle(picture, code, network, options)
        provenance = restyle_provenance(
            network.card, options, input_sha256=sha256, from_gray=result.from_gray, styles=styles
        )
        return Made(result.picture, provenance, "kept" if options.keep_color else "lost")

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


def _vintage(step: schema.Vintage, resources: Resources) -> Work:
    look = find_look(str(resources.path(step.look)) if step.look_is_file else step.look)
    options = VintageOptions(change(look, step.set), strength=step.strength, seed=step.seed)

    def work(picture: Picture, sha256: str) -> Made:
        own = options.for_photo(sha256) if step.vary_seed else options
        return Made(vintage(picture, own), vintage_provenance(own, input_sha256=sha256), "lost")

    return work


def _upscale(step: schema.Upscale, resources: Resources) -> Work:
    options = step.options()
    network = resources.network(find_upscaler(options))

    def work(picture: Picture, sha256: str) -> Made:
        result = upscale(picture, network, options)
        provenance = upscale_provenance(network.card, options, input_sha256=sha256)
        return Made(result.picture, provenance)

    return work
