"""Samples for the colorizer, made on the fly and the same for the same (seed, step, place).

Randomness hangs on nothing but these three numbers: a resumed run, or one split over several
processes, sees exactly the pictures that an unbroken single process would.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from heliochrome.training.colorspace import srgb_to_lab
from heliochrome.training.config import DataConfig
from heliochrome.training.degrade import degrade, emulsion_lightness
from heliochrome.training.sources import PictureSet, load_sources

STRIDE = 4


@dataclass(frozen=True)
class Batch:
    """Samples of one step.

    lightness: what the network sees, L* (N, 1, H, W), degraded.
    clean: the picture's own L* (N, 1, H, W).
    chroma: true ab at a quarter of the size (N, 2, H / 4, W / 4).
    hints, mask: ab (N, 2, H, W) at hinted pixels, and where they are (N, 1, H, W).
    wants_palette: 1 where the sample is shown its palette (N,).
    """

    lightness: Tensor
    clean: Tensor
    chroma: Tensor
    hints: Tensor
    mask: Tensor
    wants_palette: Tensor


def cut_square(
    picture: NDArray[np.uint8], size: int, zoom: tuple[float, float], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Cut a random square of `size` px after a random `zoom`, mirrored half of the time."""
    height, width = picture.shape[:2]
    short = min(height, width)
    side = short / rng.uniform(*zoom)
    left, top = rng.uniform(0, width - side), rng.uniform(0, height - side)
    box = (left, top, left + side, top + side)
    # BICUBIC reduces with support when shrinking, and is smooth when a thumbnail is enlarged.
    cut = Image.fromarray(picture).resize((size, size), Image.Resampling.BICUBIC, box=box)
    pixels = np.asarray(cut)
    return pixels[:, ::-1] if rng.random() < 0.5 else pixels


def crop_picture(
    picture: NDArray[np.uint8], config: DataConfig, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Cut a random square as `config` says; see `cut_square`."""
    return cut_square(picture, config.crop, config.zoom, rng)


def hint_mask(side: int, chance: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Mask (side, side) of hinted pixels: none, a few small squares, or rarely everything."""
    mask = np.zeros((side, side), np.float32)
    draw = rng.random()
    if draw < 0.03 * chance:
        mask[:] = 1
    elif draw < chance:
        for _ in range(min(int(rng.geometric(1 / 8)), 64)):
            size = int(rng.integers(2, 9))
            y, x = rng.integers(0, side - size, 2)
            mask[y : y + size, x : x + size] = 1
    return mask


def draw_picture(sources: list[PictureSet], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw a source by its weight, and one of its pictures."""
    weights = np.array([source.weight for source in sources])
    source = sources[rng.choice(len(weights), p=weights / weights.sum())]
    return source.pictures[rng.integers(len(source.pictures))]


@dataclass(frozen=True)
class Sampler:
    """Draws samples from sources, weighted, and makes batches of them."""

    sources: list[PictureSet]
    config: DataConfig
    seed: int

    @property
    def broken(self) -> list[str]:
        """Names of the pictures that could not be read."""
        return [name for source in self.sources for name in source.broken]

    def _draw(
        self, step: int, place: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32], bool]:
        rng = np.random.default_rng((self.seed, step, place))
        picture = draw_picture(self.sources, rng)
        rgb = crop_picture(picture, self.config, rng)
        lightness = emulsion_lightness(rgb, rng, self.config.degrade.emulsion)
        lightness = degrade(lightness, self.config.degrade, rng)
        mask = hint_mask(self.config.crop, self.config.hint_chance, rng)
        return rgb, lightness, mask, bool(rng.random() < self.config.palette_chance)

    def batch(self, step: int, places: range) -> Batch:
        """Make the samples at `places` of the whole batch of `step`."""
        rgb, lightness, mask, palette = zip(
            *(self._draw(step, place) for place in places), strict=True
        )
        lab = srgb_to_lab(torch.from_numpy(np.stack(rgb)).permute(0, 3, 1, 2).float() / 255)
        masks = torch.from_numpy(np.stack(mask))[:, None]
        return Batch(
            lightness=torch.from_numpy(np.stack(lightness))[:, None],
            clean=lab[:, :1].contiguous(),
            chroma=torch.nn.functional.avg_pool2d(lab[:, 1:], STRIDE),
            hints=lab[:, 1:] * masks,
            mask=masks,
            wants_palette=torch.tensor(palette, dtype=torch.float32),
        )


def split_validation(sources: list[PictureSet], count: int) -> list[NDArray[np.uint8]]:
    """Take about `count` pictures out of the sources, spread evenly by weight and in each."""
    total = sum(source.weight for source in sources)
    held: list[NDArray[np.uint8]] = []
    for source in sources:
        wanted = min(round(count * source.weight / total), len(source.pictures) // 2)
        places = {int(place) for place in np.linspace(0, len(source.pictures) - 1, wanted)}
        held.extend(source.pictures[place] for place in sorted(places))
        source.pictures[:] = [
            picture for place, picture in enumerate(source.pictures) if place not in places
        ]
    return held


def open_data(config: DataConfig, seed: int) -> tuple[Sampler, list[NDArray[np.uint8]]]:
    """Load the sources and hold out the validation pictures."""
    sources = load_sources(config.sources, smallest=round(config.crop * config.zoom[1]))
    held = split_validation(sources, config.validation)
    return Sampler(sources, config, seed), held


Made = TypeVar("Made", covariant=True)


class MakesBatches(Protocol[Made]):
    """A sampler of any task."""

    @property
    def broken(self) -> list[str]:
        """Names of the pictures that could not be read."""

    def batch(self, step: int, places: range) -> Made:
        """Make the samples at `places` of the whole batch of `step`."""


def prefetch(
    sampler: MakesBatches[Made], steps: Iterator[int], places: range, ahead: int = 3
) -> Generator[Made]:
    """Yield the batch of every step, made by a thread while the network computes."""
    ready: queue.Queue[Made | BaseException | None] = queue.Queue(ahead)
    stop = threading.Event()

    def put(item: Made | BaseException | None) -> None:
        while not stop.is_set():
            try:
                ready.put(item, timeout=0.2)
            except queue.Full:
                continue
            return

    def work() -> None:
        try:
            for step in steps:
                if stop.is_set():
                    return
                put(sampler.batch(step, places))
            put(None)
        except BaseException as error:
            put(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        thread.join()
