"""Which upscaler to use, and how it is spoken to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from heliochrome.errors import CardError, ModelError, ModelNotFoundError, OptionError
from heliochrome.model.store import StoredModel, card_paths, find_model, stored_model
from heliochrome.tasks.options import UPSCALE_MODES, UPSCALE_SCALES, UpscaleOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.model.card import ModelCard, UpscalerFacts
    from heliochrome.model.session import Network

NOISE = "noise"  # the input that says how much noise to remove
_CHANNELS = 3


def find_upscaler(options: UpscaleOptions, folders: tuple[Path, ...] | None = None) -> StoredModel:
    """Find the network that the options ask for, and check that it can do what they say.

    Raises:
        ModelNotFoundError: there is none for this mode and scale, or of the name given.
        CardError: its card is malformed, or is not an upscaler's.
        OptionError: the network that was given has another mode or scale, or cannot remove noise.

    """
    if options.model is not None:
        model = find_model(options.model, folders)
    else:
        model = _find_shipped(
            options.mode or UPSCALE_MODES[0], options.scale or UPSCALE_SCALES[0], folders
        )
    check_upscaler(model.card, options)
    return model


def _find_shipped(mode: str, scale: int, folders: tuple[Path, ...] | None) -> StoredModel:
    try:
        return find_model(f"upscaler-{mode}-x{scale}", folders)
    except ModelNotFoundError as error:
        found = ", ".join(_installed(folders))
        others = f"use --model with one that is ({found})" if found else "none is"
        raise ModelNotFoundError(
            f"mode {mode}, scale {scale}",
            "no network for it is installed",
            f"{others}, or add one with `heliochrome models add FILE`",
        ) from error


def _installed(folders: tuple[Path, ...] | None) -> list[str]:
    """Names of the upscalers there are; broken cards are the business of `models list`."""
    names = []
    for path in card_paths(folders):
        try:
            model = stored_model(path)
        except ModelError:
            continue
        if model.card.upscaler is not None:
            names.append(model.card.name)
    return names


def check_upscaler(card: ModelCard, options: UpscaleOptions) -> UpscalerFacts:
    """Check that a network can do what the options say, and give what its card says about it.

    Raises:
        CardError: the card is of a network for another task, or of another form.
        OptionError: it has another mode or scale, or cannot remove noise.

    """
    facts = card.upscaler
    if facts is None:
        raise CardError(card.name, f"is a network for '{card.task}'", "choose an upscaler")
    _check_form(card)
    if options.scale not in (None, card.scale):
        raise OptionError(
            "scale", f"{options.scale} is not that of {card.name}", f"give {card.scale}"
        )
    if options.mode not in (None, facts.mode):
        raise OptionError(
            "mode", f"{options.mode} is not that of {card.name}", f"give {facts.mode}"
        )
    if options.denoise > 0 and not facts.denoise:
        raise OptionError(
            "denoise",
            f"cannot be done by {card.name}, which leaves noise as it is",
            "leave it out, or choose another mode or network",
        )
    return facts


def _check_form(card: ModelCard) -> None:
    shapes = [fact.shape for fact in card.inputs if fact.name != NOISE]
    shapes += [fact.shape for fact in card.outputs]
    if len(shapes) != 2 or any(len(shape) != 4 or shape[1] != _CHANNELS for shape in shapes):
        raise CardError(
            card.name,
            f"has the architecture '{card.architecture}', whose inputs and outputs are not those "
            "of an upscaler",
            "it must map one picture (N, 3, H, W) to one",
        )
    if any(isinstance(side, int) for shape in shapes for side in shape[2:]):
        raise CardError(
            card.name, "takes pictures of one size only", "export it with free height and width"
        )


@dataclass(frozen=True, slots=True)
class Upscaler:
    """A network for enlarging with its strength of denoising, as a function on samples."""

    network: Network
    denoise: float

    def __call__(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Enlarge samples (h, w, 1 or 3) with full scale 1 to (h * scale, w * scale, same).

        Gray is given to the network as three equal channels, and is the mean of what comes out.
        Values are not clipped.

        Raises:
            ModelError: the network failed, or gave what is not a picture of that size.

        """
        card = self.network.card
        (picture,) = (fact for fact in card.inputs if fact.name != NOISE)
        (enlarged,) = card.outputs
        planes = np.broadcast_to(samples.transpose(2, 0, 1), (_CHANNELS, *samples.shape[:2]))
        inputs = {picture.name: _into_range(planes, picture.range)[None]}
        if card.upscaler is not None and card.upscaler.denoise:
            inputs[NOISE] = np.full((1, 1, 1, 1), self.denoise, np.float32)
        result = self.network.run(inputs)[enlarged.name]
        _check_result(card, result, (samples.shape[0], samples.shape[1]))
        colors = _from_range(result[0], enlarged.range).transpose(1, 2, 0)
        if samples.shape[2] == 1:
            colors = colors.mean(axis=2, keepdims=True, dtype=np.float32)
        return colors


def _into_range(planes: NDArray[np.float32], limits: tuple[float, float]) -> NDArray[np.float32]:
    low, high = limits
    scaled = planes if limits == (0, 1) else planes * np.float32(high - low) + np.float32(low)
    return np.ascontiguousarray(scaled, np.float32)


def _from_range(planes: NDArray[np.float32], limits: tuple[float, float]) -> NDArray[np.float32]:
    low, high = limits
    if limits == (0, 1):
        return planes
    unit: NDArray[np.float32] = (planes - np.float32(low)) * np.float32(1 / (high - low))
    return unit


def _check_result(card: ModelCard, result: NDArray[np.float32], size: tuple[int, int]) -> None:
    expected = (1, _CHANNELS, size[0] * card.scale, size[1] * card.scale)
    if result.shape != expected:
        raise ModelError(
            card.name,
            f"gave an output of the shape {result.shape} instead of {expected}",
            "correct the scale and size multiple on its card",
        )
    if not np.isfinite(result).all():
        raise ModelError(
            card.name,
            "gave values that are not numbers",
            "try the other backend, or verify it with `heliochrome models verify`",
        )
