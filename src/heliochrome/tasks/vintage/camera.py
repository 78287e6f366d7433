"""From a photo to the exposure of the emulsion: lens, light, spectral sensitivity, halation."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from heliochrome.image.color import LUMINANCE_WEIGHTS
from heliochrome.image.strips import map_strips
from heliochrome.tasks.vintage.fields import Map, cell_size, smooth
from heliochrome.tasks.vintage.grain import WIDTH_PER_SIGMA
from heliochrome.tasks.vintage.light import balance_matrix, decode, encoded_rows, saturate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.image.picture import Picture
    from heliochrome.tasks.vintage.parameters import Look

    Planes = NDArray[np.float32]

_SURVEY_CELLS = 512  # along the long side, of the small picture that far-reaching effects use
_SURVEY_SAMPLES = 4  # per side of a cell, at least, where it has as many pixels
_SURVEY_ROWS = 2  # strips so much taller, since one row of cells already is many rows of pixels
_REFRACTION = 1.5  # of glass and of acetate alike
_HEADROOM = 4.0  # a clipped highlight was brighter than it shows; so much at full white
_DARK = 1e-3  # keeps black out of the mean of logarithms


class Survey:
    """A photo's linear light, averaged over cells to a small picture.

    Attributes:
        light: (3, h, w), as the saturation of the look makes it.
        glare: (1, h, w), light above the halation threshold, averaged after it was cut.

    """

    def __init__(self, picture: Picture, look: Look) -> None:
        cell = max(1, math.ceil(max(picture.height, picture.width) / _SURVEY_CELLS))
        # Of large cells, every few rows and columns suffice; of a picture's few rows, all count.
        step = max(1, min(cell, picture.height, picture.width) // _SURVEY_SAMPLES)
        cell = -(-cell // step) * step
        size = (-(-picture.height // cell), -(-picture.width // cell))
        self.light = np.empty((3, *size), np.float32)
        self.glare = np.empty((1, *size), np.float32)
        # The last cells may be cut off by the border: what share of the cells the picture fills.
        self.span = (picture.height / (size[0] * cell), picture.width / (size[1] * cell))

        def process(rows: slice) -> None:
            light = scene_light(sampled, look, slice(rows.start * each, rows.stop * each))
            self.light[:, rows] = _average(light, each)
            self.glare[:, rows] = _average(_glare(light, look.halation.threshold), each)

        sampled, each = _every(picture, step), cell // step
        map_strips(process, size[0], sampled.width * each, scale=_SURVEY_ROWS)


def _every(picture: Picture, step: int) -> Picture:
    """Give the picture of every `step`-th row and column; a view, nothing is copied."""
    if step == 1:
        return picture
    return replace(picture, pixels=picture.pixels[::step, ::step], alpha=None)


def scene_light(picture: Picture, look: Look, rows: slice) -> Planes:
    """Give linear light (3, n, W) of some rows, in the saturation that the look asks for."""
    return decode(saturate(encoded_rows(picture, rows), look.light.saturation))


def _glare(light: Planes, threshold: float) -> Planes:
    """Light (1, n, W) beyond the threshold, where white stands for more than it shows."""
    red, green, blue = light
    brightest = np.maximum(np.maximum(red, green), blue)[None]
    beyond = np.maximum(brightest - np.float32(threshold), 0)
    if threshold < 1:
        beyond *= np.float32(_HEADROOM / (1 - threshold))
    return np.asarray(beyond, np.float32)


def _average(planes: Planes, cell: int) -> Planes:
    """Mean of planes (k, n, W) over cells; the last ones are means of the pixels they have."""
    if cell == 1:
        return planes
    return _average_along(_average_along(planes, 1, cell), 2, cell)


def _average_along(planes: Planes, axis: int, cell: int) -> Planes:
    lines = np.moveaxis(planes, axis, 0)
    whole = len(lines) // cell * cell
    # A sum of slices: add.reduceat, made for this, takes several times as long.
    total = np.add.reduce([lines[phase:whole:cell] for phase in range(cell)])
    total /= np.float32(cell)
    if whole < len(lines):
        total = np.concatenate([total, lines[whole:].mean(axis=0, keepdims=True)])
    return np.moveaxis(total, 0, axis)


class Camera:
    """Exposes the emulsion to a photo, some rows at a time."""

    def __init__(self, picture: Picture, look: Look, survey: Survey) -> None:
        self._picture = picture
        self._look = look
        pixel = pixel_size(look, picture)
        self._sigma = look.lens.blur / WIDTH_PER_SIGMA / pixel
        self._matrix = sensitivity_matrix(look) * exposure_gain(look, survey)
        self._halo = _halation(look, survey, picture, pixel)
        self._tangent = math.tan(math.radians(look.lens.field) / 2)

    @property
    def layers(self) -> int:
        """How many layers are exposed, 1 or 3."""
        return len(self._matrix)

    def expose(self, rows: slice) -> Planes:
        """Exposure (layers, n, W) of some rows; 1 is the photo's white."""
        if self._sigma > 0:
            exposure = smooth(self._cells, rows, self._picture.width, self._sigma, norm=1)
        else:
            exposure = self._sharp(rows)
        if self._halo is not None:
            exposure = exposure + self._halo.rows(rows)
        if self._tangent:
            exposure = exposure * self._falloff(rows)
        return exposure

    def _sharp(self, rows: slice) -> Planes:
        light = scene_light(self._picture, self._look, rows)
        flat = self._matrix.astype(np.float32) @ light.reshape(3, -1)
        return np.asarray(flat.reshape(-1, *light.shape[1:]), np.float32)

    def _cells(self, start: int, stop: int, margin: int) -> Planes:
        """Mean exposure of cells, the picture's border repeated beyond it; see `smooth`."""
        cell = cell_size(self._sigma)
        count = -(-self._picture.height // cell)
        first, last = max(start, 0), min(stop, count)
        planes = _average(self._sharp(slice(first * cell, last * cell)), cell)
        around = ((0, 0), (first - start, stop - last), (margin, margin))
        return np.pad(planes, around, mode="edge")

    def _falloff(self, rows: slice) -> Planes:
        """Natural vignetting, the fourth power of the cosine (Reiss, JOSA 35 (1945))."""
        height, width = self._picture.height, self._picture.width
        diagonal = math.hypot(height, width) / 2
        y = (np.arange(rows.start, rows.stop) + 0.5 - height / 2) / diagonal
        x = (np.arange(width) + 0.5 - width / 2) / diagonal
        squared = (y[:, None] ** 2 + x**2) * self._tangent**2
        return ((1 + squared) ** -2).astype(np.float32)


def pixel_size(look: Look, picture: Picture) -> float:
    """Side of a pixel on the plate or film, micrometers."""
    return look.frame.side * 1000 / max(picture.height, picture.width)


def sensitivity_matrix(look: Look) -> NDArray[np.float64]:
    """Matrix (layers, 3) from linear sRGB to the exposure of the layers; white gives 1.

    A single layer's weights are divided by their sum; those of blue-sensitive, orthochromatic and
    panchromatic plates follow Mees and James, "The Theory of the Photographic Process".
    """
    balance = balance_matrix(look.light)
    if look.emulsion.layers == "color":
        return balance
    weights = np.array(look.emulsion.sensitivity)
    return np.asarray(weights / max(weights.sum(), 1e-6) @ balance)[None]


def exposure_gain(look: Look, survey: Survey) -> float:
    """Factor of the exposure: the look's own stops, and those its metering adds.

    A photographer exposes for what the emulsion sees. Full metering makes the mean logarithm of
    the exposure that of the photo's luminance.
    """
    gain = float(2**look.light.exposure)
    if not look.light.metering:
        return gain
    light = survey.light.reshape(3, -1)
    seen = sensitivity_matrix(look).mean(axis=0) @ light
    true = LUMINANCE_WEIGHTS @ light
    shortfall = np.log(np.maximum(true, _DARK)).mean() - np.log(np.maximum(seen, _DARK)).mean()
    return float(gain * math.exp(look.light.metering * shortfall))


def _halation(look: Look, survey: Survey, picture: Picture, pixel: float) -> Map | None:
    """Make the map of the light that the back of the base throws up again, per layer.

    It comes back beyond the critical angle, so 2 t tan(asin(1 / n)) from where it went in, for a
    base of thickness t (Mees and James): here a Gaussian of the same mean square radius.
    """
    if not look.halation.amount or not survey.glare.any():
        return None
    radius = 2 * look.halation.base * math.tan(math.asin(1 / _REFRACTION))
    cells_per_pixel = survey.glare.shape[2] * survey.span[1] / picture.width
    spread = blur_whole(survey.glare, radius / math.sqrt(2) / pixel * cells_per_pixel)
    if look.emulsion.layers == "color":
        color = np.array(look.halation.color)
    else:
        color = np.array([max(look.halation.color)])
    halo = (look.halation.amount * color).astype(np.float32)[:, None, None] * spread
    return Map(halo, picture.height, picture.width, span=survey.span)


def blur_whole(planes: Planes, sigma: float) -> Planes:
    """Blur small planes (k, h, w) as a whole, their border repeated."""
    cell = cell_size(sigma)
    cells = _average(planes, cell)

    def fetch(start: int, stop: int, margin: int) -> Planes:
        count = cells.shape[1]
        picked = np.clip(np.arange(start, stop), 0, count - 1)
        return np.pad(cells[:, picked], ((0, 0), (0, 0), (margin, margin)), mode="edge")

    return smooth(fetch, slice(0, planes.shape[1]), planes.shape[2], sigma, norm=1)
