"""Restyle a photo: color it, give it the style of other pictures and enlarge it, all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from heliochrome.errors import OptionError, PictureTooLargeError
from heliochrome.image.color import srgb_to_lab
from heliochrome.image.enlarge import enlarge_alpha, enlarge_part, enlarge_picture
from heliochrome.image.guided_filter import busy_share, guided_filter
from heliochrome.image.picture import Picture
from heliochrome.image.samples import from_unit, to_srgb, to_unit
from heliochrome.image.srgb_encoder import SrgbEncoder
from heliochrome.model.tiling import Span, Tile, TilePlan, plan_tiles
from heliochrome.tasks.corrections import correct_draft
from heliochrome.tasks.existing import GRAY_BELOW, small_chroma
from heliochrome.tasks.options import FADE_BELOW, RestyleOptions
from heliochrome.tasks.restyler_network import (
    finite,
    measure_code,
    network_inputs,
    noise_planes,
    picture_planes,
    restyler_facts,
)
from heliochrome.tasks.style_code import StyleCode, check_code, style_code

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.model.card import ModelCard
    from heliochrome.model.session import Network
    from heliochrome.tasks.restyler_network import Code

# Most pixels a side of a tile, by the scale. A tile takes about 1.1, 1.2 and 2.4 kB per pixel at
# these scales: 1.5 GB at most.
TILE_SIDES = {1: 1024, 2: 896, 4: 768}
# Mirrored pixels around a photo: the decoder's own padding would leave stripes along its border.
# With 32 of them, the last 8 columns were up to 3 levels of 255 off on average, with 48 no more
# than the rest. All of the halo would more than triple the work on a small photo.
BORDER = 48
MOST_PIXELS = 1_000_000_000  # of a result; as many as are read
GLANCE = 128  # long side in pixels at which color is looked for
# Where texture, or what is flat, is kept, the result is a local line of the photo's lightness. The
# windows of 25 pixels are wider than the strokes that the network draws; below 2 L* is flat.
TEXTURE_RADIUS = 12
FLAT_VARIANCE = 4e-4
COLORED_SHARE = 0.001  # of the photo that must have color for it to count: less may be noise


@dataclass(frozen=True, slots=True)
class Restyling:
    """A restyled photo.

    Attributes:
        picture: sRGB, of the photo's size times the scale; 16 bits per sample for 16-bit and
            float32 photos, else 8. Alpha, container and metadata are the photo's. At strength 0 it
            is the photo in its own encoding.
        from_gray: whether the network saw the photo without color.

    """

    picture: Picture
    from_gray: bool


def restyle(
    picture: Picture,
    styles: Sequence[Picture] | StyleCode,
    network: Network,
    options: RestyleOptions | None = None,
) -> Restyling:
    """Give `picture` the style of other pictures with a network whose task is "restyle".

    The photo is worked on at its own size, in tiles where it is large, under statistics of the
    whole: no seams. Several styles count alike; for other weights, and to measure a style once for
    many photos, give what `style_code` makes of them.

    Raises:
        CardError: the network is not a restyler.
        OptionError: there are no styles, the code is another network's, the network has no such
            scale, or corrections are asked of one that makes none.
        UnsupportedPictureError: a style is too small.
        PictureTooLargeError: the result would have more than 10^9 pixels.
        ModelError: the network failed.

    """
    chosen = options or RestyleOptions()
    check_options(network.card, chosen)
    _check_size(picture, chosen.scale)
    style = styles if isinstance(styles, StyleCode) else style_code(styles, network)
    check_code(style, network.card, "style code")
    from_gray = not shows_color(picture) if chosen.gray is None else chosen.gray
    if chosen.strength == 0:
        pixels, profile = enlarge_picture(picture.pixels, chosen.scale), picture.icc_profile
    else:
        pixels, profile = _Restyler(picture, style, network, chosen, from_gray).run(), None
    alpha = picture.alpha
    if alpha is not None:
        alpha = from_unit(to_unit(enlarge_alpha(alpha, chosen.scale)), pixels.dtype)
    return Restyling(replace(picture, pixels=pixels, alpha=alpha, icc_profile=profile), from_gray)


def check_options(card: ModelCard, options: RestyleOptions) -> None:
    """Refuse what a restyler cannot do.

    Raises:
        CardError: the network is not a restyler.
        OptionError: it has no such scale, or corrections are asked of one that makes none.

    """
    facts = restyler_facts(card)
    if options.scale not in facts.scales:
        known = ", ".join(map(str, facts.scales))
        raise OptionError(
            "scale", f"{options.scale} is none of the network's", f"give one of {known}"
        )
    if options.corrections and facts.corrector is None:
        raise OptionError(
            "corrections",
            f"are not made by '{card.name}'",
            "leave them out, or take another network",
        )


def shows_color(picture: Picture) -> bool:
    """Tell whether a photo has color: C*ab above what scanners leave in gray, in 1/1000 of it."""
    if picture.is_gray:
        return False
    # Most pixels of a large photo are passed over: the rest are enough to average grain away.
    step = max(1, max(picture.height, picture.width) // (8 * GLANCE))
    seen = replace(picture, pixels=picture.pixels[::step, ::step], alpha=None)
    share = min(1.0, GLANCE / max(seen.height, seen.width))
    size = max(1, round(seen.height * share)), max(1, round(seen.width * share))
    strength = np.linalg.norm(small_chroma(seen, size), axis=-1)
    return bool(np.quantile(strength, 1 - COLORED_SHARE) > GRAY_BELOW)


def _check_size(picture: Picture, scale: int) -> None:
    height, width = picture.height * scale, picture.width * scale
    if height * width > MOST_PIXELS:
        raise PictureTooLargeError(
            "result", f"would have {width} x {height} pixels", "choose a smaller scale"
        )


# What a tile's result is, sRGB (h, w, 3), in a part of it, or a little around.
Part = Callable[[Span, Span], "NDArray[np.float32]"]


@dataclass(frozen=True, slots=True)
class _Restyler:
    """One photo, and how it is to be restyled."""

    picture: Picture
    style: StyleCode
    network: Network
    options: RestyleOptions
    from_gray: bool

    def run(self) -> NDArray[Any]:
        """Give sRGB samples (H * scale, W * scale, 3), uint8 or uint16."""
        picture, scale, card = self.picture, self.options.scale, self.network.card
        dtype = np.dtype(np.uint8 if picture.bit_depth == 8 else np.uint16)
        output = np.empty((picture.height * scale, picture.width * scale, 3), dtype)
        plan = plan_tiles(
            picture.height,
            picture.width,
            halo=card.halo + (2 * TEXTURE_RADIUS if self._keeps else 0),
            border=BORDER,
            multiple=card.size_multiple,
            most=TILE_SIDES[scale],
        )
        for tile, part in self._corrected(plan) if self._corrections else self._drafts(plan):
            output[tile.placed(scale)] = from_unit(self._finish(tile, part), dtype)
        return output

    @property
    def _corrections(self) -> int:
        return self.options.count_corrections(restyler_facts(self.network.card))

    def _drafts(self, plan: TilePlan) -> Iterator[tuple[Tile, Part]]:
        """Restyle tile by tile, without corrections."""
        picture, scale = self.picture, self.options.scale
        facts = restyler_facts(self.network.card)
        content, style, detail = self._codes()
        for tile in plan:
            planes = picture_planes(tile.read(picture.pixels), picture.icc_profile, self._mask)
            noise = noise_planes(tile, facts.noise)
            inputs = network_inputs(
                self.network.card,
                tile,
                planes,
                noise,
                content=content,
                style=style,
                detail=detail,
            )
            result = self._infer(inputs).transpose(1, 2, 0)
            yield tile, partial(_kept_part, result, scale)

    def _corrected(self, plan: TilePlan) -> Iterator[tuple[Tile, Part]]:
        """Restyle, correct the whole, and give it tile by tile."""
        scale, facts = self.options.scale, restyler_facts(self.network.card)
        assert facts.corrector is not None
        assert self.style.grams is not None
        draft = np.empty((self.picture.height * scale, self.picture.width * scale, 3), np.uint16)
        for tile, part in self._drafts(plan):
            draft[tile.placed(scale)] = from_unit(part(tile.rows, tile.columns), draft.dtype)
        draft = correct_draft(
            draft,
            self.style.grams,
            self._corrections,
            self.options.strength,
            self.network,
            facts.corrector,
        )
        for tile in plan:
            yield tile, partial(_placed_part, draft, scale)

    @property
    def _keeps(self) -> bool:
        return self.options.keep_texture or self.options.keep_flat

    @property
    def _mask(self) -> float:
        return 0.0 if self.from_gray else 1.0

    def _codes(self) -> tuple[Code, Code, Code]:
        """Codes of the photo, and what the trunk and the tail are to bring it to."""
        own = measure_code(self.picture.pixels, self.picture.icc_profile, self._mask, self.network)
        style, detail = (
            own + self.options.strength * (self._wanted(factor, own) - own)
            for factor in (self.options.scale, 1)
        )
        return own, style, detail

    def _wanted(self, factor: int, own: Code) -> Code:
        """Give the style's code at one of its reductions, no busier than `own` if asked for."""
        code = self.style.reduced[factor]
        return no_busier(code, own) if self.options.keep_texture else code

    def _infer(self, inputs: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        name = f"x{self.options.scale}"
        return finite(self.network.run(inputs, [name])[name][0], self.network)

    def _finish(self, tile: Tile, part: Part) -> NDArray[np.float32]:
        """Give what is kept of a tile's result as sRGB (h, w, 3), options heeded."""
        kept = self._kept(tile, part)
        fade = min(1.0, self.options.strength / FADE_BELOW)
        if fade == 1 and not self.options.keep_color:
            return kept
        photo = self._photo(*tile.placed())
        if self.options.keep_color:
            kept = with_chroma(kept, photo)
        return photo + np.float32(fade) * (kept - photo)

    def _kept(self, tile: Tile, part: Part) -> NDArray[np.float32]:
        """Give what is kept of a tile's result as (h, w, 3), its texture the photo's if asked.

        Where only what is flat is to be kept, that texture counts as the photo is flat.
        """
        scale, reach = self.options.scale, 2 * TEXTURE_RADIUS
        if not self._keeps:
            return part(tile.rows, tile.columns)
        rows, columns = (span.around(reach) for span in (tile.rows, tile.columns))
        near = part(rows, columns)
        lightness = srgb_to_lab(self._photo(rows.placed(), columns.placed()))[..., 0]
        guide = (lightness / 100).astype(np.float32)
        radius = TEXTURE_RADIUS * scale
        followed = guided_filter(near, guide, radius, FLAT_VARIANCE)
        if not self.options.keep_texture:
            followed += busy_share(guide, radius, FLAT_VARIANCE)[..., None] * (near - followed)
        return followed[
            *(
                slice((own.start - wide.start) * scale, (own.stop - wide.start) * scale)
                for own, wide in ((tile.rows, rows), (tile.columns, columns))
            )
        ]

    def _photo(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Give a part of the photo, enlarged, as sRGB (h, w, 3)."""
        part = enlarge_part(self.picture.pixels, rows, columns, self.options.scale)
        return to_srgb(part, self.picture.icc_profile)


def _kept_part(
    result: NDArray[np.float32], scale: int, rows: Span, columns: Span
) -> NDArray[np.float32]:
    """Cut out of a tile's result."""
    return result[rows.kept(scale), columns.kept(scale)]


def _placed_part(
    whole: NDArray[np.uint16], scale: int, rows: Span, columns: Span
) -> NDArray[np.float32]:
    """Cut out of the whole result."""
    return to_unit(whole[rows.placed(scale), columns.placed(scale)])


def no_busier(code: Code, model: Code) -> Code:
    """Keep a code (2, C) from asking for larger deviations than a model has."""
    return np.stack((code[0], np.minimum(code[1], model[1])))


def with_chroma(lightness: NDArray[np.float32], chroma: NDArray[np.float32]) -> NDArray[np.float32]:
    """Join the lightness of one picture and the chroma of another.

    All are sRGB (H, W, 3) in 0..1. Where the chroma does not fit in sRGB at that lightness, it is
    reduced at constant hue.
    """
    light = np.ascontiguousarray(srgb_to_lab(np.clip(lightness, 0, 1))[..., 0])
    planes = np.ascontiguousarray(srgb_to_lab(chroma)[..., 1:].transpose(2, 0, 1))
    # 16 bits: as fine as any result.
    return to_unit(SrgbEncoder(16).encode(light, planes).transpose(1, 2, 0))
