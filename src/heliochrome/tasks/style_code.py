"""The style of pictures: their code for a restyler, measured once for many photos."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from heliochrome.errors import OptionError, ReadError, UnsupportedPictureError
from heliochrome.image.enlarge import reduce_samples
from heliochrome.image.samples import to_srgb, to_unit
from heliochrome.image.write import store_bytes
from heliochrome.tasks.restyler_network import measure_code, restyler_facts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.image.picture import Picture
    from heliochrome.model.card import RestylerFacts
    from heliochrome.model.session import Network
    from heliochrome.tasks.restyler_network import Code

LEAST_STYLE_SIDE = 32  # px; in fewer there is nothing to measure


@dataclass(frozen=True, slots=True, eq=False)
class StyleCode:
    """The style of one picture, or the mean of several, for one network.

    Attributes:
        reduced: codes (2, C) by the factor that the style pictures were reduced by: 1 and every
            other scale of the network.
        model_sha256: of the network that they were measured with; they mean nothing to another.

    """

    reduced: Mapping[int, Code]
    model_sha256: str


def style_code(
    pictures: Iterable[Picture], network: Network, weights: Sequence[float] | None = None
) -> StyleCode:
    """Measure the style of pictures, averaged by `weights` (default: all alike).

    Only their color and texture count, at their size in pixels: pictures whose short side is longer
    than the card's `style_size` are reduced to it first. Opacity is not looked at.

    Args:
        pictures: one or more; they are taken one at a time, so that a generator may read them.
        network: whose task is "restyle".
        weights: one per picture, none negative, not all zero.

    Raises:
        CardError: the network is not a restyler.
        UnsupportedPictureError: a picture is smaller than `LEAST_STYLE_SIDE` pixels.
        OptionError: there are no pictures, or the weights do not fit them.
        ModelError: the network failed.

    """
    facts = restyler_facts(network.card)
    codes = []
    for number, picture in enumerate(pictures, start=1):
        check_style(picture, f"style picture {number}")
        codes.append(_reduced_codes(picture, network, facts))
    shares = style_shares(len(codes), weights)
    return StyleCode(
        {
            factor: np.average([code[factor] for code in codes], axis=0, weights=shares)
            for factor in codes[0]
        },
        network.card.sha256,
    )


def check_style(picture: Picture, name: str | Path) -> None:
    """Refuse a picture in which there is too little to see to be a style.

    Raises:
        UnsupportedPictureError: it is smaller than `LEAST_STYLE_SIDE` pixels.

    """
    if min(picture.height, picture.width) < LEAST_STYLE_SIDE:
        raise UnsupportedPictureError(
            name,
            f"has only {picture.width} x {picture.height} pixels, too few for a style",
            f"give a picture of at least {LEAST_STYLE_SIDE} pixels a side",
        )


def style_shares(count: int, weights: Sequence[float] | None) -> tuple[float, ...]:
    """Give the share of each of `count` styles; they add up to 1.

    Raises:
        OptionError: there are no styles, or the weights are too many or few, negative, not finite,
            or all zero.

    """
    if count == 0:
        raise OptionError("style", "is not given", "name at least one style picture")
    given = [1.0] * count if weights is None else list(weights)
    if len(given) != count:
        raise OptionError(
            "weights", f"are {len(given)} for {count} styles", "give one weight for each style"
        )
    if not all(math.isfinite(weight) and weight >= 0 for weight in given) or not sum(given):
        raise OptionError(
            "weights",
            f"are {', '.join(format(weight, 'g') for weight in given)}",
            "give numbers from 0 up, at least one of them above 0",
        )
    return tuple(weight / sum(given) for weight in given)


def save_style_code(code: StyleCode, path: Path) -> None:
    """Write a code as JSON, whole or not at all.

    Raises:
        WriteError: it cannot be written.

    """
    reduced = {factor: values.tolist() for factor, values in code.reduced.items()}
    stored = _StoredCode(model_sha256=code.model_sha256, reduced=reduced)
    store_bytes(path, stored.model_dump_json().encode())


def load_style_code(path: Path) -> StyleCode:
    """Read a code that `save_style_code` wrote.

    Raises:
        ReadError: the file is missing, or is not such a code.

    """
    try:
        stored = _StoredCode.model_validate_json(path.read_bytes())
        reduced = {factor: np.array(code, np.float64) for factor, code in stored.reduced.items()}
    except OSError as error:
        raise ReadError(path, f"cannot be read ({error.strerror})", "check the path") from error
    except (ValidationError, ValueError) as error:
        raise ReadError(path, "is not a style code", "save the code again") from error
    return StyleCode(reduced, stored.model_sha256)


class _StoredCode(BaseModel):
    """The JSON form of a code."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    model_sha256: str
    reduced: dict[int, tuple[list[float], list[float]]]


def _reduced_codes(picture: Picture, network: Network, facts: RestylerFacts) -> dict[int, Code]:
    """Codes of a picture, by the factor that it is reduced by."""
    short = min(picture.height, picture.width)
    base = _reduced(picture.pixels, min(1.0, facts.style_size / short))
    codes = {}
    for factor in {1, *facts.scales}:
        share = max(1 / factor, LEAST_STYLE_SIDE / min(base.shape[:2]))
        samples = to_srgb(_reduced(base, share), picture.icc_profile)
        codes[factor] = measure_code(samples, None, 1.0, network)
    return codes


def _reduced(samples: NDArray[Any], share: float) -> NDArray[np.float32]:
    size = round(samples.shape[0] * share), round(samples.shape[1] * share)
    return to_unit(samples) if size == samples.shape[:2] else reduce_samples(samples, size)
