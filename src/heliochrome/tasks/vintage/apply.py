"""Age a photo: expose it, develop it, let it fade, and lay it on its paper, strip by strip."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from heliochrome.image.strips import STRIP_PIXELS, map_strips
from heliochrome.tasks.vintage.camera import Camera, Survey, pixel_size
from heliochrome.tasks.vintage.canvas import Outline, lay_out
from heliochrome.tasks.vintage.damage import make_spots, make_strokes
from heliochrome.tasks.vintage.dyes import substance, transmit
from heliochrome.tasks.vintage.grain import GrainField
from heliochrome.tasks.vintage.light import encode, encoded_rows
from heliochrome.tasks.vintage.screen import Mosaic
from heliochrome.tasks.vintage.surface import Surface
from heliochrome.tasks.vintage.tone import Curve
from heliochrome.tasks.vintage.wash import wash_map

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.image.picture import Picture
    from heliochrome.tasks.vintage.options import VintageOptions

    Planes = NDArray[np.float32]

_OPAQUE = np.float32(0.97)  # of the light, what the darkest speck holds back
_STRIP_ROWS = 64  # at least, so that what blurs and grain need above and below is a small part
# Density that a brown spot has in red, green and blue where it is deepest (foxing and drying marks
# are iron and gelatin browns).
_SPOT_DENSITY = np.array([0.05, 0.14, 0.30], np.float32)[:, None, None]


def vintage(picture: Picture, options: VintageOptions) -> Picture:
    """Make `picture` look as if made by the process that the look describes.

    Returns:
        sRGB of the photo's size plus the look's border; 16 bits per sample for 16-bit and float32
        photos, else 8. Alpha, container and metadata are the photo's; the border is opaque. The
        photo itself at strength 0.

    Raises:
        ReadError: the photo's profile does not fit it.

    """
    if options.strength == 0:
        return picture
    depth = 8 if picture.bit_depth == 8 else 16
    process = _Process(picture, options, depth)
    canvas = process.canvas
    dtype = np.uint8 if depth == 8 else np.uint16
    pixels = np.empty((canvas.height, canvas.width, 3), dtype)
    top = np.float32(np.iinfo(dtype).max)

    def develop(rows: slice) -> None:
        samples = process.rows(rows)
        samples *= top
        for channel, plane in enumerate(samples):
            pixels[rows, :, channel] = np.rint(plane, out=plane)

    map_strips(
        develop,
        canvas.height,
        canvas.width,
        scale=max(1, _STRIP_ROWS * canvas.width // STRIP_PIXELS),
    )
    return replace(picture, pixels=pixels, alpha=_frame_alpha(picture, process), icc_profile=None)


def _frame_alpha(picture: Picture, process: _Process) -> NDArray[Any] | None:
    if picture.alpha is None:
        return None
    alpha = picture.alpha
    if alpha.dtype == np.float32:
        alpha = np.rint(np.clip(alpha, 0, 1) * 65535).astype(np.uint16)
    canvas = process.canvas
    framed = np.full((canvas.height, canvas.width), np.iinfo(alpha.dtype).max, alpha.dtype)
    framed[canvas.top : canvas.top + len(alpha), canvas.columns] = alpha
    return framed


class _Process:
    """Everything that is known before the first strip."""

    def __init__(self, picture: Picture, options: VintageOptions, depth: int) -> None:
        look, seed = options.look, options.seed
        height, width = picture.height, picture.width
        pixel = pixel_size(look, picture)
        survey = Survey(picture, look)
        self._picture = picture
        self._look = look
        self._strength = np.float32(options.strength)
        self._depth = depth
        self.canvas = lay_out(look.border, height, width)
        self._camera = Camera(picture, look, survey)
        self._curve = Curve(look.tone, self._camera.layers)
        self._grain = GrainField(
            look.grain, layers=self._camera.layers, width=width, pixel=pixel, seed=seed
        )
        self._strokes = make_strokes(look.damage, height, width, pixel, seed)
        self._spots = make_spots(look.damage, height, width, pixel, seed)
        self._substance = substance(look)
        self._screen = None
        if look.screen.amount:
            self._screen = Mosaic(look.screen, width=width, pixel=pixel, seed=seed)
        self._wash = wash_map(picture, look, survey)
        self._surface = Surface(look, self.canvas, pixel, seed)
        self._outline = Outline(look.border, self.canvas, seed)

    def rows(self, rows: slice) -> Planes:
        """Give sRGB in 0..1 (3, n, W) of some rows of the canvas."""
        inner = self.canvas.picture_rows(rows)
        if inner.start == inner.stop:
            return self._finish(self._margin(rows), rows)
        picture = self._develop(inner)
        if self.canvas.width == picture.shape[2] and self._outline.is_plain:
            light = picture
        else:
            light = self._margin(rows)
            self._lay(picture, light[self._place(rows, inner)], inner)
        aged = self._finish(light, rows)
        if self._strength < 1:
            own = aged[self._place(rows, inner)]
            photo = encoded_rows(self._picture, inner)
            own += (1 - self._strength) * (photo - own)
        return aged

    def _place(self, rows: slice, inner: slice) -> tuple[slice, slice, slice]:
        first = inner.start + self.canvas.top - rows.start
        return slice(None), slice(first, first + inner.stop - inner.start), self.canvas.columns

    def _develop(self, rows: slice) -> Planes:
        """Linear light (3, n, W) of some rows of the picture."""
        straight = self._curve.straight(self._camera.expose(rows))
        self._grain.add(straight, rows)
        density = self._curve.bend(straight)
        self._damage(density, rows)
        self._fade(density, rows)
        light = self._substance.linear(density)
        if self._screen is not None:
            light = self._screen.through(light, rows)
        if self._wash is not None:
            light = light * self._wash.rows(rows)
        if len(self._spots.radius):
            depth = self._spots.draw(rows, self._picture.width)
            light = light * transmit(_SPOT_DENSITY * depth)
        return light

    def _damage(self, density: Planes, rows: slice) -> None:
        """Bare the support where strokes are light, and cover the image where they are dark."""
        if not len(self._strokes.width):
            return
        light, dark = self._strokes.draw(rows, self._picture.width)
        density += light * (np.float32(self._look.tone.dmin) - density)
        density -= np.log10(1 - _OPAQUE * dark)

    def _fade(self, density: Planes, rows: slice) -> None:
        down = slice(rows.start + self.canvas.top, rows.stop + self.canvas.top)
        kept = self._surface.kept(down)
        if kept is not None:
            density -= np.float32(self._look.tone.dmin)
            density *= kept[:, self.canvas.columns]
            density += np.float32(self._look.tone.dmin)

    def _margin(self, rows: slice) -> Planes:
        """Linear light (3, n, W) of bare paper on some rows of the canvas."""
        layers = self._camera.layers
        bare = np.full((layers, 1, 1), self._look.tone.dmin, np.float32)
        ink = np.array(self._look.border.density, np.float32)[:, None, None]
        paper = self._substance.linear(bare) * transmit(ink)
        return np.repeat(np.repeat(paper, rows.stop - rows.start, 1), self.canvas.width, 2)

    def _lay(self, picture: Planes, place: Planes, rows: slice) -> None:
        if self._outline.is_plain:
            place[...] = picture
        else:
            place += self._outline.coverage(rows) * (picture - place)

    def _finish(self, light: Planes, rows: slice) -> Planes:
        gained = self._surface.density(rows)
        if gained is not None:
            light = light * transmit(gained)
        return encode(light, self._depth)
