"""Color large 8-bit pictures: chroma for pairs of pixels either way, lightness for every pixel.

All that concerns chroma is done on the picture halved. A pixel's color is then looked up, in a
table that holds the picture's chroma, in steps, at every lightness.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heliochrome.image.chroma_blocks import blocks_of, fit_blocks
from heliochrome.image.local_lines import HIGH, LOW, OFFSET, SLOPE, Plane, Planes
from heliochrome.image.phases import (
    EXCESS,
    STEP,
    cells_of,
    enlarge_columns,
    enlarge_rows,
    join,
    split,
)
from heliochrome.image.srgb_table import ChromaSteps, SrgbTable
from heliochrome.image.strips import map_strips

Codes = NDArray[np.uint16]


def color_pairs(lightness: Plane, chroma_small: NDArray[np.float32]) -> NDArray[np.uint8] | None:
    """Color a lightness map with one chroma per 2 x 2 pixels.

    Args:
        lightness: (H, W) L*, contiguous.
        chroma_small: (h, w, 2) a* and b*.

    Returns:
        (H, W, 3) sRGB, or None where this way is closed: the chroma is finer than 8 x 8 pixels, or
        has too wide a range.

    """
    height, width = lightness.shape
    halved = -(-height // 2), -(-width // 2)
    if any(
        cells > most for cells, most in zip(chroma_small.shape, blocks_of(*halved), strict=False)
    ):
        return None
    half = _halve(lightness)
    model = fit_blocks(half, chroma_small, (height / 2, width / 2))
    steps = ChromaSteps(model[LOW].min(axis=(1, 2)), model[HIGH].max(axis=(1, 2)))
    if not steps.fit:
        return None
    codes, used = _encode_chroma(half, model, steps)
    return _look_up(lightness, codes, SrgbTable(steps, np.flatnonzero(used)))


def _halve(plane: Plane) -> Plane:
    """Give the means of 2 x 2 pixels; border pairs repeat the last pixels."""
    height, width = plane.shape
    half = np.empty((-(-height // 2), -(-width // 2)), np.float32)

    def process(rows: slice) -> None:
        top, bottom = plane[rows][0::2], plane[rows][1::2]
        sums = np.empty((len(top), 2 * half.shape[1]), np.float32)
        np.add(top[: len(bottom)], bottom, out=sums[: len(bottom), :width])
        np.add(top[len(bottom) :], top[len(bottom) :], out=sums[len(bottom) :, :width])
        sums[:, width:] = sums[:, width - 1 : width]
        means = half[rows.start // 2 : rows.start // 2 + len(top)]
        np.add(sums[:, 0::2], sums[:, 1::2], out=means)
        means *= np.float32(0.25)

    map_strips(process, height, width, multiple=2, scale=2)
    return half


def _encode_chroma(
    half: Plane, model: Planes, steps: ChromaSteps
) -> tuple[Codes, NDArray[np.bool_]]:
    """Enlarge and apply a model (8, h, w), and give codes (H, W) and which of all codes occur.

    The range of a cell's results is not interpolated, which halves the work: where it counts,
    beside edges, that of the next cell is nearly always the same.
    """
    codes = np.empty(half.shape, np.uint16)
    used = np.zeros(steps.count, np.bool_)
    lines = model[: OFFSET.stop] * steps.SCALE
    lines[OFFSET] += steps.origin
    low, high = (_limits(model[rows] * steps.SCALE + steps.origin) for rows in (LOW, HIGH))

    def process(rows: slice) -> None:
        cells = cells_of(rows)
        guide = split(half[rows], model.shape[2])
        levels = np.empty((2, *guide.shape), np.int16)
        for column, line in enlarge_columns(enlarge_rows(lines, cells)):
            for chroma in line[SLOPE]:
                chroma *= guide[column]
            line[SLOPE] += line[OFFSET]
            levels[:, column] = line[SLOPE]
        for channel, found in enumerate(levels.reshape(2, STEP * STEP, *guide.shape[2:])):
            np.maximum(found, low[channel, cells], out=found)
            np.minimum(found, high[channel, cells], out=found)
        target = codes[rows]
        join(steps.codes(levels), target)
        counts = np.bincount(target.ravel(), minlength=steps.count)
        # Only ever set: strips that do so at once do not undo each other.
        used[counts > 0] = True

    map_strips(process, *half.shape, multiple=STEP, scale=2)
    return codes, used


def _limits(chroma: Planes) -> NDArray[np.int16]:
    """Cut off steps (2, h, w), and lay them out as cells are."""
    return np.pad(chroma.astype(np.int16), ((0, 0), (0, 0), (0, EXCESS)), mode="edge")


def _look_up(lightness: Plane, codes: Codes, table: SrgbTable) -> NDArray[np.uint8]:
    """Look up every pixel's own lightness with the chroma of its pair."""
    height, width = lightness.shape
    output = np.empty((height, width, 3), np.uint8)

    def process(rows: slice) -> None:
        strip = lightness[rows]
        chroma = table.rows(codes[rows.start // 2 : -(-rows.stop // 2)])
        # Both pixels of a pair are in one 64-bit number: one addition serves them, without the
        # slow spreading of every chroma over two columns.
        chroma *= (1 << 32) + 1
        entries = np.empty((len(strip), width), np.int64)
        levels = table.levels(strip)
        for row in (0, 1):
            own = np.zeros((chroma.shape[0], 2 * chroma.shape[1]), np.int32)
            own[: len(levels[row::2]), :width] = levels[row::2]
            pairs = own.view(np.int64)
            pairs += chroma
            entries[row::2] = own[: len(levels[row::2]), :width]
        _pack(table.look_up(entries.reshape(-1)), output[rows].reshape(-1))

    map_strips(process, height, width, multiple=STEP)
    return output


def _pack(samples: NDArray[np.uint32], output: NDArray[np.uint8]) -> None:
    """Drop the fourth byte, which is 0, of samples (n,) -> bytes (3n,).

    Two pixels are three numbers of 16 bits, and copying numbers is what takes the time.
    """
    even = samples.size // 2 * 2
    twos = samples[:even].view("<u8")
    later = twos >> np.uint64(8)
    mixed = twos | later
    target = output[: 3 * even].view("<u2").reshape(-1, 3)
    for part, source in enumerate((twos, mixed, later)):
        target[:, part] = source.view("<u2")[part::4]
    output[3 * even :] = samples[even:].view(np.uint8)[:3]
