"""From density to the color of the picture: dyes and silver, their fading, toning and stain."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import numpy as np

from heliochrome.image.color import (
    lab_to_xyz,
    linear_to_xyz,
    luminance_to_lightness,
    xyz_to_lab,
    xyz_to_linear,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.tasks.vintage.parameters import Look, Toning

    Planes = NDArray[np.float32]

# Density in red, green and blue light (rows) of unit amounts of cyan, magenta and yellow dye
# (columns): each also absorbs some of what it should let pass. Rounded from the dye curves in
# Hunt, "The Reproduction of Colour" (6th ed., 2004).
UNWANTED = np.array([[1.0, 0.06, 0.0], [0.18, 1.0, 0.07], [0.08, 0.22, 1.0]])
_TONING_AT = (15.0, 50.0, 95.0)  # L* of shadows, midtones and highlights
_TABLE_STEPS_PER_DENSITY = 512
_MOST_DENSITY = 6.0


class Substance(Protocol):
    """What the image consists of."""

    def linear(self, density: Planes) -> Planes:
        """Linear sRGB (3, n, W) of densities (layers, n, W); not clipped."""


def substance(look: Look) -> Substance:
    """Choose dyes for three layers, and silver or a pigment for a single one."""
    return Dyes(look) if look.emulsion.layers == "color" else Silver(look)


class Dyes:
    """Cyan, magenta and yellow dyes, some of which may have faded."""

    def __init__(self, look: Look) -> None:
        self._dmin = np.float32(look.tone.dmin)
        fading = look.fading
        kept = 1 - np.array([fading.cyan, fading.magenta, fading.yellow])
        self._fade = None
        if (kept < 1).any():
            # Densities -> amounts of dye -> what is left of them -> densities.
            self._fade = (UNWANTED @ np.diag(kept) @ np.linalg.inv(UNWANTED)).astype(np.float32)
        self._stain = _column(fading.stain)
        self._toning = look.toning if _is_toned(look.toning) else None

    def linear(self, density: Planes) -> Planes:
        """Linear sRGB (3, n, W) of densities (3, n, W)."""
        if self._fade is not None:
            flat = self._fade @ (density - self._dmin).reshape(3, -1)
            density = flat.reshape(density.shape) + self._dmin
        light = transmit(density + self._stain)
        return light if self._toning is None else _tone(light, self._toning)


class Silver:
    """A single substance: its color is a function of its density, so kept in a table."""

    def __init__(self, look: Look) -> None:
        steps = np.arange(int(_MOST_DENSITY * _TABLE_STEPS_PER_DENSITY) + 2)
        density = steps / _TABLE_STEPS_PER_DENSITY
        kept = look.tone.dmin + (1 - look.fading.silver) * (density - look.tone.dmin)
        lightness = luminance_to_lightness(10**-kept)
        lab = np.concatenate([lightness[None], toning_at(look.toning, lightness)])
        linear = xyz_to_linear(lab_to_xyz(lab.T)).T
        self._table = (linear * 10 ** -np.array(look.fading.stain)[:, None]).astype(np.float32)

    def linear(self, density: Planes) -> Planes:
        """Linear sRGB (3, n, W) of densities (1, n, W)."""
        position = np.clip(density[0], 0, np.float32(_MOST_DENSITY))
        position *= np.float32(_TABLE_STEPS_PER_DENSITY)
        low = position.astype(np.int32)
        position -= low
        light = np.empty((3, *low.shape), np.float32)
        for channel, values in zip(light, self._table, strict=True):
            np.multiply(np.diff(values, append=values[-1]).take(low), position, out=channel)
            channel += values.take(low)
        return light


def transmit(density: Planes) -> Planes:
    """Light that densities (any shape) let pass, 10^-density."""
    light: Planes = np.exp(density * np.float32(-math.log(10)))
    return light


def toning_at(toning: Toning, lightness: NDArray[np.floating]) -> NDArray[np.float64]:
    """Give the a and b (2, ...) that toning adds at L* (any shape)."""
    points = np.array([toning.shadows, toning.midtones, toning.highlights])
    return np.stack([np.interp(lightness, _TONING_AT, points[:, axis]) for axis in (0, 1)])


def _is_toned(toning: Toning) -> bool:
    return any((*toning.shadows, *toning.midtones, *toning.highlights))


def _tone(light: Planes, toning: Toning) -> Planes:
    lab = xyz_to_lab(linear_to_xyz(np.moveaxis(light, 0, -1)))
    lab[..., 1:] += np.moveaxis(toning_at(toning, lab[..., 0]), 0, -1).astype(np.float32)
    return np.asarray(np.moveaxis(xyz_to_linear(lab_to_xyz(lab)), -1, 0), np.float32)


def _column(values: tuple[float, ...]) -> Planes:
    return np.array(values, np.float32)[:, None, None]
