"""What restyles in the style protocol: networks, optimization, and what both are worth without."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from heliochrome.evaluation.color_matching import match_colors
from heliochrome.evaluation.optimization_cache import OptimizationCache, optimization_key
from heliochrome.evaluation.style_pictures import Pixels, Trial
from heliochrome.evaluation.style_report import (
    CHAIN,
    MATCHING,
    NETWORK,
    PHOTO,
    optimization_name,
)
from heliochrome.image.picture import Picture
from heliochrome.tasks.colorize import colorize
from heliochrome.tasks.options import RestyleOptions, UpscaleOptions
from heliochrome.tasks.restyle import restyle
from heliochrome.tasks.upscale import upscale
from heliochrome.training.optimize import OptimizeOptions, optimize_style

if TYPE_CHECKING:
    from torch import Tensor

    from heliochrome.model.session import Network
    from heliochrome.training.style_distance import StyleNetworks


@dataclass(frozen=True, slots=True)
class Result:
    """A restyled photo (H, W, 3) uint8 sRGB, and the seconds that it took."""

    pixels: Pixels
    seconds: float


System = Callable[[Trial], Mapping[str, Result]]
"""Restyles what a trial gives; most give one result, under the system's name."""


def leave(trial: Trial) -> Mapping[str, Result]:
    """Only enlarge the photo, by bicubic interpolation."""
    return {PHOTO: _timed(trial.enlarged)}


def match(trial: Trial) -> Mapping[str, Result]:
    """Give the enlarged photo the mean and the covariance of the style's colors."""

    def matched() -> Pixels:
        colors = match_colors(trial.enlarged() / 255, trial.style.pixels / 255)
        return np.rint(255 * np.clip(colors, 0, 1)).astype(np.uint8)

    return {MATCHING: _timed(matched)}


def restyling(network: Network, name: str = NETWORK, corrections: int | None = None) -> System:
    """Restyle in one pass of a network; measuring the style picture counts as its time."""

    def system(trial: Trial) -> Mapping[str, Result]:
        options = RestyleOptions(scale=trial.scale, corrections=corrections)
        styles = [Picture(trial.style.pixels)]
        result = _timed(lambda: restyle(trial.given, styles, network, options).picture.pixels)
        return {name: result}

    return system


def chaining(colorizer: Network, restyler: Network, upscaler: Network) -> System:
    """Colorize, restyle at the given size, then enlarge, by a network each."""

    def chained(trial: Trial) -> Pixels:
        colored = colorize(trial.given, colorizer).picture
        restyled = restyle(colored, [Picture(trial.style.pixels)], restyler).picture
        return upscale(restyled, upscaler, UpscaleOptions(scale=trial.scale)).picture.pixels

    return lambda trial: {CHAIN: _timed(lambda: chained(trial))}


def optimizing(
    networks: StyleNetworks,
    steps: tuple[int, ...],
    scales: tuple[int, ...],
    cache: OptimizationCache | None = None,
) -> System:
    """Optimize pixels, from the photo enlarged by bicubic interpolation.

    One run of the most steps serves all numbers of them. At other scales than `scales` it gives
    nothing.
    """

    def system(trial: Trial) -> Mapping[str, Result]:
        if not steps or trial.scale not in scales:
            return {}
        key = optimization_key(trial.enlarged(), trial.style.pixels, networks, OptimizeOptions())
        found = {} if cache is None else cache.load(key)
        if not set(steps) <= found.keys():
            found |= _optimized(trial, networks, steps)
            if cache is not None:
                cache.store(key, found)
        return {optimization_name(count): Result(*found[count]) for count in steps}

    return system


def picture_tensor(pixels: Pixels) -> Tensor:
    """Give (H, W, 3) uint8 sRGB as (1, 3, H, W) in 0..1."""
    import torch

    planes = np.ascontiguousarray(pixels.transpose(2, 0, 1))
    return torch.from_numpy(planes).unsqueeze(0) / 255


def _optimized(
    trial: Trial, networks: StyleNetworks, steps: tuple[int, ...]
) -> dict[int, tuple[Pixels, float]]:
    content, style = picture_tensor(trial.enlarged()), picture_tensor(trial.style.pixels)
    records = optimize_style(content, [style], networks, OptimizeOptions(steps=max(steps)))
    return {
        record.step: (record.preview(), record.seconds)
        for record in records
        if record.step in steps
    }


def _timed(make: Callable[[], Pixels]) -> Result:
    started = time.perf_counter()
    pixels = make()
    return Result(pixels, time.perf_counter() - started)
