"""Fit the estimator of fading to photos that are faded here, and so have a known loss.

Run: python -m heliochrome.training.fading_fit --data SHARD.tar --output fading.json
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heliochrome.image.picture import Picture
from heliochrome.image.write import store_bytes
from heliochrome.tasks.fading import FadingModel, statistics_of
from heliochrome.tasks.unfade import small_densities
from heliochrome.training.config import SourceConfig
from heliochrome.training.fading import fade
from heliochrome.training.sources import load_source

RIDGE = 10.0
LOGISTIC_STEPS = 12  # of Newton's method; it has converged by then
SMALLEST = 160  # short side of the photos in pixels

Floats = NDArray[np.float64]


def fit_fading(photos: Sequence[NDArray[np.uint8]], seed: int = 0) -> FadingModel:
    """Fit the regressions on good photos (H, W, 3) uint8 sRGB, and on each of them faded.

    Of an unfaded photo, nothing is to be predicted but that: the loss is fitted to the faded ones.
    """
    rng = np.random.default_rng(seed)
    good, faded, losses = [], [], []
    for photo in photos:
        true, seen = (small_densities(Picture(p)) for p in (photo, fade(photo, rng)))
        good.append(statistics_of(true))
        faded.append(statistics_of(seen))
        losses.append(best_loss(true, seen))
    every = np.array(good + faded)
    blank = np.zeros(every.shape[1])
    scale = FadingModel(every.mean(axis=0), every.std(axis=0) + 1e-6, blank, blank)
    rows = scale.standardized(np.array(faded))
    return FadingModel(
        scale.mean,
        scale.deviation,
        loss=_ridge(rows, np.array(losses)),
        evidence=_logistic(scale.standardized(every), np.repeat([0.0, 1.0], len(photos))),
    )


def best_loss(true: NDArray[np.float32], seen: NDArray[np.float32]) -> Floats:
    """Logarithms of the gains, and the stain (6,), that bring one (3, h, w) nearest the other."""
    gains, stains = [], []
    for original, faded in zip(true.reshape(3, -1), seen.reshape(3, -1), strict=True):
        together = np.cov(faded, original)
        gain = np.clip(together[0, 1] / max(together[0, 0], 1e-6), 0.5, 4)
        gains.append(np.log(gain))
        stains.append(faded.mean() - original.mean() / gain)
    return np.array(gains + stains, np.float64)


def _ridge(rows: Floats, wanted: Floats) -> Floats:
    curvature = rows.T @ rows + RIDGE * np.eye(rows.shape[1])
    return np.asarray(np.linalg.solve(curvature, rows.T @ wanted), np.float64)


def _logistic(rows: Floats, wanted: Floats) -> Floats:
    weights = np.zeros(rows.shape[1])
    for _ in range(LOGISTIC_STEPS):
        chance = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (wanted - chance) - RIDGE * weights
        curvature = (rows * (chance * (1 - chance))[:, None]).T @ rows
        weights += np.linalg.solve(curvature + RIDGE * np.eye(len(weights)), slope)
    return weights


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit to the photos of folders or shards, and write the coefficients."""
    parser = argparse.ArgumentParser(description="Fit the estimator of fading.")
    parser.add_argument("--data", type=str, nargs="+", required=True, help="folders or shards")
    parser.add_argument("--output", type=Path, required=True, help="JSON file to write")
    parser.add_argument("--every", type=int, default=1, help="take one photo of so many")
    given = parser.parse_args(arguments)
    sets = [load_source(SourceConfig(path), SMALLEST) for path in given.data]
    photos = [photo for found in sets for photo in found.pictures][:: given.every]
    model = fit_fading(photos)
    facts = {
        "about": f"fitted by heliochrome.training.fading_fit to {len(photos)} photos",
        **{
            name: np.round(getattr(model, name), 5).tolist()
            for name in ("mean", "deviation", "loss", "evidence")
        },
    }
    store_bytes(given.output, (json.dumps(facts) + "\n").encode())
    sys.stdout.write(f"{given.output}: {len(photos)} photos\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
