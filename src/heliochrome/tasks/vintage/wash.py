"""Colors laid on a black-and-white print by hand: thin, few, and careless of detail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from heliochrome.image.color import lab_to_xyz, linear_to_xyz, xyz_to_lab, xyz_to_linear
from heliochrome.tasks.vintage.camera import blur_whole
from heliochrome.tasks.vintage.fields import Map

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.image.picture import Picture
    from heliochrome.tasks.vintage.camera import Survey
    from heliochrome.tasks.vintage.parameters import Look

    Planes = NDArray[np.float32]

# Hues (degrees in Lab) of what a colorist's box held: carmine, flesh, gamboge, sap green, Prussian
# blue, violet. Colors are drawn most of the way to those near them, by von Mises weights: without
# a step where two are equally near.
PIGMENTS = np.radians([15.0, 58.0, 95.0, 135.0, 255.0, 315.0])
_PULL = 0.75
_SHARPNESS = 14.0
_WASH_LIGHTNESS = 68.0  # at which a wash has its chroma; darker print shows less of it
_UNPAINTED = 8.0  # chroma below which nothing is painted


def wash_map(picture: Picture, look: Look, survey: Survey) -> Map | None:
    """Make the map of what the washes let pass, relative to the bare print; None without any.

    The colors are the photo's own, so a black-and-white photo gets none.
    """
    if not look.wash.amount:
        return None
    lab = xyz_to_lab(linear_to_xyz(np.moveaxis(survey.light, 0, -1)))
    spread = look.wash.spread * max(survey.light.shape[1:])
    chroma = blur_whole(np.ascontiguousarray(np.moveaxis(lab[..., 1:], -1, 0)), spread)
    return Map(
        _transmittance(_as_painted(chroma, look)),
        picture.height,
        picture.width,
        span=survey.span,
    )


def _as_painted(chroma: Planes, look: Look) -> Planes:
    """Limit chroma (2, h, w), and draw its hues to those of the pigments."""
    strength = np.hypot(*chroma)
    hue = np.arctan2(chroma[1], chroma[0])
    away = (PIGMENTS[:, None, None] - hue + np.pi) % (2 * np.pi) - np.pi
    weights = np.exp(_SHARPNESS * (np.cos(away) - 1))
    hue = hue + _PULL * (weights * away).sum(axis=0) / (weights.sum(axis=0) + 1e-6)
    limit = look.wash.limit
    wanted = limit * np.tanh(look.wash.amount * np.maximum(strength - _UNPAINTED, 0) / limit)
    return np.asarray(wanted * np.stack([np.cos(hue), np.sin(hue)]), np.float32)


def _transmittance(chroma: Planes) -> Planes:
    lightness = np.full((1, *chroma.shape[1:]), _WASH_LIGHTNESS, np.float32)
    lab = np.concatenate([lightness, chroma])
    xyz = lab_to_xyz(np.moveaxis(lab, 0, -1))
    light = xyz_to_linear(xyz / xyz[..., 1:2])
    return np.ascontiguousarray(np.moveaxis(light, -1, 0).clip(0), np.float32)
