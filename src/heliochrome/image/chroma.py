"""Bring chroma to full size along the edges of the lightness, and encode the result as sRGB.

A network predicts chroma on a grid whose cells cover 4 to 50 pixels a side; a cell on an edge
holds a mixture of both sides. Plain interpolation smears that over the edge, and a joint bilateral
filter, which can only pick among cells, inherits the mixture from them. A local linear model of
chroma over lightness (the guided filter; fast form of He and Sun 2015, arXiv:1505.00996) undoes
it: where two areas meet, cell averages of lightness and chroma are mixed in the same proportion,
so that the line through them also holds for the pure pixels.

What differs from the paper, and why:

- It is applied in steps of 4 rather than once. A slope fitted over 3 x 3 cells of 40 pixels would
  print every grain of the film within 60 pixels of an edge into the color; in steps, the wide fits
  only see lightness averaged over many pixels.
- The line is put through each cell's own chroma instead of the mean of its window, and slopes are
  not averaged over windows. The prediction is thereby reproduced where cells are uniform, and a
  window without the edge cannot weaken one with it.
- The regularizer grows with the grain, measured as the variance inside the most uniform of the
  nearby cells.
- The result is clamped to the range of the nearby cells' chroma. Where three areas meet, or a wire
  is darker than anything the cells resolved, the line shoots past; the clamp makes a halo of a
  color that the network did not predict around there impossible. It reaches over 5 x 5 cells
  because the nearest cell that is pure may be two away.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heliochrome.image.resize import LinearSampling, resize_lightness
from heliochrome.image.srgb_encoder import SrgbEncoder
from heliochrome.image.srgb_table import SrgbTable
from heliochrome.image.strips import map_strips

Plane = NDArray[np.float32]

_STEP = 4
# From so many pixels on, 8-bit pictures are encoded with one chroma per 2 x 2 pixels and by a
# table, which nearly halves the time at 12 megapixels; below 2, filling the table costs what it
# saves. The JPEG of a camera has no finer chroma, and the network resolves far less. 16 bits would
# need a table larger than the picture.
_PAIRED_PIXELS = 1 << 22
# In L* squared. Differences of half an L* are below what a guide can be trusted with; measured on
# steps of 10 L*, this leaves 1 % of bleeding and 0.3 would be gained by going lower.
_REGULARIZER = np.float32(0.3)
_GRAIN_WEIGHT = np.float32(1.5)
# Rows of a model, each for a* and b*: slope and offset over L*, and the range of the results.
_SLOPE, _OFFSET, _LOW, _HIGH = slice(0, 2), slice(2, 4), slice(4, 6), slice(6, 8)
_MODEL_ROWS = 8


def apply_chroma(lightness: Plane, chroma_small: Plane, *, bit_depth: int) -> NDArray[Any]:
    """Color a lightness map.

    Args:
        lightness: (H, W) L*, 0..100.
        chroma_small: (h, w, 2) a* and b*, each cell the mean over its share of the picture.
        bit_depth: 8 or 16, of the output.

    Returns:
        (H, W, 3) sRGB samples, uint8 or uint16, whose lightness is the given one up to rounding
        (at most 0.5 L* at 8 bits, 0.05 at 16). Colors outside sRGB have their chroma reduced at
        constant lightness and hue. From 4 megapixels on, 8-bit results have one chroma per
        2 x 2 pixels, in steps of 0.8; the lightness is each pixel's own.

    Raises:
        ValueError: a shape or the bit depth is not one of these.

    """
    if lightness.ndim != 2 or chroma_small.ndim != 3 or chroma_small.shape[2] != 2:
        raise ValueError(f"expected (H, W) and (h, w, 2): {lightness.shape} {chroma_small.shape}")
    encoder = SrgbEncoder(bit_depth)
    full = np.ascontiguousarray(lightness, np.float32)
    output = np.empty((*full.shape, 3), encoder.dtype)
    quarter = -(-full.shape[0] // _STEP), -(-full.shape[1] // _STEP)
    small = chroma_small.shape[0], chroma_small.shape[1]
    if small[0] > quarter[0] and small[1] > quarter[1]:
        _encode_directly(encoder, full, _reach(full, chroma_small, full), output)
        return output
    guide, grain = _block_statistics(full)
    chroma = _reach(full, chroma_small, guide)
    model = _fit(chroma, guide, grain)
    table = _table_for(model) if bit_depth == 8 and full.size >= _PAIRED_PIXELS else None
    if table is None:
        _encode_enlarged(encoder, full, model, output)
    else:
        # The colors of the cells are most of the pixels' too, and faster to encode at once.
        table.encode(table.lightness_entries(guide) + table.chroma_entries(chroma))
        _encode_in_pairs(table, full, model, output)
    return output


def chroma_at(lightness: Plane, chroma_small: Plane) -> NDArray[np.float32]:
    """Bring chroma to the size of a lightness map, along its edges, and no further.

    Args:
        lightness: (H, W) L*.
        chroma_small: (h, w, 2) a* and b*.

    Returns:
        (H, W, 2) a* and b*; the means over smaller areas are about the given ones.

    """
    full = np.ascontiguousarray(lightness, np.float32)
    return np.ascontiguousarray(np.moveaxis(_reach(full, chroma_small, full), 0, -1))


def _reach(full: Plane, chroma_small: Plane, target: Plane) -> NDArray[np.float32]:
    """Bring the chroma (h, w, 2) from its grid to that of the target guide -> (2, H, W)."""
    grid = _at_most(chroma_small.shape, target.shape)
    chroma = np.stack([resize_lightness(chroma_small[..., channel], grid) for channel in (0, 1)])
    if target is full and grid == full.shape:
        return chroma
    # From full size, since cells of the target straddle the chroma's: lightness mixed in other
    # proportions than the chroma would not be on a line with it.
    coarse = resize_lightness(full, grid)
    guides = _reductions(target, grid)
    mean = resize_lightness(guides[0], _at_most(grid, guides[0].shape))
    for guide in guides:
        grain = resize_lightness(guide * guide, mean.shape) - mean * mean
        span = _span(full, target) if guide is target else (1.0, 1.0)
        chroma = _enlarge_chroma(_fit(chroma, coarse, grain), guide, span)
        coarse = mean = guide
    return chroma


def _reductions(target: Plane, grid: tuple[int, int]) -> list[Plane]:
    """Guides in steps from the grid to the target, each the means of the next."""
    guides = [target]
    for size in reversed(_sizes(grid, target.shape)[:-1]):
        guides.insert(0, resize_lightness(guides[0], _at_most(size, target.shape)))
    return guides


def _at_most(size: tuple[int, ...], limit: tuple[int, ...]) -> tuple[int, int]:
    return min(size[0], limit[0]), min(size[1], limit[1])


def _sizes(grid: tuple[int, ...], target: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Grid sizes up to the target's, each at most 4 times (rounded) the one before."""
    growth = [large / small for small, large in zip(grid, target, strict=True)]
    steps = max(1, math.ceil(math.log(max(growth), _STEP) - 0.01))
    between = [
        tuple(
            round(small * factor ** (step / steps))
            for small, factor in zip(grid, growth, strict=True)
        )
        for step in range(1, steps)
    ]
    return [*between, target]


def _span(full: Plane, target: Plane) -> tuple[float, float]:
    """How much of itself the picture is to the target, whose border blocks reach beyond it."""
    if target is full:
        return 1.0, 1.0
    return full.shape[0] / (_STEP * target.shape[0]), full.shape[1] / (_STEP * target.shape[1])


def _block_statistics(plane: Plane) -> tuple[Plane, Plane]:
    """Means and variances of 4 x 4 blocks; border blocks repeat the last pixels."""
    height, width = plane.shape
    means = np.empty((-(-height // _STEP), -(-width // _STEP)), np.float32)
    variances = np.empty_like(means)

    def process(rows: slice) -> None:
        strip = _whole_cells(plane[rows])
        mean = _strip_means(strip)
        variance = _strip_means(strip * strip)
        variance -= mean * mean
        cells = slice(rows.start // _STEP, rows.start // _STEP + len(mean))
        means[cells], variances[cells] = mean, variance

    map_strips(process, height, width, multiple=_STEP)
    return means, variances


def _whole_cells(strip: Plane) -> Plane:
    """Repeat the last rows and columns up to a multiple of 4."""
    height, width = strip.shape
    if not (height % _STEP or width % _STEP):
        return strip
    whole = np.empty((height + -height % _STEP, width + -width % _STEP), np.float32)
    whole[:height, :width] = strip
    whole[:height, width:] = strip[:, -1:]
    whole[height:] = whole[height - 1]
    return whole


def _strip_means(strip: Plane) -> Plane:
    sums = strip.reshape(-1, _STEP, strip.shape[1]).sum(axis=1)
    means: Plane = sums[:, 0::_STEP] + sums[:, 1::_STEP]
    means += sums[:, 2::_STEP]
    means += sums[:, 3::_STEP]
    means *= np.float32(1 / _STEP**2)
    return means


def _evaluate(model: NDArray[np.float32], guide: Plane) -> NDArray[np.float32]:
    chroma = model[_SLOPE]
    chroma *= guide
    chroma += model[_OFFSET]
    np.maximum(chroma, model[_LOW], out=chroma)
    np.minimum(chroma, model[_HIGH], out=chroma)
    return chroma


def _fit(chroma: NDArray[np.float32], lightness: Plane, grain: Plane) -> NDArray[np.float32]:
    """Fit the local line of chroma (2, h, w) over lightness (h, w) -> model (8, h, w)."""
    model = np.empty((_MODEL_ROWS, *lightness.shape), np.float32)
    slopes, offsets, lows, highs = (model[rows] for rows in (_SLOPE, _OFFSET, _LOW, _HIGH))

    def process(rows: slice) -> None:
        near = _with_border(lightness, rows, 1)
        mean = _window_mean(near)
        variance = _window_mean(near * near) - mean * mean
        noise = _window_extreme(np.minimum, _with_border(grain, rows, 1))
        variance = np.maximum(variance, 0) + _GRAIN_WEIGHT * np.maximum(noise, 0) + _REGULARIZER
        for channel in (0, 1):
            wide = _with_border(chroma[channel], rows, 2)
            colors = wide[1:-1, 1:-1]
            slope = _window_mean(near * colors)
            slope -= mean * _window_mean(colors)
            slope /= variance
            slopes[channel, rows] = slope
            offsets[channel, rows] = colors[1:-1, 1:-1] - slope * near[1:-1, 1:-1]
            lows[channel, rows] = _window_extreme(np.minimum, _window_extreme(np.minimum, wide))
            highs[channel, rows] = _window_extreme(np.maximum, _window_extreme(np.maximum, wide))

    map_strips(process, *lightness.shape)
    return model


def _with_border(planes: NDArray[np.float32], rows: slice, cells: int) -> NDArray[np.float32]:
    """Rows of (..., h, w) with more cells on every side, repeated at the picture's border."""
    height, width = planes.shape[-2:]
    picked = np.clip(np.arange(rows.start - cells, rows.stop + cells), 0, height - 1)
    wide = np.empty((*planes.shape[:-2], len(picked), width + 2 * cells), np.float32)
    wide[..., cells : cells + width] = planes.take(picked, axis=-2)
    wide[..., :cells] = wide[..., cells : cells + 1]
    wide[..., cells + width :] = wide[..., cells + width - 1 : cells + width]
    return wide


def _window_mean(plane: Plane) -> Plane:
    rows = plane[:-2] + plane[1:-1]
    rows += plane[2:]
    total = rows[:, :-2] + rows[:, 1:-1]
    total += rows[:, 2:]
    total *= np.float32(1 / 9)
    return total


def _window_extreme(pick: np.ufunc, plane: Plane) -> Plane:
    rows = pick(pick(plane[:-2], plane[1:-1]), plane[2:])
    extreme: Plane = pick(pick(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])
    return extreme


def _enlarge_chroma(
    model: NDArray[np.float32], guide: Plane, span: tuple[float, float]
) -> NDArray[np.float32]:
    """Interpolate a model (8, h, w) to any larger grid and apply it there -> (2, H, W)."""
    chroma = np.empty((2, *guide.shape), np.float32)
    height, width = (
        LinearSampling(small, large, fraction)
        for small, large, fraction in zip(model.shape[1:], guide.shape, span, strict=True)
    )

    wide = np.empty((*model.shape[:2], guide.shape[1]), np.float32)

    def widen(rows: slice) -> None:
        wide[:, rows] = width.sample(model[:, rows], slice(None), axis=2)

    def process(rows: slice) -> None:
        chroma[:, rows] = _evaluate(height.sample(wide, rows, axis=1), guide[rows])

    # Columns first, while there are few rows: picking single numbers is what takes the time.
    map_strips(widen, *wide.shape[1:])
    map_strips(process, *guide.shape)
    return chroma


# Weights of the cell before, the cell itself and the cell after.
_Weights = tuple[float, float, float]


def _phases(count: int) -> tuple[_Weights, ...]:
    """Weights of linear interpolation between cell centers, for each of `count` parts of a cell."""
    offsets = ((phase + 0.5) / count - 0.5 for phase in range(count))
    return tuple((max(-offset, 0.0), 1 - abs(offset), max(offset, 0.0)) for offset in offsets)


_PIXELS = _phases(_STEP)


def _enlarge_rows(model: NDArray[np.float32], rows: slice) -> NDArray[np.float32]:
    """Interpolate the cells of some rows of pixels vertically, a border column either side.

    Returns:
        (8, n, w + 2), n being 4 times the number of the rows' cells.

    """
    near = _with_border(model, _cells(rows), 1)
    tall = np.empty((_MODEL_ROWS, near.shape[1] - 2, _STEP, near.shape[-1]), np.float32)
    for phase, weights in enumerate(_PIXELS):
        _mix(near[:, :-2], near[:, 1:-1], near[:, 2:], weights, tall[:, :, phase])
    return tall.reshape(_MODEL_ROWS, -1, near.shape[-1])


def _cells(rows: slice) -> slice:
    return slice(rows.start // _STEP, -(-rows.stop // _STEP))


def _apply_model(tall: NDArray[np.float32], guide: Plane) -> NDArray[np.float32]:
    """Interpolate the columns of a model (8, n, w + 2) and apply it -> (2, n, 4, w).

    The guide (n, 4, w) has the columns of one phase in a row: interpolation weights are then
    one number for a whole array, and arrays contiguous, which more than halves the time.
    """
    chroma = np.empty((2, *guide.shape), np.float32)
    part = np.empty((*tall.shape[:2], tall.shape[2] - 2), np.float32)
    for phase, weights in enumerate(_PIXELS):
        _mix(tall[..., :-2], tall[..., 1:-1], tall[..., 2:], weights, part)
        chroma[:, :, phase] = _evaluate(part, guide[:, phase])
    return chroma


def _mix(
    before: NDArray[np.float32],
    here: NDArray[np.float32],
    after: NDArray[np.float32],
    weights: _Weights,
    output: NDArray[np.float32],
) -> None:
    neighbor, weight = (before, weights[0]) if weights[0] else (after, weights[2])
    np.multiply(here, np.float32(weights[1]), out=output)
    output += neighbor * np.float32(weight)


def _apply_to_pairs(model: NDArray[np.float32], rows: slice, guide: Plane) -> NDArray[np.float32]:
    """Enlarge some rows of a model (8, h, w) to 2 x 2 per cell and apply it -> (2, 2n, 2, w).

    The guide (2n, 2, w) is laid out as for `_apply_model`. The weights are 3/4 and 1/4 in both
    directions: with a sixteenth taken out, 3 and 1, of which the product serves both halves.
    """
    near = _with_border(model, _cells(rows), 1)
    near *= np.float32(1 / 16)
    tall = np.empty((_MODEL_ROWS, near.shape[1] - 2, 2, near.shape[-1]), np.float32)
    here = near[:, 1:-1] * np.float32(3)
    for half, neighbor in enumerate((near[:, :-2], near[:, 2:])):
        np.add(here, neighbor, out=tall[:, :, half])
    tall = tall.reshape(_MODEL_ROWS, -1, near.shape[-1])
    chroma = np.empty((2, *guide.shape), np.float32)
    here = tall[..., 1:-1] * np.float32(3)
    part = np.empty_like(here)
    for half, neighbor in enumerate((tall[..., :-2], tall[..., 2:])):
        np.add(here, neighbor, out=part)
        chroma[:, :, half] = _evaluate(part, guide[:, half])
    return chroma


def _split_columns(strip: Plane, cells: int) -> Plane:
    """Lay out lightness (n, W) as (n, 4, cells), the last columns repeated where W is short."""
    missing = _STEP * cells - strip.shape[1]
    padded = np.pad(strip, ((0, 0), (0, missing)), mode="edge") if missing else strip
    split = np.empty((strip.shape[0], _STEP, cells), np.float32)
    for phase in range(_STEP):
        split[:, phase] = padded[:, phase::_STEP]
    return split


def _join_columns(samples: NDArray[Any], output: NDArray[Any]) -> None:
    """Put planes (3, n, 4, cells) into pixels (n, W, 3)."""
    for channel, phase in np.ndindex(3, _STEP):
        columns = output[:, phase::_STEP, channel]
        columns[...] = samples[channel, :, phase, : columns.shape[1]]


def _encode_directly(
    encoder: SrgbEncoder, lightness: Plane, chroma: NDArray[np.float32], output: NDArray[Any]
) -> None:
    def process(rows: slice) -> None:
        output[rows] = np.moveaxis(encoder.encode(lightness[rows], chroma[:, rows]), 0, -1)

    map_strips(process, *lightness.shape)


def _encode_enlarged(
    encoder: SrgbEncoder, lightness: Plane, model: NDArray[np.float32], output: NDArray[Any]
) -> None:
    """Enlarge and encode strip by strip: the full-size chroma never exists as a whole."""

    def process(rows: slice) -> None:
        strip = _split_columns(lightness[rows], model.shape[2])
        tall = _enlarge_rows(model, rows)[:, : len(strip)]
        chroma = _apply_model(tall, strip)
        _join_columns(encoder.encode(strip, chroma), output[rows])

    map_strips(process, *lightness.shape, multiple=_STEP)


def _table_for(model: NDArray[np.float32]) -> SrgbTable | None:
    """Make the table of all colors that a model can give, None if it would be too large."""
    lowest, highest = model[_LOW].min(axis=(1, 2)), model[_HIGH].max(axis=(1, 2))
    return SrgbTable(lowest, highest) if SrgbTable.fits(lowest, highest) else None


def _encode_in_pairs(
    table: SrgbTable, lightness: Plane, model: NDArray[np.float32], output: NDArray[Any]
) -> None:
    """Enlarge chroma to 2 x 2 pixels, and look up each pixel's own lightness with it.

    Colors that are not in the table yet follow at the end, in one go: encoding a few for every
    strip takes longer than all the rest of its work.
    """
    late: list[tuple[NDArray[np.uint8], NDArray[np.intp], NDArray[np.int32]]] = []

    def process(rows: slice) -> None:
        strip = _whole_cells(lightness[rows])
        chroma = _apply_to_pairs(model, rows, _pair_means(strip))
        entries = table.lightness_entries(strip)
        # Both pixels of a pair are in one 64-bit number: one addition serves them, without the
        # slow spreading of every chroma over two columns.
        pairs = entries.view(np.int64).reshape(len(strip) // 2, 2, -1)
        pairs += _join_pairs(table.chroma_entries(chroma))[:, None]
        target = output[rows]
        used = np.ascontiguousarray(entries[: target.shape[0], : target.shape[1]])
        samples, missing = table.look_up(used)
        for channel in range(3):
            target[..., channel] = samples[..., channel]
        late.append((target.reshape(-1, 3), missing, used.take(missing)))

    map_strips(process, *lightness.shape, multiple=_STEP, scale=2)
    table.encode(np.concatenate([entries for _, _, entries in late]))
    for target, missing, entries in late:
        if missing.size:
            target[missing] = table.look_up(entries)[0][:, :3]


def _pair_means(strip: Plane) -> Plane:
    """Means of 2 x 2 pixels of (2n, 4w), as (n, 2, w): those of one phase in a row."""
    sums = strip[0::2] + strip[1::2]
    means = np.empty((sums.shape[0], 2, sums.shape[1] // _STEP), np.float32)
    for phase in (0, 1):
        np.add(sums[:, 2 * phase :: _STEP], sums[:, 2 * phase + 1 :: _STEP], out=means[:, phase])
    means *= np.float32(0.25)
    return means


def _join_pairs(entries: NDArray[np.int32]) -> NDArray[np.int64]:
    """Put (n, 2, w) in the order of columns, each number in both halves of 64 bits."""
    pairs = np.empty((entries.shape[0], 2 * entries.shape[2]), np.int64)
    for phase in (0, 1):
        pairs[:, phase::2] = entries[:, phase]
    pairs *= (1 << 32) + 1
    return pairs
