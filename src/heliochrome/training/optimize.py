"""The reference that restyling networks are measured by: direct optimization of the pixels.

Gatys, Ecker, Bethge 2016, "Image Style Transfer Using Convolutional Neural Networks": L-BFGS on
the picture itself, from the photo. Slow, and as good as the losses themselves.

Departures from the paper: the losses are the relative and normalized ones of `style_distance`, so
that the reference minimizes what is reported; the start is the photo and not noise; pixels are
brought back into 0..1 after every step, for the picture is measured as it can be stored.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from heliochrome.errors import OptionError, TrainingError
from heliochrome.training.losses.regression import total_variation
from heliochrome.training.style_distance import (
    CONTENT_LAYERS,
    StyleNetworks,
    content_distances,
    load_style_networks,
    mean_of,
    style_distances,
    style_grams,
)

# Pairs of steps and gradients that L-BFGS remembers; each takes two pictures of memory.
_HISTORY = 20

# Without a line search, which would double the cost, a step can fail. One whose loss is this many
# times the lowest so far is taken back.
_FAILED = 2.0

SrgbArray = NDArray[np.uint8] | NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class OptimizeOptions:
    """How to optimize.

    Attributes:
        steps: steps of L-BFGS, each with one evaluation of the losses.
        style_weight: of the mean relative Gram distance.
        content_weight: of the mean normalized content distance.
        variation_weight: of the total variation (mean absolute difference of neighbors).
        shares: weights of the style pictures; empty for equal ones.
        precision: of the feature networks; bfloat16 is quicker where the processor has it, and
            changes the distances reached by a few percent.

    Raises:
        OptionError: fewer than one step, or a negative weight.

    """

    steps: int = 200
    style_weight: float = 1.0
    content_weight: float = 0.05
    variation_weight: float = 0.0
    shares: tuple[float, ...] = ()
    precision: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise OptionError("steps", f"is {self.steps}", "give 1 or more")
        for name in ("style_weight", "content_weight", "variation_weight"):
            if not getattr(self, name) >= 0:
                raise OptionError(name, f"is {getattr(self, name)}", "give 0 or more")


@dataclass(frozen=True, slots=True)
class OptimizeRecord:
    """Where the optimization stands after `step` steps; step 0 is the photo.

    Attributes:
        step: steps done.
        loss: weighted sum of what is minimized.
        style: mean relative Gram distance.
        content: mean normalized content distance.
        seconds: since the optimization began, without what the reader of the records does.
        picture: (1, 3, H, W) sRGB in 0..1, not changed later.

    """

    step: int
    loss: float
    style: float
    content: float
    seconds: float
    picture: Tensor

    def preview(self) -> NDArray[np.uint8]:
        """Give the picture as (H, W, 3) uint8 sRGB."""
        return (_to_array(self.picture) * 255).round().astype(np.uint8)


def optimize_style(
    content: Tensor,
    styles: Sequence[Tensor],
    networks: StyleNetworks,
    options: OptimizeOptions = OptimizeOptions(),
) -> Iterator[OptimizeRecord]:
    """Give `content` the style of one picture, or the mean of several, step by step.

    Yields `steps + 1` records, the photo's own first. The same input gives the same pictures.

    Args:
        content: (1, 3, H, W) sRGB in 0..1, sides of 16 pixels or more.
        styles: pictures (1, 3, h, w) sRGB in 0..1, of any sizes.
        networks: whose features are compared; on the device of the pictures.
        options: how to optimize.

    Raises:
        OptionError: there is no style, the shares do not fit, or a picture is too small.
        TrainingError: while it runs: the loss is not finite.

    """
    objective = _Objective(content, styles, networks, options)
    return _descend(content, objective, options.steps)


def optimize_picture(
    content: SrgbArray,
    styles: Sequence[SrgbArray],
    *,
    vgg: Path,
    squeezenet: Path,
    options: OptimizeOptions = OptimizeOptions(),
    progress: Callable[[OptimizeRecord], None] | None = None,
) -> NDArray[np.float32]:
    """Give a photo the style of pictures by direct optimization; see `optimize_style`.

    Takes about 4 kB of memory per pixel of the photo. Styles with a longer short side than the
    photo are reduced to its own: strokes are to be as large in the result as in the style.

    Args:
        content: (H, W, 3) sRGB, uint8 or floats in 0..1.
        styles: pictures (h, w, 3) of the same kind.
        vgg: safetensors file of VGG-19.
        squeezenet: safetensors file of SqueezeNet 1.1.
        options: how to optimize.
        progress: called with every record.

    Returns:
        (H, W, 3) float32 sRGB in 0..1.

    Raises:
        HeliochromeError: whatever `optimize_style` and `load_style_networks` raise.

    """
    networks = load_style_networks(vgg, squeezenet)
    photo = _to_tensor(content)
    targets = [_to_tensor(_at_most(style, min(photo.shape[-2:]))) for style in styles]
    for record in optimize_style(photo, targets, networks, options):
        if progress is not None:
            progress(record)
    return _to_array(record.picture)


@dataclass(frozen=True, slots=True)
class _Terms:
    loss: Tensor
    style: Tensor
    content: Tensor


_Measure = Callable[[Tensor], _Terms]


class _Objective:
    """What is minimized: the losses against targets that are computed once."""

    def __init__(
        self,
        content: Tensor,
        styles: Sequence[Tensor],
        networks: StyleNetworks,
        options: OptimizeOptions,
    ) -> None:
        self.networks, self.options = networks, options
        self.grams = style_grams(styles, networks, options.shares or None)
        with torch.no_grad():
            self.content: Mapping[str, Tensor] = networks.features(content, CONTENT_LAYERS)

    def __call__(self, picture: Tensor) -> _Terms:
        options = self.options
        quick = options.precision == "bfloat16"
        with torch.autocast(picture.device.type, torch.bfloat16, enabled=quick):
            maps = self.networks.features(picture)
        features = {name: features.float() for name, features in maps.items()}
        style = mean_of(style_distances(features, self.grams))
        content = mean_of(content_distances(features, self.content))
        loss = options.style_weight * style + options.content_weight * content
        if options.variation_weight:
            loss = loss + options.variation_weight * total_variation(picture)
        return _Terms(loss, style, content)


def _descend(content: Tensor, objective: _Measure, steps: int) -> Iterator[OptimizeRecord]:
    started = time.perf_counter()
    picture = content.detach().clone(memory_format=torch.contiguous_format).requires_grad_()
    optimizer = _lbfgs(picture)
    best, best_loss = content, float("inf")
    for step in range(steps + 1):
        terms = objective(picture)
        if not terms.loss.item() <= _FAILED * best_loss:
            # From the best picture anew, with nothing remembered of what went wrong.
            _set(picture, best)
            optimizer = _lbfgs(picture)
            terms = objective(picture)
        now = picture.detach().clone()
        if terms.loss.item() < best_loss:
            best, best_loss = now, terms.loss.item()
        paused = time.perf_counter()
        yield _record(step, terms, paused - started, now)
        started += time.perf_counter() - paused
        if step < steps:
            _step(picture, terms.loss, optimizer)


def _record(step: int, terms: _Terms, seconds: float, picture: Tensor) -> OptimizeRecord:
    loss, style, content = (term.item() for term in (terms.loss, terms.style, terms.content))
    if not math.isfinite(loss):
        raise TrainingError("loss", f"is {loss} at step {step}", "give pictures in 0..1")
    return OptimizeRecord(step, loss, style, content, seconds, picture)


def _set(picture: Tensor, values: Tensor) -> None:
    with torch.no_grad():
        picture.copy_(values)


def _lbfgs(picture: Tensor) -> torch.optim.LBFGS:
    # One iteration per call of `step`, which evaluates once; no tolerance ends it early.
    return torch.optim.LBFGS(
        [picture],
        lr=1,
        max_iter=1,
        history_size=_HISTORY,
        tolerance_grad=0,
        tolerance_change=0,
    )


def _step(picture: Tensor, loss: Tensor, optimizer: torch.optim.LBFGS) -> None:
    optimizer.zero_grad()
    loss.backward()
    optimizer.step(lambda: loss.detach())
    _set(picture, picture.detach().clamp(0, 1))


def _at_most(pixels: SrgbArray, short_side: int) -> SrgbArray:
    height, width = pixels.shape[:2]
    scale = short_side / min(height, width)
    if scale >= 1:
        return pixels
    levels = pixels if pixels.dtype == np.uint8 else np.rint(pixels * 255).astype(np.uint8)
    size = (round(width * scale), round(height * scale))
    return np.asarray(Image.fromarray(levels).resize(size, Image.Resampling.BICUBIC))


def _to_tensor(pixels: SrgbArray) -> Tensor:
    if pixels.ndim != 3 or pixels.shape[2] != 3:
        raise OptionError("picture", f"has the shape {pixels.shape}", "give RGB (H, W, 3)")
    full_scale = 255 if pixels.dtype == np.uint8 else 1
    planes = np.ascontiguousarray(pixels.transpose(2, 0, 1), np.float32) / full_scale
    return torch.from_numpy(planes).unsqueeze(0)


def _to_array(picture: Tensor) -> NDArray[np.float32]:
    return picture[0].permute(1, 2, 0).cpu().numpy()
