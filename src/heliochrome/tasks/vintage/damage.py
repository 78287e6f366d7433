"""Dust, hairs, scratches and spots, drawn after shapes that were measured on real ones.

Shapes come from 150 binary masks of real damage; benchmarks/damage_shapes.py prints the figures.
The masks do not say how large an object was on the film, so sizes are the look's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from heliochrome.tasks.vintage.fields import Purpose, stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.tasks.vintage.parameters import Damage

    Plane = NDArray[np.float32]
    Points = NDArray[np.float64]

# Measured on 106 hairs: length / width has the median 88 and a lognormal spread of 0.37. Their
# direction turns by 3.0 rad (rms) from end to end, evenly, and wanders about that by 0.38 rad, with
# a correlation length of 0.08 of their own.
HAIR_SLENDERNESS, HAIR_SPREAD = 88.0, 0.37
HAIR_TURNING, HAIR_WANDER, HAIR_CORRELATION = 3.0, 0.38, 0.08
# On 64 specks: a lognormal spread of the diameter of 0.38, axes of 2.5 to 1 with a spread of 0.31.
SPECK_SPREAD, SPECK_SLENDERNESS, SLENDERNESS_SPREAD = 0.38, 2.5, 0.31
# On 7 solid stains: the outline's radius varies by 0.24 in its second harmonic and by about
# 0.6 n^-1.5 in those above; a lognormal spread of the diameter of 0.27.
SPOT_ELONGATION, SPOT_ROUGHNESS, SPOT_FALL, SPOT_SPREAD = 0.24, 0.6, 1.5, 0.27
_HARMONICS = np.arange(2, 17)

# Scratches are not in the masks: mostly along the film, long, nearly straight.
_SCRATCH_LENGTH, _SCRATCH_LENGTH_SPREAD = 0.12, 0.8  # of the long side; lognormal
_SCRATCH_TURNING, _SCRATCH_WANDER = 0.12, 0.02  # radians
_SCRATCHES_ALONG, _SCRATCH_TILT = 0.7, 0.06  # share that follow the film, and their tilt in radians

_STEPS = 48  # pieces that a hair or a scratch is drawn in
_SPECK_STEPS = 3
_FAINTEST = 0.35  # opacity of the faintest object


@dataclass(frozen=True, slots=True)
class Strokes:
    """Lines with round ends, in pixels: row i goes from (x, y)[i] to (x, y)[i + m].

    ends: (m, 4) x0, y0, x1, y1; width, opacity: (m,); light: (m,), which of them are light.
    """

    ends: NDArray[np.float32]
    width: NDArray[np.float32]
    opacity: NDArray[np.float32]
    light: NDArray[np.bool_]

    def draw(self, rows: slice, width: int) -> tuple[Plane, Plane]:
        """Coverage (n, W) in 0..1 by light and by dark strokes, on some rows."""
        shape = (rows.stop - rows.start, width)
        light, dark = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        for index in np.flatnonzero(self._touch(rows)):
            _draw_stroke(
                light if self.light[index] else dark,
                self.ends[index],
                float(self.width[index]),
                float(self.opacity[index]),
                rows.start,
            )
        return light, dark

    def _touch(self, rows: slice) -> NDArray[np.bool_]:
        margin = self.width / 2 + 1
        low = np.minimum(self.ends[:, 1], self.ends[:, 3]) - margin
        high = np.maximum(self.ends[:, 1], self.ends[:, 3]) + margin
        touching: NDArray[np.bool_] = (high > rows.start) & (low < rows.stop)
        return touching


def make_strokes(damage: Damage, height: int, width: int, pixel: float, seed: int) -> Strokes:
    """Draw up all dust, hairs and scratches of a picture of `height` x `width` pixels.

    Args:
        damage: how many of what.
        height: of the picture, in pixels.
        width: of the picture, in pixels.
        pixel: side of a pixel on the film, micrometers.
        seed: of the draw; places are shares of the picture, so any size of it has the same.

    """
    lines = [
        *_specks(stream(seed, Purpose.DUST), damage, pixel, (width, height)),
        *_hairs(stream(seed, Purpose.HAIRS), damage, pixel, (width, height)),
        *_scratches(stream(seed, Purpose.SCRATCHES), damage, pixel, (width, height)),
    ]
    if not lines:
        none = np.zeros(0, np.float32)
        return Strokes(np.zeros((0, 4), np.float32), none, none, none.astype(np.bool_))
    counts = [len(line.points) - 1 for line in lines]
    ends = [np.hstack([line.points[:-1], line.points[1:]]) for line in lines]
    return Strokes(
        np.concatenate(ends).astype(np.float32),
        np.repeat([line.width for line in lines], counts).astype(np.float32),
        np.repeat([line.opacity for line in lines], counts).astype(np.float32),
        np.repeat([line.light for line in lines], counts),
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """A polyline: points (m, 2) as x, y, its width and opacity, whether it is light."""

    points: Points
    width: float
    opacity: float
    light: bool


def _specks(
    random: np.random.Generator, damage: Damage, pixel: float, size: tuple[int, int]
) -> Iterator[_Line]:
    for _ in range(round(damage.dust)):
        diameter = damage.dust_size / pixel * random.lognormal(0, SPECK_SPREAD)
        slender = max(1.0, SPECK_SLENDERNESS * random.lognormal(0, SLENDERNESS_SPREAD))
        # A capsule of this width, `slender` times as long, has the area of the disc.
        width = diameter / math.sqrt(1 + 4 / math.pi * (slender - 1))
        path = walk(random, (slender - 1) * width, turning=1.0, wander=0, steps=_SPECK_STEPS)
        yield _placed(random, path, size, width, random.random() < damage.light)


def _hairs(
    random: np.random.Generator, damage: Damage, pixel: float, size: tuple[int, int]
) -> Iterator[_Line]:
    for _ in range(round(damage.hairs)):
        width = damage.hair_width / pixel * random.lognormal(0, SPECK_SPREAD)
        length = width * HAIR_SLENDERNESS * random.lognormal(0, HAIR_SPREAD)
        path = walk(random, length, turning=HAIR_TURNING, wander=HAIR_WANDER, steps=_STEPS)
        yield _placed(random, path, size, width, random.random() < damage.light)


def _scratches(
    random: np.random.Generator, damage: Damage, pixel: float, size: tuple[int, int]
) -> Iterator[_Line]:
    for _ in range(round(damage.scratches)):
        width = damage.scratch_width / pixel * random.lognormal(0, SPECK_SPREAD)
        length = max(size) * _SCRATCH_LENGTH * random.lognormal(0, _SCRATCH_LENGTH_SPREAD)
        along, tilt, free = random.random(), random.normal(0, _SCRATCH_TILT), random.random()
        film = 0.0 if size[0] >= size[1] else math.pi / 2
        direction = film + tilt if along < _SCRATCHES_ALONG else math.pi * free
        path = walk(
            random,
            length,
            turning=_SCRATCH_TURNING,
            wander=_SCRATCH_WANDER,
            steps=_STEPS,
            direction=direction,
        )
        yield _placed(random, path, size, width, light=True)


def walk(
    random: np.random.Generator,
    length: float,
    *,
    turning: float,
    wander: float,
    steps: int,
    direction: float | None = None,
) -> Points:
    """Points (steps + 1, 2) of a line of `length` that turns evenly and wanders about that.

    Args:
        random: where chance comes from.
        length: of the line, in any unit.
        turning: standard deviation of the angle between its ends' directions, radians.
        wander: standard deviation of the direction about the even turn, radians.
        steps: straight pieces of equal length.
        direction: of the middle, radians; by chance when None.

    """
    angle = 2 * math.pi * random.random() if direction is None else direction
    along = (np.arange(steps) + 0.5) / steps - 0.5
    angles = angle + random.normal(0, turning) * along
    if wander:
        angles = angles + wander * _correlated(random, steps)
    moves = length / steps * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.concatenate([np.zeros((1, 2)), moves.cumsum(axis=0)])


def _correlated(random: np.random.Generator, count: int) -> Points:
    """Give `count` normal numbers whose correlation is 1 / e at the hairs' correlation length."""
    sigma = HAIR_CORRELATION * count / 2
    reach = math.ceil(3 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= math.sqrt((kernel**2).sum())
    return np.convolve(random.standard_normal(count + 2 * reach), kernel, "valid")


def _placed(
    random: np.random.Generator, path: Points, size: tuple[int, int], width: float, light: bool
) -> _Line:
    center = random.random(2) * size
    opacity = _FAINTEST + (1 - _FAINTEST) * random.random()
    # What is thinner than a pixel covers only so much of it.
    return _Line(path - path.mean(axis=0) + center, max(width, 1), opacity * min(width, 1), light)


def _draw_stroke(
    plane: Plane, ends: NDArray[np.float32], width: float, opacity: float, top: int
) -> None:
    """Draw one straight piece into `plane` (n, W), whose first row is the picture's row `top`."""
    x0, y0, x1, y1 = (float(value) for value in ends)
    reach = width / 2 + 1
    rows = _covered(min(y0, y1) - reach - top, max(y0, y1) + reach - top, plane.shape[0])
    columns = _covered(min(x0, x1) - reach, max(x0, x1) + reach, plane.shape[1])
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] + np.float32(top + 0.5 - y0)
    x = np.arange(columns.start, columns.stop, dtype=np.float32) + np.float32(0.5 - x0)
    dx, dy = x1 - x0, y1 - y0
    along = np.clip((x * dx + y * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
    distance = np.hypot(x - along * dx, y - along * dy)
    coverage = np.clip(width / 2 + 0.5 - distance, 0, 1) * opacity
    window = plane[rows, columns]
    np.maximum(window, coverage, out=window, casting="same_kind")


def _covered(low: float, high: float, count: int) -> slice:
    return slice(max(math.floor(low), 0), min(math.ceil(high), count))


@dataclass(frozen=True, slots=True)
class Spots:
    """Soft brown spots and drying marks, in pixels.

    center: (m, 2) x, y; radius: (m,); amplitude, phase: (m, harmonics) of the outline;
    rim: (m,), 0 for a spot that is darkest in the middle, 1 for one with a dark rim.
    """

    center: Points
    radius: Points
    amplitude: Points
    phase: Points
    rim: Points

    def draw(self, rows: slice, width: int) -> Plane:
        """Depth (n, W) in 0..1 of the stain on some rows."""
        plane = np.zeros((rows.stop - rows.start, width), np.float32)
        for index in range(len(self.radius)):
            self._draw_spot(plane, index, rows.start)
        return plane

    def _draw_spot(self, plane: Plane, index: int, top: int) -> None:
        (x, y), reach = self.center[index], 2.5 * self.radius[index]
        rows = _covered(y - reach - top, y + reach - top, plane.shape[0])
        columns = _covered(x - reach, x + reach, plane.shape[1])
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return
        down = np.arange(rows.start, rows.stop)[:, None] + (top + 0.5 - y)
        right = np.arange(columns.start, columns.stop) + (0.5 - x)
        relative = np.hypot(right, down) / (self.radius[index] * self._outline(index, right, down))
        depth = _profile(relative, float(self.rim[index]))
        window = plane[rows, columns]
        np.maximum(window, depth.astype(np.float32), out=window)

    def _outline(self, index: int, right: Points, down: Points) -> Points:
        """Radius of the outline in the direction of each pixel, relative to the mean."""
        angles = np.linspace(-math.pi, math.pi, 257)
        waves = np.cos(_HARMONICS[:, None] * angles + self.phase[index][:, None])
        outline = np.maximum(1 + self.amplitude[index] @ waves, 0.3)
        return np.asarray(np.interp(np.arctan2(down, right), angles, outline))


def make_spots(damage: Damage, height: int, width: int, pixel: float, seed: int) -> Spots:
    """Draw up the spots of a picture; the arguments are those of `make_strokes`."""
    random = stream(seed, Purpose.SPOTS)
    count = round(damage.spots)
    falling = SPOT_ROUGHNESS * _HARMONICS**-SPOT_FALL
    falling[0] = SPOT_ELONGATION
    # The measured amplitudes are medians of a magnitude, 0.67 standard deviations of a normal.
    return Spots(
        center=random.random((count, 2)) * (width, height),
        radius=damage.spot_size / pixel / 2 * random.lognormal(0, SPOT_SPREAD, count),
        amplitude=falling / 0.67 * random.normal(0, 0.5, (count, len(_HARMONICS))),
        phase=2 * math.pi * random.random((count, len(_HARMONICS))),
        rim=random.integers(0, 2, count).astype(np.float64),
    )


def _profile(relative: Points, rim: float) -> Points:
    """Depth of a spot at a distance from its center, relative to the outline's."""
    core = np.exp(-0.5 * (relative / 0.6) ** 4)
    ring = np.exp(-0.5 * ((relative - 1) / 0.05) ** 2) + 0.35 * (relative < 1)
    return np.asarray((1 - rim) * core + rim * np.minimum(ring, 1))
