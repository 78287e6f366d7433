"""Colorize a photo: its lightness stays, its chroma comes from a trained network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from heliochrome.errors import CardError
from heliochrome.image.chroma import apply_chroma
from heliochrome.image.lightness import lightness
from heliochrome.image.picture import Picture
from heliochrome.image.resize import resize_lightness
from heliochrome.model.session import Network, bucket_size, pad_to
from heliochrome.tasks.distribution import ChromaDistribution
from heliochrome.tasks.existing import blend_existing, existing_share, small_chroma
from heliochrome.tasks.hints import influence, obey_hints, place_hints, rasterize
from heliochrome.tasks.options import MAX_VIVIDNESS, ColorizeOptions
from heliochrome.tasks.palette import palette_of
from heliochrome.tasks.settle import settle_chroma

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.model.card import ColorizerFacts, ModelCard

OUTPUT_STRIDE = 4  # working pixels per cell of the network's output
LEAST_WORKING_SIZE = 64  # smaller photos are enlarged to this; the network sees nothing in fewer
REFERENCE_SIZE = 256  # long side at which a reference's colors are counted
RICHEST = 1.6  # of the card's chroma scale, at the greatest vividness
BOLDEST = 1.15  # most root mean square chroma of a variant, of the expected coloring's


@dataclass(frozen=True)
class Colorization:
    """A colorized photo.

    Attributes:
        picture: sRGB of the photo's size; 16 bits per sample for 16-bit and float32 photos, else
            8. Alpha, container and metadata are the photo's.
        mean_confidence: mean of `small_confidence`.
        small_confidence: (h, w) float32, what `confidence` is made from: on the cells of the
            network, or at the size that it works at where color is kept.

    """

    picture: Picture
    mean_confidence: float
    small_confidence: NDArray[np.float32]
    _others: tuple[Callable[[], Picture], ...] = ()

    @cached_property
    def confidence(self) -> NDArray[np.float32]:
        """(H, W) float32, the probability that the chroma is within 10 ab units of the true one.

        It is 1 where the chroma was given by a hint or kept. It is made when first asked for:
        few ask, and at full size it costs time and four bytes per pixel.
        """
        return resize_lightness(self.small_confidence, (self.picture.height, self.picture.width))

    def variants(self) -> Iterator[Picture]:
        """All variants asked for, `picture` first; the others are rendered one at a time."""
        yield self.picture
        for render in self._others:
            yield render()


def colorize(
    picture: Picture, network: Network, options: ColorizeOptions | None = None
) -> Colorization:
    """Colorize `picture` with a network whose task is "colorize".

    Only the luminance of the photo is used, whatever color it has (see
    `ColorizeOptions.keep_existing`), and it is the luminance of the result.

    Raises:
        CardError: the network is not a colorizer.
        OptionError: a hint lies outside the photo.
        ModelError: the network failed.

    """
    chosen = options or ColorizeOptions()
    facts = colorizer_facts(network.card)
    scene = _observe(picture, network.card, chosen)
    distribution = _predict(scene, network, facts, chosen)
    decode = _decoder(scene, facts, chosen)
    expected = _expected(distribution, decode, chosen)

    def render(index: int) -> Picture:
        chroma = expected
        if index:
            drawn = distribution.draw(np.random.default_rng((chosen.seed, index)))
            chroma = _no_bolder(decode(drawn), BOLDEST * expected)
        chroma = obey_hints(chroma, _dimmed(scene.placed, chosen), scene.influence)
        return _finish(picture, scene, chroma)

    confidence = _confidence(scene, distribution, facts)
    return Colorization(
        picture=render(0),
        mean_confidence=float(confidence.mean()),
        small_confidence=confidence,
        _others=tuple(partial(render, index) for index in range(1, chosen.variants)),
    )


def predict_chroma(
    lightness: NDArray[np.float32], network: Network, options: ColorizeOptions
) -> tuple[NDArray[np.float32], float]:
    """Give the chroma that a photo is colorized with, without colorizing it.

    Args:
        lightness: (H, W) L* of the photo, or of a reduction that is not smaller than the network's
            working size.
        network: whose task is "colorize".
        options: of which those about variants and existing color do not count.

    Returns:
        a* and b* (h, w, 2) on the network's cells, and the mean confidence.

    Raises:
        CardError: the network is not a colorizer.
        OptionError: a hint lies outside the photo.
        ModelError: the network failed.

    """
    facts = colorizer_facts(network.card)
    scene = _scene(lightness, network.card, options)
    distribution = _predict(scene, network, facts, options)
    expected = _expected(distribution, _decoder(scene, facts, options), options)
    chroma = obey_hints(expected, _dimmed(scene.placed, options), scene.influence)
    return chroma, float(_confidence(scene, distribution, facts).mean())


def colorizer_facts(card: ModelCard) -> ColorizerFacts:
    """Give what a colorizer's card says about its bins and operating point.

    Raises:
        CardError: the card is of a network for another task.

    """
    if card.colorizer is None:
        raise CardError(card.name, f"is a network for '{card.task}'", "choose a colorizer")
    return card.colorizer


def operating_point(options: ColorizeOptions, facts: ColorizerFacts) -> tuple[float, float]:
    """Temperature and chroma scale that `options.vividness` stands for.

    From 0 to 1 the chroma scale rises linearly from 0 to the card's, at the card's temperature.
    From 1 to 2 it rises on to `RICHEST` of the card's. The temperature stays: a lower one moves the
    mean from a compromise of the plausible colors to the likeliest one, and that is mostly gray.
    """
    beyond = max(options.vividness - 1, 0) / (MAX_VIVIDNESS - 1)
    scale = facts.chroma_scale * min(options.vividness, 1) * (1 + (RICHEST - 1) * beyond)
    return (options.temperature or facts.temperature), scale


# What makes chroma on the network's cells of a distribution.
_Decode = Callable[[ChromaDistribution], "NDArray[np.float32]"]


def _decoder(scene: _Scene, facts: ColorizerFacts, options: ColorizeOptions) -> _Decode:
    temperature, scale = operating_point(options, facts)

    def decode(drawn: ChromaDistribution) -> NDArray[np.float32]:
        return scale * settle_chroma(drawn.mean(temperature), drawn.spread, scene.cells)

    return decode


def _expected(
    distribution: ChromaDistribution, decode: _Decode, options: ColorizeOptions
) -> NDArray[np.float32]:
    expected = decode(distribution)
    if options.reference is not None:
        expected = _no_bolder(expected, _reference_chroma(options.reference))
    return expected


def _no_bolder(chroma: NDArray[np.float32], model: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale chroma (h, w, 2) down to the root mean square of a model (any size, 2) if above it.

    The chroma scale makes up for a mean being paler than any of the colors it is the mean of. A
    draw has decided for one, and a palette leaves few to choose from: these are not pale.
    """
    own, wanted = (float(np.sqrt(np.mean(planes**2))) for planes in (chroma, model))
    return chroma * np.float32(min(1.0, wanted / max(own, 1e-6)))


def working_size(height: int, width: int, card: ModelCard) -> tuple[int, int]:
    """Size (h, w) in pixels at which the network sees a photo of `height` by `width`.

    The long side is the card's working size, or the photo's own where that is smaller (but at
    least `LEAST_WORKING_SIZE`). The aspect ratio is the photo's, to the nearest output cell.
    """
    least = min(LEAST_WORKING_SIZE, card.working_size)
    scale = min(max(height, width, least), card.working_size) / max(height, width)
    cells = (max(1, round(side * scale / OUTPUT_STRIDE)) for side in (height, width))
    rows, columns = cells
    return rows * OUTPUT_STRIDE, columns * OUTPUT_STRIDE


@dataclass(frozen=True)
class _Scene:
    """A photo as the network is to see it.

    lightness: (H, W) at full size; small: (h, w) at the working size; cells: (h / 4, w / 4), on the
    cells of the network's output.
    placed, influence: hints (n, 5), and their weights (n, h / 4, w / 4) on the output's cells.
    known: (h, w, 2), chroma of the photo itself, and share: (h, w) where it is kept.
    """

    lightness: NDArray[np.float32]
    small: NDArray[np.float32]
    cells: NDArray[np.float32]
    placed: NDArray[np.float64]
    influence: NDArray[np.float32]
    known: NDArray[np.float32] | None
    share: NDArray[np.float32] | None


def _observe(picture: Picture, card: ModelCard, options: ColorizeOptions) -> _Scene:
    full = lightness(picture)
    if not options.keep_existing or picture.is_gray:
        return _scene(full, card, options)
    return _scene(
        full,
        card,
        options,
        small_chroma(picture, working_size(picture.height, picture.width, card)),
    )


def _scene(
    full: NDArray[np.float32],
    card: ModelCard,
    options: ColorizeOptions,
    known: NDArray[np.float32] | None = None,
) -> _Scene:
    size = working_size(full.shape[0], full.shape[1], card)
    cells = (size[0] // OUTPUT_STRIDE, size[1] // OUTPUT_STRIDE)
    placed = place_hints(options.hints, full.shape)
    small = resize_lightness(full, size)
    on_cells = resize_lightness(small, cells)
    return _Scene(
        lightness=full,
        small=small,
        placed=placed,
        cells=on_cells,
        influence=influence(placed, on_cells),
        known=known,
        share=None if known is None else existing_share(known),
    )


def _predict(
    scene: _Scene, network: Network, facts: ColorizerFacts, options: ColorizeOptions
) -> ChromaDistribution:
    centers = np.array(facts.bins, np.float32)
    hints, mask = _hint_planes(scene)
    height, width = scene.small.shape
    padded = bucket_size(height, width, network.card.size_multiple)
    inputs = {
        "lightness": pad_to(scene.small[None, None], *padded),
        "hints": pad_to(hints[None], *padded),
        "mask": pad_to(mask[None], *padded),
        "palette": _palette_row(options.reference, centers),
    }
    logits = network.run(inputs)["logits"][0]
    seen = logits[:, : height // OUTPUT_STRIDE, : width // OUTPUT_STRIDE]
    return ChromaDistribution(np.ascontiguousarray(seen.transpose(1, 2, 0)), centers)


def _hint_planes(scene: _Scene) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Hints (2, h, w) and mask (1, h, w): the photo's own color, under the hints given."""
    hints, mask = rasterize(scene.placed, scene.small.shape)
    if scene.known is None or scene.share is None:
        return hints, mask
    own = ((scene.share > 0.5) & (mask[0] == 0)).astype(np.float32)
    return hints + own * scene.known.transpose(2, 0, 1), mask + own


def _palette_row(reference: Picture | None, centers: NDArray[np.float32]) -> NDArray[np.float32]:
    if reference is None:
        return np.zeros((1, len(centers) + 2), np.float32)
    return palette_of(_reference_chroma(reference), centers)[None]


def _reference_chroma(reference: Picture) -> NDArray[np.float32]:
    scale = min(1.0, REFERENCE_SIZE / max(reference.height, reference.width))
    size = (max(1, round(reference.height * scale)), max(1, round(reference.width * scale)))
    return small_chroma(reference, size)


def _dimmed(placed: NDArray[np.float64], options: ColorizeOptions) -> NDArray[np.float64]:
    """Scale the hints' chroma below vividness 1, so that 0 is gray everywhere."""
    return placed * ([1, 1, 1] + [min(options.vividness, 1)] * 2)


def _finish(picture: Picture, scene: _Scene, chroma: NDArray[np.float32]) -> Picture:
    depth = 8 if picture.bit_depth == 8 else 16
    pixels = apply_chroma(scene.lightness, chroma, bit_depth=depth)
    if scene.share is not None:
        pixels = blend_existing(pixels, picture, scene.share)
    alpha = picture.alpha
    if alpha is not None and alpha.dtype == np.float32:
        alpha = np.rint(np.clip(alpha, 0, 1) * 65535).astype(np.uint16)
    return replace(picture, pixels=pixels, alpha=alpha, icc_profile=None)


def _confidence(
    scene: _Scene, distribution: ChromaDistribution, facts: ColorizerFacts
) -> NDArray[np.float32]:
    """Confidence on the output's cells, or at the working size where color is kept."""
    confidence = distribution.confidence(facts.confidence)
    if len(scene.placed):
        confidence = np.maximum(confidence, scene.influence.max(axis=0))
    if scene.share is not None:
        confidence = np.maximum(resize_lightness(confidence, scene.share.shape), scene.share)
    return np.clip(confidence, 0, 1)
