"""Samples for the restyler, made on the fly and the same for the same (seed, step, place)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from heliochrome.training.colorspace import lab_to_srgb, srgb_to_lab
from heliochrome.training.data import cut_square, draw_picture, split_validation
from heliochrome.training.networks.restyler import NOISE, SCALES
from heliochrome.training.restyle.config import RestyleDataConfig
from heliochrome.training.sources import PictureSet, load_sources

# Styles and noise draw from random streams of their own, beside those of the photos' places.
STYLE_STREAM = 2**20
NOISE_STREAM = 2**21

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class StyleBatch:
    """Samples of one step, all at one scale.

    picture: the photos as the network sees them, L*, a*, b*, mask (N, 4, n, n).
    noise: standard normal (N, NOISE, n, n).
    truth: the photos' middles at full size and in color, sRGB (N, 3, crop, crop).
    seen: the same without color where the network sees none: what content is measured against.
    styles: the style pictures, sRGB (M, 3, S, S).
    details, reduced: the same in L*, a*, b*, mask, as they are and reduced by `scale`.
    mix: share of every style picture in every photo's style (N, M).
    own: the style pictures are the photos themselves, in color.
    margin: px of the network's input, at each side, beyond the photos' middles.
    """

    scale: int
    picture: Tensor
    noise: Tensor
    truth: Tensor
    seen: Tensor
    styles: Tensor
    details: Tensor
    reduced: Tensor
    mix: Tensor
    own: bool
    margin: int


def to_tensor(pictures: list[Pixels]) -> Tensor:
    """SRGB in 0..1 (N, 3, H, W) of 8-bit pictures of one size."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255


def reduce_picture(picture: Pixels, factor: int) -> Pixels:
    """Reduce by a whole factor: Pillow's bicubic, which averages over all it drops."""
    if factor == 1:
        return picture
    size = (picture.shape[1] // factor, picture.shape[0] // factor)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))


def draw_noise(picture: Tensor, step: tuple[int, ...], places: range) -> Tensor:
    """Draw standard normal noise (N, NOISE, n, n) for pictures (N, 4, n, n) at `places`."""
    shape = (NOISE, *picture.shape[2:])
    streams = (np.random.default_rng((*step, NOISE_STREAM + place)) for place in places)
    drawn = [stream.standard_normal(shape, dtype=np.float32) for stream in streams]
    return torch.from_numpy(np.stack(drawn))


def network_input(rgb: Tensor, colored: Tensor) -> Tensor:
    """L*, a*, b*, mask (N, 4, H, W) of sRGB (N, 3, H, W); without color where `colored` is 0."""
    lab = srgb_to_lab(rgb)
    mask = colored.view(-1, 1, 1, 1).expand(-1, 1, *rgb.shape[2:])
    return torch.cat((lab[:, :1], lab[:, 1:] * mask, mask), 1).contiguous()


def without_color(rgb: Tensor, colored: Tensor) -> Tensor:
    """Give sRGB (N, 3, H, W) of equal lightness, gray where `colored` (N,) is 0."""
    lab = srgb_to_lab(rgb)
    lab[:, 1:] *= colored.view(-1, 1, 1, 1)
    return lab_to_srgb(lab)


@dataclass(frozen=True)
class _StepDraw:
    """What all places of a step have in common."""

    scale: int
    own: bool


@dataclass(frozen=True)
class StyleSampler:
    """Draws photos and styles, weighted, and makes batches of them."""

    photos: list[PictureSet]
    styles: list[PictureSet]
    config: RestyleDataConfig
    seed: int

    @property
    def broken(self) -> list[str]:
        """Names of the pictures that could not be read."""
        return [name for source in (*self.photos, *self.styles) for name in source.broken]

    @property
    def extent(self) -> int:
        """Largest side of a photo's cut at full size, and of a style picture's, px."""
        return extent(self.config)

    def _step(self, step: int) -> _StepDraw:
        rng = np.random.default_rng((self.seed, step))
        scale = SCALES[rng.choice(len(SCALES), p=self.config.scale_chances)]
        return _StepDraw(scale, bool(rng.random() < self.config.own_chance))

    def _style(self, step: int, group: int, draw: _StepDraw) -> tuple[Pixels, float]:
        """Style of a group of photos, and its share in theirs (the rest is the next group's)."""
        rng = np.random.default_rng((self.seed, step, STYLE_STREAM + group))
        config = self.config
        if draw.own:
            return cut_square(draw_picture(self.photos, rng), self.extent, config.zoom, rng), 1.0
        picture = draw_picture(self.styles, rng)
        style = cut_square(picture, self.extent, config.style_zoom, rng)
        if rng.random() < config.permute_chance:
            style = style[:, :, rng.permutation(3)]
        share = rng.uniform(0.3, 0.7) if rng.random() < config.blend_chance else 1.0
        return style, float(share)

    def _photo(self, step: int, place: int, draw: _StepDraw, style: Pixels) -> tuple[Pixels, bool]:
        rng = np.random.default_rng((self.seed, step, place))
        margin = self.config.margins[SCALES.index(draw.scale)]
        side = self.config.crop + 2 * margin * draw.scale
        if draw.own:
            top, left = rng.integers(0, self.extent - side + 1, 2)
            photo = style[top : top + side, left : left + side]
        else:
            photo = cut_square(draw_picture(self.photos, rng), side, self.config.zoom, rng)
        return photo, bool(rng.random() < self.config.gray_chance)

    def batch(self, step: int, places: range) -> StyleBatch:
        """Make the samples at `places` of the whole batch of `step`."""
        draw, each = self._step(step), self.config.photos_per_style
        groups = range(places.start // each, -(-places.stop // each))
        styles, shares = zip(*(self._style(step, group, draw) for group in groups), strict=True)
        photos, grays = zip(
            *(
                self._photo(step, place, draw, styles[place // each - groups.start])
                for place in places
            ),
            strict=True,
        )
        rows = [_mix_row(place // each - groups.start, shares) for place in places]
        margin = self.config.margins[SCALES.index(draw.scale)]
        colored = 1 - torch.tensor(grays, dtype=torch.float32)
        border = margin * draw.scale
        inner = slice(border, border + self.config.crop)
        truth = to_tensor([photo[inner, inner] for photo in photos])
        whole = torch.ones(len(styles))
        picture = network_input(
            to_tensor([reduce_picture(photo, draw.scale) for photo in photos]), colored
        )
        return StyleBatch(
            scale=draw.scale,
            picture=picture,
            noise=draw_noise(picture, (self.seed, step), places),
            truth=truth,
            seen=without_color(truth, colored),
            styles=to_tensor(list(styles)),
            details=network_input(to_tensor(list(styles)), whole),
            reduced=network_input(
                to_tensor([reduce_picture(style, draw.scale) for style in styles]), whole
            ),
            mix=torch.tensor(np.stack(rows), dtype=torch.float32),
            own=draw.own,
            margin=margin,
        )


def extent(config: RestyleDataConfig) -> int:
    """Largest side of a photo's cut at full size, px."""
    return max(
        config.crop + 2 * margin * scale
        for margin, scale in zip(config.margins, SCALES, strict=True)
    )


def _mix_row(group: int, shares: tuple[float, ...]) -> NDArray[np.float64]:
    row = np.zeros(len(shares))
    row[group] = shares[group]
    row[(group + 1) % len(shares)] += 1 - shares[group]
    return row


def open_style_data(
    config: RestyleDataConfig, seed: int
) -> tuple[StyleSampler, list[Pixels], list[Pixels]]:
    """Load photos and styles, and hold out some of both for validation."""
    size = extent(config)
    photos = load_sources(config.sources, smallest=round(size * config.zoom[1]))
    styles = load_sources(config.styles, smallest=round(size * config.style_zoom[1]))
    held = split_validation(photos, config.validation)
    held_styles = split_validation(styles, config.validation)
    return StyleSampler(photos, styles, config, seed), held, held_styles


def validation_batch(
    photos: list[Pixels], styles: list[Pixels], config: RestyleDataConfig
) -> StyleBatch:
    """Pair every held-out photo with a held-out style at ×1, every other one gray."""
    rng = np.random.default_rng(0)
    pairs = list(zip(photos, styles, strict=False))
    side, margin = config.crop + 2 * config.margins[0], config.margins[0]
    cuts = [cut_square(photo, side, (1.0, 1.0), rng) for photo, _ in pairs]
    looks = [cut_square(style, extent(config), (1.0, 1.0), rng) for _, style in pairs]
    colored = torch.tensor([float(place % 2) for place in range(len(pairs))])
    inner = slice(margin, margin + config.crop)
    truth = to_tensor([cut[inner, inner] for cut in cuts])
    details = network_input(to_tensor(looks), torch.ones(len(pairs)))
    picture = network_input(to_tensor(cuts), colored)
    return StyleBatch(
        scale=1,
        picture=picture,
        noise=draw_noise(picture, (0,), range(len(pairs))),
        truth=truth,
        seen=without_color(truth, colored),
        styles=to_tensor(looks),
        details=details,
        reduced=details,
        mix=torch.eye(len(pairs)),
        own=False,
        margin=margin,
    )
