"""Measure the shapes of dust, hairs and stains in a tar of binary masks.

python benchmarks/damage_shapes.py textures-damage.tar

The figures it prints are those that `heliochrome.tasks.vintage.damage` draws its own shapes from.
Masks that are mostly white, or white from border to border, are inverted ones or blank: they hold
the outlines of paper and no object, and are left out. Needs scikit-image (the `demo` extra).
"""

from __future__ import annotations

import io
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.graph import route_through_array
from skimage.measure import find_contours, label, regionprops
from skimage.morphology import skeletonize

Mask = NDArray[np.bool_]

SMOOTHING = 6  # pixels, over which the staircase of a skeleton is evened out
SAMPLES = 64  # points along a hair or an outline
SOLID = 0.8  # filled share of the convex hull from which on a mask is one solid stain


def main(archive: Path) -> None:
    """Sort the masks into kinds, measure each kind and print its figures."""
    hairs, specks, stains, powders = [], [], [], []
    for mask in _masks(archive):
        regions = sorted(regionprops(label(mask, connectivity=2)), key=lambda r: -r.area)
        hair = _hair(mask) if len(regions) <= 2 else None
        if hair is not None:
            hairs.append(hair)
        elif regions[0].solidity > SOLID and regions[0].area > 1000:
            stains.append(_outline(mask, regions[0]))
        elif regions[0].area < 300:
            specks += [_speck(region) for region in regions if region.area >= 8]
        elif len(regions) >= 12:
            powders.append(_powder(regions))
    _report("hair", hairs)
    _report("speck", specks)
    _report("stain", stains)
    _report("powder", powders)


def _masks(archive: Path) -> Iterator[Mask]:
    with tarfile.open(archive) as tar:
        for member in tar:
            file = tar.extractfile(member)
            if file is None:
                continue
            mask = np.asarray(Image.open(io.BytesIO(file.read())).convert("L")) > 127
            if 1e-4 < mask.mean() < 0.5 and not _crosses(mask):
                yield mask


def _crosses(mask: Mask) -> bool:
    """Whether one region reaches from the left border to the right one."""
    regions = label(mask, connectivity=2)  # 0, which does not count below, is the ground
    return bool(np.intersect1d(regions[:, :2], regions[:, -2:]).any())


def _report(kind: str, rows: list[dict[str, float]]) -> None:
    print(f"{kind}: {len(rows)} measured")
    for name in rows[0]:
        values = np.array([row[name] for row in rows])
        low, middle, high = np.percentile(values, (10, 50, 90))
        line = f"  {name}: median {middle:.3g}, 10 % {low:.3g}, 90 % {high:.3g}"
        if values.min() > 0:
            line += f", standard deviation of its logarithm {np.log(values).std():.2f}"
        print(f"{line}, rms {np.sqrt((values**2).mean()):.3g}")


def _hair(mask: Mask) -> dict[str, float] | None:
    """Length, width and turning of one thin line; None for what is none."""
    path = _longest_path(np.pad(skeletonize(mask), 1))
    if len(path) < 40:
        return None
    points = _resample(_smooth(path.astype(float)))
    steps = np.diff(points, axis=0)
    length = float(np.hypot(*steps.T).sum())
    width = float(mask.sum()) / length
    if length < 10 * width:
        return None
    angle = np.unwrap(np.arctan2(*steps.T))
    along = np.linspace(0, 1, len(angle))
    slope, offset = np.polyfit(along, angle, 1)
    rest = angle - (slope * along + offset)
    return {
        "length / picture": length / max(mask.shape),
        "length / width": length / width,
        "chord / length": float(np.hypot(*(points[-1] - points[0]))) / length,
        "turning (rad)": abs(float(slope)),
        "wander about it (rad, rms)": float(rest.std()),
        "correlation length of the wander / length": _correlation_length(rest),
    }


def _longest_path(skeleton: Mask) -> NDArray[np.intp]:
    """Points (n, 2) of the way through a skeleton, empty at its border, between its far ends."""
    costs = np.where(skeleton, 1.0, 1e6)
    start = _farthest(skeleton, np.argwhere(skeleton)[0])
    end = _farthest(skeleton, start)
    path, _ = route_through_array(costs, start, end, fully_connected=True, geometric=True)
    return np.array(path)


def _farthest(skeleton: Mask, start: NDArray[np.intp]) -> NDArray[np.intp]:
    seen, front, last = {tuple(start)}, [tuple(start)], tuple(start)
    while front:
        last = front[0]
        near = {(r + i, c + j) for r, c in front for i in (-1, 0, 1) for j in (-1, 0, 1)}
        front = [place for place in near - seen if skeleton[place]]
        seen |= set(front)
    return np.array(last)


def _smooth(path: NDArray[np.float64]) -> NDArray[np.float64]:
    offsets = np.arange(-3 * SMOOTHING, 3 * SMOOTHING + 1)
    kernel = np.exp(-0.5 * (offsets / SMOOTHING) ** 2)
    weights = np.convolve(np.ones(len(path)), kernel, "same")
    return np.stack([np.convolve(axis, kernel, "same") / weights for axis in path.T], axis=1)


def _resample(path: NDArray[np.float64]) -> NDArray[np.float64]:
    along = np.concatenate([[0], np.hypot(*np.diff(path, axis=0).T).cumsum()])
    wanted = np.linspace(0, along[-1], SAMPLES + 1)
    return np.stack([np.interp(wanted, along, axis) for axis in path.T], axis=1)


def _correlation_length(values: NDArray[np.float64]) -> float:
    """Lag, as a share of the whole, at which the autocorrelation falls to 1 / e."""
    centered = values - values.mean()
    full = np.correlate(centered, centered, "full")[len(values) - 1 :]
    below = np.flatnonzero(full < full[0] / np.e)
    return float(below[0] if below.size else len(values)) / len(values)


def _speck(region: Any) -> dict[str, float]:
    return {
        "equivalent diameter (px)": float(region.equivalent_diameter_area),
        "long / short axis": region.axis_major_length / max(region.axis_minor_length, 1),
        "solidity": float(region.solidity),
    }


def _outline(mask: Mask, region: Any) -> dict[str, float]:
    """Roughness of a solid stain: its radius by harmonics, relative to the mean radius."""
    contour = max(find_contours(np.pad(mask, 1).astype(float), 0.5), key=len)
    away = contour - contour.mean(axis=0)
    angle, radius = np.arctan2(*away.T), np.hypot(*away.T)
    order = np.argsort(angle)
    wanted = np.linspace(-np.pi, np.pi, 4 * SAMPLES, endpoint=False)
    even = np.interp(wanted, angle[order], radius[order], period=2 * np.pi)
    harmonics = 2 * np.abs(np.fft.rfft(even)) / len(even) / even.mean()
    return {
        "diameter / picture": float(region.equivalent_diameter_area) / max(mask.shape),
        **{f"harmonic {n}": float(harmonics[n]) for n in (2, 3, 4, 5, 6, 8, 12, 16)},
    }


def _powder(regions: list[Any]) -> dict[str, float]:
    """Sizes of the fragments of a stain that has fallen apart, and their spread around it."""
    areas = np.array([region.area for region in regions], float)
    centers = np.array([region.centroid for region in regions])
    away = np.hypot(*(centers - np.average(centers, axis=0, weights=areas)).T)
    rank = np.arange(1, len(areas) + 1)
    kept = areas >= 4
    slope = np.polyfit(np.log(areas[kept]), np.log(rank[kept]), 1)[0]
    return {
        "fragments": float(len(areas)),
        "largest fragment's share": float(areas[0] / areas.sum()),
        "exponent of the number above an area": -float(slope),
        "rms distance of fragments (px)": float(np.sqrt((away**2).mean())),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
