"""The style of pictures: their code for a restyler, measured once for many photos."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from heliochrome.errors import OptionError, UnsupportedPictureError
from heliochrome.image.enlarge import reduce_samples
from heliochrome.image.samples import to_srgb, to_unit
from heliochrome.tasks.corrections import measure_grams
from heliochrome.tasks.restyler_network import measure_code, restyler_facts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.image.picture import Picture
    from heliochrome.model.card import ModelCard, RestylerFacts
    from heliochrome.model.session import Network
    from heliochrome.tasks.corrections import Grams
    from heliochrome.tasks.restyler_network import Code

LEAST_STYLE_SIDE = 32  # px; in fewer there is nothing to measure


@dataclass(frozen=True, slots=True)
class CodeNotes:
    """What a reader should know of a code that is kept.

    Attributes:
        name: what it is called.
        data: what the pictures are, from where and under which terms.
        pictures: how many of them were measured.

    """

    name: str
    data: str
    pictures: int


@dataclass(frozen=True, slots=True, eq=False)
class StyleCode:
    """The style of one picture, or the mean of several, for one network.

    Attributes:
        reduced: codes (2, C) by the factor that the style pictures were reduced by: 1 and every
            other scale of the network.
        model_sha256: of the network that they were measured with; they mean nothing to another.
        notes: on a code that is kept in a file; None of one measured here.
        grams: Gram matrices (G,), of a network that corrects its drafts.

    """

    reduced: Mapping[int, Code]
    model_sha256: str
    notes: CodeNotes | None = None
    grams: Grams | None = None


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
        codes.append(_code_of(picture, network, facts))
    return average_codes(codes, weights)


def average_codes(codes: Iterable[StyleCode], weights: Sequence[float] | None = None) -> StyleCode:
    """Average codes of one network by `weights` (default: all alike).

    Raises:
        OptionError: there are none, they are not of one network, or the weights do not fit them.

    """
    given = list(codes)
    shares = style_shares(len(given), weights)
    first = given[0]
    if any(_form(code) != _form(first) for code in given):
        raise OptionError(
            "style codes", "were measured with different networks", "measure all with the same one"
        )
    return StyleCode(
        {
            factor: np.average([code.reduced[factor] for code in given], axis=0, weights=shares)
            for factor in first.reduced
        },
        first.model_sha256,
        grams=_average_grams(given, shares),
    )


def _average_grams(codes: Sequence[StyleCode], shares: Sequence[float]) -> Grams | None:
    grams = [code.grams for code in codes if code.grams is not None]
    return np.average(grams, axis=0, weights=shares) if grams else None


def check_code(code: StyleCode, card: ModelCard, name: str | Path) -> None:
    """Refuse a code that means nothing to a restyler; `name` is what the message calls it.

    Raises:
        CardError: the network is not a restyler.
        OptionError: the code is another network's, or has not the parts that it should have.

    """
    facts = restyler_facts(card)
    if code.model_sha256 != card.sha256:
        raise OptionError(
            name,
            f"was measured with another network ({code.model_sha256[:12]}…) than {card.name} "
            f"({card.sha256[:12]}…)",
            "use that network, or measure the style again with this one",
        )
    shape = (2, sum(facts.channels))
    parts = (code.reduced.get(factor) for factor in (1, *facts.scales))
    grams = None if facts.corrector is None else (facts.corrector.grams,)
    if any(part is None or part.shape != shape for part in parts) or grams != (
        None if code.grams is None else code.grams.shape
    ):
        raise OptionError(
            name, f"has not the form of {card.name}'s codes", "measure the style again"
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


def _form(code: StyleCode) -> tuple[str, dict[int, tuple[int, ...]], bool]:
    """Give what codes must share to be averaged."""
    shapes = {factor: part.shape for factor, part in code.reduced.items()}
    return code.model_sha256, shapes, code.grams is None


def _code_of(picture: Picture, network: Network, facts: RestylerFacts) -> StyleCode:
    """Measure one picture."""
    base = _reduced(picture.pixels, min(1.0, facts.style_size / min(picture.height, picture.width)))
    codes = _reduced_codes(base, picture.icc_profile, network, facts)
    if facts.corrector is None:
        return StyleCode(codes, network.card.sha256)
    grams = measure_grams(to_srgb(base, picture.icc_profile), network, facts.corrector)
    return StyleCode(codes, network.card.sha256, grams=grams)


def _reduced_codes(
    base: NDArray[np.float32], profile: bytes | None, network: Network, facts: RestylerFacts
) -> dict[int, Code]:
    """Codes of a picture, by the factor that it is reduced by."""
    codes = {}
    for factor in {1, *facts.scales}:
        share = max(1 / factor, LEAST_STYLE_SIDE / min(base.shape[:2]))
        samples = to_srgb(_reduced(base, share), profile)
        codes[factor] = measure_code(samples, None, 1.0, network)
    return codes


def _reduced(samples: NDArray[Any], share: float) -> NDArray[np.float32]:
    size = round(samples.shape[0] * share), round(samples.shape[1] * share)
    return to_unit(samples) if size == samples.shape[:2] else reduce_samples(samples, size)
