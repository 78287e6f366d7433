"""How a restyler is spoken to: its inputs, and the codes that its encoder gives.

A code (2, C) holds the mean and the deviation of every channel of the encoder's features. It is
measured over whole pictures, in tiles where they are large: the moments of the tiles add up, each
by the pixels that it counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from heliochrome.errors import CardError, ModelError
from heliochrome.image.samples import to_lab
from heliochrome.model.tiling import Span, Tile, plan_tiles

if TYPE_CHECKING:
    from heliochrome.model.card import ModelCard, RestylerFacts
    from heliochrome.model.session import Network

Code = NDArray[np.float64]

# Mirrored pixels around a photo where it is measured: its border is to look like the rest.
BORDER = 32
VARIANCE_FLOOR = 1e-5  # added to every variance, as in training
ENCODER_TILE = 1024  # px a side of the tiles that codes are measured in

# Side, px, of the squares that noise is drawn in, and what makes their places positive.
NOISE_BLOCK = 64
_NOISE_OFFSET = 2**32

_INPUTS = {"picture", "weight", "noise", "content", "style", "detail"}
_CORRECTOR_INPUTS = {"draft", "draft_weight", "now", "wanted"}


def restyler_facts(card: ModelCard) -> RestylerFacts:
    """Give what a restyler's card says about its codes.

    Raises:
        CardError: the card is of a network for another task, or of another form.

    """
    facts = card.restyler
    if facts is None:
        raise CardError(card.name, f"is a network for '{card.task}'", "choose a restyler")
    shapes = {fact.name: fact.shape for fact in card.inputs}
    inputs, outputs = set(_INPUTS), {"moments", *(f"x{scale}" for scale in facts.scales)}
    code: tuple[int, ...] = (2, sum(facts.channels))
    rows = dict.fromkeys(("content", "style", "detail"), code)
    if facts.corrector is not None:
        inputs |= _CORRECTOR_INPUTS
        steps = range(1, max(facts.corrector.steps) + 1)
        outputs |= {"grams", *(f"corrected{step}" for step in steps)}
        rows |= dict.fromkeys(("now", "wanted"), (facts.corrector.grams,))
    if (
        shapes.keys() != inputs
        or {fact.name for fact in card.outputs} != outputs
        or shapes["noise"][1:2] != (facts.noise,)
        or any(shapes[name][1:] != row for name, row in rows.items())
    ):
        raise CardError(
            card.name,
            f"has the architecture '{card.architecture}', whose inputs and outputs are not those "
            "of a restyler",
            "export the network with this version of heliochrome",
        )
    return facts


def measure_code(
    samples: NDArray[Any], profile: bytes | None, mask: float, network: Network
) -> Code:
    """Measure the code (2, C) of a whole picture.

    Args:
        samples: (H, W, 1 or 3), of any depth, encoded as `profile` says.
        profile: ICC, or None for sRGB.
        mask: 1 when the network is to see its color, 0 when not.
        network: the restyler.

    """
    card, facts = network.card, restyler_facts(network.card)
    height, width = samples.shape[:2]
    plan = plan_tiles(
        height,
        width,
        halo=facts.encoder_halo,
        border=BORDER,
        multiple=card.size_multiple,
        most=ENCODER_TILE,
    )
    total = np.zeros((2, sum(facts.channels)))
    for tile in plan:
        planes = picture_planes(tile.read(samples), profile, mask)
        calm = np.zeros((facts.noise, *plan.shape), np.float32)
        inputs = network_inputs(card, tile, planes, calm)
        total += tile.area * network.run(inputs, ["moments"])["moments"][0].astype(np.float64)
    return code_of(total / (height * width))


def code_of(moments: Code) -> Code:
    """Give the mean and deviation (2, C) of the means of x and of its square (2, C)."""
    mean, square = moments
    return np.stack([mean, np.sqrt(np.maximum(square - mean**2, 0) + VARIANCE_FLOOR)])


def picture_planes(
    samples: NDArray[Any], profile: bytes | None, mask: float
) -> NDArray[np.float32]:
    """Give samples (h, w, 1 or 3) as the network takes them: L*, a*, b*, mask (4, h, w)."""
    planes = np.empty((4, *samples.shape[:2]), np.float32)
    planes[:3] = to_lab(samples, profile)
    planes[1:3] *= np.float32(mask)
    planes[3] = mask
    return planes


def noise_planes(tile: Tile, count: int) -> NDArray[np.float32]:
    """Give `count` planes of standard normal noise (count, h, w) for a tile.

    A place in the picture has the same noise in every tiling.
    """
    rows, columns = tile.rows, tile.columns
    planes = np.empty((count, rows.length, columns.length), np.float32)
    for row, high, drawn_rows in _blocks(rows):
        for column, wide, drawn_columns in _blocks(columns):
            key = np.array([row + _NOISE_OFFSET, column + _NOISE_OFFSET], np.uint64)
            stream = np.random.Generator(np.random.Philox(key=key))
            block = stream.standard_normal((count, NOISE_BLOCK, NOISE_BLOCK), dtype=np.float32)
            planes[:, high, wide] = block[:, drawn_rows, drawn_columns]
    return planes


def _blocks(span: Span) -> Iterator[tuple[int, slice, slice]]:
    """Give the blocks of noise under a span: their number, where they go, what of them is used."""
    end = span.first + span.length
    for number in range(span.first // NOISE_BLOCK, -(-end // NOISE_BLOCK)):
        origin = number * NOISE_BLOCK
        start, stop = max(origin, span.first), min(origin + NOISE_BLOCK, end)
        yield (
            number,
            slice(start - span.first, stop - span.first),
            slice(start - origin, stop - origin),
        )


def finite(result: NDArray[np.float32], network: Network) -> NDArray[np.float32]:
    """Give a result of a network if it is made of numbers.

    Raises:
        ModelError: it is not.

    """
    if not np.isfinite(result).all():
        raise ModelError(
            network.card.name,
            "gave values that are not numbers",
            "try the other backend, or verify it with `heliochrome models verify`",
        )
    return result


def idle_inputs(card: ModelCard) -> dict[str, NDArray[np.float32]]:
    """Give all inputs of a restyler as zeros, as small as they may be.

    A run needs all inputs; these are for those that no wanted output depends on.
    """
    sides = {"N": 1}
    shapes = {
        fact.name: [
            side if isinstance(side, int) else sides.get(side, card.size_multiple)
            for side in fact.shape
        ]
        for fact in card.inputs
    }
    return {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}


def network_inputs(
    card: ModelCard,
    tile: Tile,
    planes: NDArray[np.float32],
    noise: NDArray[np.float32],
    **codes: Code,
) -> dict[str, NDArray[np.float32]]:
    """Give all inputs of a restyler for one tile; the codes that matter are (2, C)."""
    return {
        **idle_inputs(card),
        "picture": planes[None],
        "weight": tile.weight()[None, None],
        "noise": noise[None],
        **{name: code.astype(np.float32)[None] for name, code in codes.items()},
    }
