"""Corrections of a restyled draft: the network looks at it, and brings it nearer to the style.

What a network's critic makes of a picture are Gram matrices, in one row of numbers. They are
measured over the whole draft before each correction, so that all of its tiles are corrected
towards the same end: no seams.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from heliochrome.image.samples import from_unit, to_unit
from heliochrome.model.tiling import Tile, TilePlan, plan_tiles
from heliochrome.tasks.restyler_network import BORDER, finite, idle_inputs

if TYPE_CHECKING:
    from heliochrome.model.card import CorrectorFacts
    from heliochrome.model.session import Network

Grams = NDArray[np.float64]

# Most pixels a side of a tile: the critic and its slopes take about 3 kB per pixel.
TILE_SIDE = 768


def measure_grams(samples: NDArray[Any], network: Network, facts: CorrectorFacts) -> Grams:
    """Measure the Gram matrices (G,) of a whole picture.

    Args:
        samples: (H, W, 3) sRGB, of any depth.
        network: the restyler.
        facts: of its corrector.

    """
    height, width = samples.shape[:2]
    total: Grams = np.zeros(facts.grams)
    for tile in _plan(height, width, facts, network):
        inputs = _inputs(network, tile, samples)
        total += tile.area * network.run(inputs, ["grams"])["grams"][0].astype(np.float64)
    total /= height * width
    return total


def correct_draft(
    draft: NDArray[np.uint16],
    style: Grams,
    count: int,
    strength: float,
    network: Network,
    facts: CorrectorFacts,
) -> NDArray[np.uint16]:
    """Correct a draft (H, W, 3) towards a style's Gram matrices (G,), `count` times.

    At a strength below 1, what it is corrected towards lies between the draft's and the style's.
    """
    wanted = None
    for step in correction_steps(count, max(facts.steps)):
        now = measure_grams(draft, network, facts)
        if wanted is None:
            wanted = now + strength * (style - now)
        better = np.empty_like(draft)
        for tile in _plan(draft.shape[0], draft.shape[1], facts, network):
            inputs = _inputs(network, tile, draft, now=now, wanted=wanted)
            name = f"corrected{step}"
            result = finite(network.run(inputs, [name])[name][0], network)
            kept = result[:, *tile.kept()].transpose(1, 2, 0)
            better[tile.placed()] = from_unit(kept, draft.dtype)
        draft = better
    return draft


def correction_steps(count: int, known: int) -> Sequence[int]:
    """Give which of a network's `known` corrections to make, `count` in all.

    Beyond what it knows, its last two take turns, so that the very last ends as in training: of the
    orders tried, the one that came nearest to styles.
    """
    if count <= known:
        return range(1, count + 1)
    if known == 1:
        return (1,) * count
    first = range(1, known - 1)
    pairs, odd = divmod(count - len(first), 2)
    return (*first, *(known - 1,) * odd, *(known - 1, known) * pairs)


def _plan(height: int, width: int, facts: CorrectorFacts, network: Network) -> TilePlan:
    return plan_tiles(
        height,
        width,
        halo=facts.halo,
        border=BORDER,
        multiple=network.card.size_multiple,
        most=TILE_SIDE,
    )


def _inputs(
    network: Network,
    tile: Tile,
    samples: NDArray[Any],
    **grams: Grams,
) -> dict[str, NDArray[np.float32]]:
    """Give all inputs of a restyler with a tile of a draft, and the Gram matrices that matter."""
    part = to_unit(tile.read(samples)).transpose(2, 0, 1)
    return {
        **idle_inputs(network.card),
        "draft": part[None],
        "draft_weight": tile.weight()[None, None],
        **{name: values.astype(np.float32)[None] for name, values in grams.items()},
    }
