"""Samples for the upscaler, made on the fly and the same for the same (seed, step, place)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from heliochrome.errors import DataError
from heliochrome.training.data import draw_picture, split_validation
from heliochrome.training.sources import PictureSet, load_sources
from heliochrome.training.upscale.config import UpscaleConfig, UpscaleDataConfig
from heliochrome.training.upscale.degrade import degrade

Pixels = NDArray[np.uint8]

_TURNS = 8

# Pillow's bicubic reads two small pixels beyond the one it makes.
_REACH = 2


@dataclass(frozen=True)
class UpscaleBatch:
    """Samples of one step.

    picture: what the network sees, sRGB (N, 3, h, w).
    truth: what it is to make of it, sRGB (N, 3, scale * h, scale * w).
    noise: how strong the noise in `picture` is, 0..1 (N, 1, 1, 1).
    """

    picture: Tensor
    truth: Tensor
    noise: Tensor


def to_tensor(pictures: list[Pixels]) -> Tensor:
    """SRGB in 0..1 (N, 3, H, W) of 8-bit pictures of one size."""
    stacked = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
    return stacked.float().div_(255).contiguous(memory_format=torch.channels_last)


def detail(picture: Pixels) -> float:
    """Mean absolute difference of neighbors in the green channel, levels of 0..255."""
    green = picture[..., 1].astype(np.int16)
    return float(np.abs(np.diff(green, axis=0)).mean() + np.abs(np.diff(green, axis=1)).mean())


@dataclass(frozen=True)
class Place:
    """Where a square is in a picture."""

    top: int
    left: int
    side: int

    def cut(self, picture: Pixels) -> Pixels:
        """Cut the square out, without copying."""
        rows = slice(self.top, self.top + self.side)
        return picture[rows, self.left : self.left + self.side]

    def surroundings(self, picture: Pixels, reach: int) -> tuple[Pixels, Place]:
        """Copy the square with what is at most `reach` pixels away, and say where in it it is."""
        top, left = max(0, self.top - reach), max(0, self.left - reach)
        stop = self.top + self.side + reach, self.left + self.side + reach
        near = np.ascontiguousarray(picture[top : stop[0], left : stop[1]])
        return near, Place(self.top - top, self.left - left, self.side)

    def reduced(self, picture: Pixels, scale: int) -> Pixels:
        """Reduce the square as a part of its picture: the protocol's bicubic, borders included."""
        size = (self.side // scale, self.side // scale)
        box = (self.left, self.top, self.left + self.side, self.top + self.side)
        return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC, box=box))


def draw_place(picture: Pixels, side: int, rng: np.random.Generator) -> Place:
    """Draw where a square of `side` pixels is cut from a picture."""
    most = picture.shape[0] - side + 1, picture.shape[1] - side + 1
    top, left = rng.integers(0, most).tolist()
    return Place(top, left, side)


def turned(picture: Pixels, turn: int) -> Pixels:
    """Give a square picture in one of its eight positions."""
    mirrored = picture[:, ::-1] if turn >= _TURNS // 2 else picture
    return np.rot90(mirrored, turn % (_TURNS // 2))


def toned(picture: Pixels, config: UpscaleDataConfig, rng: np.random.Generator) -> Pixels:
    """Make a picture black and white, or sepia, by its chances."""
    draw = rng.random()
    if draw >= config.gray_chance + config.sepia_chance:
        return picture
    luma = np.asarray(Image.fromarray(picture).convert("L"))
    if draw < config.gray_chance:
        return np.repeat(luma[..., None], 3, axis=2)
    # Red above, blue below the gray: the browns of toned and of faded silver.
    gammas = rng.uniform((0.75, 0.95, 1.05), (0.95, 1.05, 1.5))
    curves = np.rint(255 * np.linspace(0, 1, 256)[:, None] ** gammas).astype(np.uint8)
    return curves[luma]


@dataclass(frozen=True)
class UpscaleSampler:
    """Draws pictures, weighted, and makes batches of them."""

    sources: list[PictureSet]
    config: UpscaleConfig

    @property
    def broken(self) -> list[str]:
        """Names of the pictures that could not be read."""
        return [name for source in self.sources for name in source.broken]

    def _draw(self, rng: np.random.Generator) -> tuple[Pixels, Place]:
        """Draw several squares and take the one with the most detail.

        Much of any photo is sky and blur, of which there is little to learn.
        """
        config, drawn = self.config.data, []
        for _ in range(config.choices):
            picture = draw_picture(self.sources, rng)
            drawn.append((picture, draw_place(picture, config.crop, rng)))
        if len(drawn) == 1:
            return drawn[0]
        return max(drawn, key=lambda square: detail(square[1].cut(square[0])))

    def _sample(self, step: int, place: int) -> tuple[Pixels, Pixels, float]:
        """Small picture, truth, and how strong the noise in the small one is."""
        config, data = self.config, self.config.data
        rng = np.random.default_rng((config.seed, step, place))
        picture, where = self._draw(rng)
        # Cut first: the rest then costs the same, however large the picture is.
        near, where = where.surroundings(picture, _REACH * config.scale)
        near = toned(near, data, rng)
        turn, truth, noise = int(rng.integers(_TURNS)), where.cut(near), 0.0
        if config.is_crisp:
            small, noise = degrade(truth, config.scale, data.degrade, rng)
        else:
            small = where.reduced(near, config.scale)
        return turned(small, turn), turned(truth, turn), noise

    def batch(self, step: int, places: range) -> UpscaleBatch:
        """Make the samples at `places` of the whole batch of `step`."""
        small, truth, noise = zip(*(self._sample(step, place) for place in places), strict=True)
        return UpscaleBatch(
            picture=to_tensor(list(small)),
            truth=to_tensor(list(truth)),
            noise=torch.tensor(noise, dtype=torch.float32).view(-1, 1, 1, 1),
        )


def open_upscale_data(config: UpscaleConfig) -> tuple[UpscaleSampler, list[Pixels]]:
    """Load the pictures at their full size, and hold out some for validation.

    Raises:
        DataError: a source cannot be read, or all of its pictures are smaller than the crop.

    """
    sources = load_sources(config.data.sources, smallest=None)
    for source in sources:
        source.pictures[:] = [p for p in source.pictures if min(p.shape[:2]) >= config.data.crop]
        if not source.pictures:
            raise DataError(
                source.name,
                f"holds no picture of {config.data.crop} px or more",
                "lower data.crop, or leave the source out",
            )
    held = split_validation(sources, config.data.validation)
    return UpscaleSampler(sources, config), held


def validation_batch(pictures: list[Pixels], config: UpscaleConfig) -> UpscaleBatch:
    """Give the middles of the held-out pictures, reduced and not otherwise degraded."""
    side = config.data.crop
    places = [Place((p.shape[0] - side) // 2, (p.shape[1] - side) // 2, side) for p in pictures]
    pairs = list(zip(pictures, places, strict=True))
    return UpscaleBatch(
        picture=to_tensor([place.reduced(picture, config.scale) for picture, place in pairs]),
        truth=to_tensor([place.cut(picture) for picture, place in pairs]),
        noise=torch.zeros(len(pairs), 1, 1, 1),
    )
