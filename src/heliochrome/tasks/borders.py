"""Find and crop the black or white borders of a scan: the bed, the mount, the paper.

Cropping too little is a blemish, cropping the picture a loss. A border is taken for one only if it
is uniform, black or white, and ends on one straight line along all of its side; and if it is not
alone: a white sky over a flat horizon looks like a border, but has none opposite. Of a border that
ends in a blur, or askew, the last lines are left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from heliochrome.image.picture import Picture
from heliochrome.image.samples import to_lab
from heliochrome.tasks.adjust_options import BorderOptions

# L* of what is black or white enough; old paper is far from 100.
_BLACK_UP_TO, _WHITE_FROM = 22.0, 70.0
_PALEST = 30.0  # C*ab of the yellowest paper
_LINE_SAMPLES = 400  # of a row or column
_CLEAN = 0.97  # share of a line that is of the border's color, dust and scratches being the rest
_STEP = 2.0  # of the tolerance, by which the picture differs: a sky that darkens is no border
_PICTURE = 0.35  # share of a line of another color where the picture has begun
_BLUR = 0.015  # of a side, within which the border must end: blur, and scans a little askew
_THIN = 0.03  # of a side, below which a border may be alone
_LAYERS = 2  # a mount within a scanner's bed


@dataclass(frozen=True, slots=True)
class Margins:
    """Rows and columns of a picture that are border, on each side."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0

    @property
    def found(self) -> bool:
        """Whether there are any."""
        return any((self.top, self.bottom, self.left, self.right))

    def inner(self, height: int, width: int) -> tuple[slice, slice]:
        """Rows and columns of a picture that they leave."""
        return slice(self.top, height - self.bottom), slice(self.left, width - self.right)

    def __add__(self, other: Margins) -> Margins:
        """Give both, the other's being inside."""
        return Margins(
            self.top + other.top,
            self.bottom + other.bottom,
            self.left + other.left,
            self.right + other.right,
        )


@dataclass(frozen=True, slots=True)
class Cropped:
    """A photo without its borders, in its own encoding, and what was cropped."""

    picture: Picture
    margins: Margins


def crop_borders(picture: Picture, options: BorderOptions | None = None) -> Cropped:
    """Crop the black or white borders of a photo; it stays as it is where none are found.

    Raises:
        ReadError: the photo's profile does not fit it.

    """
    margins = find_borders(picture, options)
    rows, columns = margins.inner(picture.height, picture.width)
    alpha = None if picture.alpha is None else picture.alpha[rows, columns]
    return Cropped(replace(picture, pixels=picture.pixels[rows, columns], alpha=alpha), margins)


def find_borders(picture: Picture, options: BorderOptions | None = None) -> Margins:
    """Find black or white borders around a picture.

    No side loses more than `options.most`: what reaches further is taken for the picture's own.
    """
    chosen = options or BorderOptions()
    limits = _limits(chosen.most, picture.height, picture.width)
    margins = Margins()
    for _ in range(_LAYERS):
        layer = _find_layer(picture, margins, chosen.tolerance, limits)
        if not layer.found:
            break
        margins += layer
    return margins


def _limits(most: float, height: int, width: int) -> Margins:
    return Margins(int(most * height), int(most * height), int(most * width), int(most * width))


@dataclass(frozen=True, slots=True)
class _Side:
    """What was found on one side: how many lines, and of which color (3,)."""

    lines: int
    color: NDArray[np.float32]


def _find_layer(picture: Picture, outer: Margins, tolerance: float, limits: Margins) -> Margins:
    rows, columns = outer.inner(picture.height, picture.width)
    pixels = picture.pixels[rows, columns]
    height, width = pixels.shape[:2]
    blur = {"top": height, "bottom": height, "left": width, "right": width}
    found = {}
    for name, turn in _TURNS.items():
        left = getattr(limits, name) - getattr(outer, name)
        reach = 2 + int(_BLUR * blur[name])
        lines = _lines(turn(pixels), left + reach, picture.icc_profile)
        found[name] = _border_of(lines, max(left, 0), reach, tolerance)
    sides = {
        name: side.lines
        for name, side in found.items()
        if side.lines <= _THIN * blur[name] or _has_company(name, found, tolerance)
    }
    return Margins(**sides)


# Each makes a side of a picture (H, W, C) its upper one.
_TURNS: dict[str, Callable[[NDArray[np.generic]], NDArray[np.generic]]] = {
    "top": lambda pixels: pixels,
    "bottom": lambda pixels: pixels[::-1],
    "left": lambda pixels: pixels.swapaxes(0, 1),
    "right": lambda pixels: pixels.swapaxes(0, 1)[::-1],
}


def _lines(pixels: NDArray[np.generic], count: int, profile: bytes | None) -> NDArray[np.float32]:
    """Lab (3, n, w) of the first lines, of each a few hundred samples."""
    step = max(1, pixels.shape[1] // _LINE_SAMPLES)
    return to_lab(np.ascontiguousarray(pixels[: max(count, 1), ::step]), profile)


def _border_of(lines: NDArray[np.float32], most: int, reach: int, tolerance: float) -> _Side:
    """Find the border in lines (3, n, w) from the outside inward."""
    color = np.median(lines[:, 0], axis=1)
    none = _Side(0, color)
    if not _is_paper_or_bed(color):
        return none
    off, far_off = (
        _differs(lines, color[:, None, None], factor * tolerance).mean(axis=1)
        for factor in (1, _STEP)
    )
    clean = int(np.argmax(off > 1 - _CLEAN)) if (off > 1 - _CLEAN).any() else len(off)
    ends = bool((far_off[clean : clean + reach] >= _PICTURE).any())
    return _Side(clean, color) if ends and clean <= most else none


def _is_paper_or_bed(color: NDArray[np.float32]) -> bool:
    light = color[0]
    return bool(light <= _BLACK_UP_TO or (light >= _WHITE_FROM and _chroma(color) <= _PALEST))


def _chroma(color: NDArray[np.float32]) -> float:
    return float(np.hypot(color[1], color[2]))


def _differs(
    lines: NDArray[np.float32], color: NDArray[np.float32], tolerance: float
) -> NDArray[np.bool_]:
    off = np.abs(lines - color)
    differs: NDArray[np.bool_] = (off[0] > tolerance) | (np.hypot(off[1], off[2]) > 2 * tolerance)
    return differs


def _has_company(name: str, found: dict[str, _Side], tolerance: float) -> bool:
    """Whether another side has a border of a similar color."""
    own = found[name]
    return any(
        side.lines and not _differs(side.color, own.color, 2 * tolerance)
        for other, side in found.items()
        if other != name
    )
