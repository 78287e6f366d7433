"""The protocol heliochrome-unfade-1: fade color photos, restore them, compare with the truth.

Each photo is faded once, by `heliochrome.training.fading` with a seed of its own, and given to
every method as 8-bit sRGB; so is the photo itself, to see what a method does to one that never
faded. Two simple methods are beside ours, since a plain stretch of the channels undoes much.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heliochrome import __version__
from heliochrome.errors import OptionError
from heliochrome.evaluation.color_metrics import colorfulness_of, mean_delta_e_2000, psnr_rgb
from heliochrome.evaluation.contact_sheet import SheetRow, spread_evenly
from heliochrome.evaluation.truth import TruePhoto, hash_of_files, list_photos, read_true_photo
from heliochrome.image.color import linear_to_srgb, srgb_to_linear
from heliochrome.image.picture import Picture
from heliochrome.tasks.fading import COEFFICIENTS
from heliochrome.tasks.unfade import unfade
from heliochrome.training.fading import fade

PROTOCOL = "heliochrome-unfade-1"
SEED = 1970
STRETCH_PERCENT = 0.5  # of the samples of a channel that a stretch leaves beyond each end
HEADINGS = ("faded", "gray world", "stretch", "restored", "truth", "truth, restored")

Pixels = NDArray[np.uint8]
Progress = Callable[[int, int], None]


def leave(pixels: Pixels) -> Pixels:
    """Do nothing."""
    return pixels


def gray_world(pixels: Pixels) -> Pixels:
    """Scale linear R, G and B of (H, W, 3) uint8 sRGB so that their means are equal."""
    linear = srgb_to_linear(pixels / 255)
    means = np.maximum(linear.mean(axis=(0, 1)), 1e-4)
    encoded = linear_to_srgb(np.clip(linear * means.mean() / means, 0, 1))
    return np.rint(encoded * 255).astype(np.uint8)


def stretch(pixels: Pixels) -> Pixels:
    """Stretch every channel of (H, W, 3) uint8 sRGB from its 0.5th to its 99.5th percentile."""
    low, high = np.percentile(pixels, (STRETCH_PERCENT, 100 - STRETCH_PERCENT), axis=(0, 1))
    share = np.clip((pixels - low) / np.maximum(high - low, 1), 0, 1)
    return np.rint(share * 255).astype(np.uint8)


def restore(pixels: Pixels) -> Pixels:
    """Restore by `heliochrome.tasks.unfade`, at its defaults."""
    return np.asarray(unfade(Picture(pixels)).picture.pixels, np.uint8)


METHODS: tuple[tuple[str, Callable[[Pixels], Pixels]], ...] = (
    ("none", leave),
    ("gray world", gray_world),
    ("stretch", stretch),
    ("restore-color", restore),
)


@dataclass(frozen=True, slots=True)
class PhotoScore:
    """One method on one photo: PSNR in dB and mean CIEDE2000 to the truth, after it faded.

    `good_delta_e_2000` is that of what the method makes of the photo that did not fade.
    """

    name: str
    psnr: float
    delta_e_2000: float
    colorfulness_ratio: float
    good_delta_e_2000: float


@dataclass(frozen=True, slots=True)
class MethodScore:
    """One method over the set: means of the photos', and the worst tenth of them."""

    method: str
    psnr: float
    delta_e_2000: float
    delta_e_2000_worst_tenth: float
    colorfulness_ratio: float
    good_delta_e_2000: float
    good_delta_e_2000_worst_tenth: float
    photos: tuple[PhotoScore, ...]


@dataclass(frozen=True, slots=True)
class UnfadeReport:
    """Everything that one run measured; `coefficients_sha256` is of the estimator's file."""

    protocol: str
    heliochrome_version: str
    seed: int
    folder: str
    photos: int
    data_sha256: str
    coefficients_sha256: str
    methods: tuple[MethodScore, ...]

    def to_json(self) -> str:
        """Give the report as indented JSON; every number in it is finite."""
        return json.dumps(asdict(self), indent=2, allow_nan=False) + "\n"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A report, and the photos kept for the contact sheet."""

    report: UnfadeReport
    sheet: tuple[SheetRow, ...]


def run(
    data: Path,
    *,
    limit: int | None = None,
    sheet_rows: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Fade and restore the 8-bit RGB photos of a folder, `limit` of them by name.

    Raises:
        DataError: the folder is missing or has no such photos.
        ReadError: a photo cannot be read.
        OptionError: the limit is below 1.

    """
    if limit is not None and limit < 1:
        raise OptionError("limit", f"is {limit}", "give 1 or more")
    paths = list_photos(data, limit)
    places = spread_evenly(sheet_rows, len(paths))
    scores: dict[str, list[PhotoScore]] = {name: [] for name, _ in METHODS}
    sheet = []
    for index, path in enumerate(paths):
        photo = read_true_photo(path)
        faded = fade(photo.pixels, np.random.default_rng((SEED, index)))
        results = {name: (method(faded), method(photo.pixels)) for name, method in METHODS}
        for name, (result, good) in results.items():
            scores[name].append(_score(photo, result, good))
        if index in places:
            sheet.append(_sheet_row(photo, results, scores))
        if progress is not None:
            progress(index + 1, len(paths))
    return Evaluation(_report(paths, scores), tuple(sheet))


def _score(photo: TruePhoto, result: Pixels, good: Pixels) -> PhotoScore:
    true_colorfulness = max(colorfulness_of(photo.pixels), 1e-3)
    return PhotoScore(
        name=photo.name,
        psnr=psnr_rgb(photo.pixels, result),
        delta_e_2000=mean_delta_e_2000(photo.pixels, result, photo.lab),
        colorfulness_ratio=colorfulness_of(result) / true_colorfulness,
        good_delta_e_2000=mean_delta_e_2000(photo.pixels, good, photo.lab),
    )


def _sheet_row(
    photo: TruePhoto,
    results: dict[str, tuple[Pixels, Pixels]],
    scores: dict[str, list[PhotoScore]],
) -> SheetRow:
    before, after = scores["none"][-1], scores["restore-color"][-1]
    caption = (
        f"{photo.name}: CIEDE2000 {before.delta_e_2000:.1f} faded, {after.delta_e_2000:.1f} "
        f"restored; {after.good_delta_e_2000:.1f} where it had not faded"
    )
    pictures = [result for result, _ in results.values()]
    return SheetRow(caption, (*pictures, photo.pixels, results["restore-color"][1]))


def _report(paths: Sequence[Path], scores: dict[str, list[PhotoScore]]) -> UnfadeReport:
    coefficients = (files("heliochrome") / "weights" / COEFFICIENTS).read_bytes()
    return UnfadeReport(
        protocol=PROTOCOL,
        heliochrome_version=__version__,
        seed=SEED,
        folder=paths[0].parent.name,
        photos=len(paths),
        data_sha256=hash_of_files(paths),
        coefficients_sha256=hashlib.sha256(coefficients).hexdigest(),
        methods=tuple(_sum_up(name, photos) for name, photos in scores.items()),
    )


def _sum_up(method: str, photos: Sequence[PhotoScore]) -> MethodScore:
    differences = [photo.delta_e_2000 for photo in photos]
    good = [photo.good_delta_e_2000 for photo in photos]
    return MethodScore(
        method=method,
        psnr=float(np.mean([photo.psnr for photo in photos])),
        delta_e_2000=float(np.mean(differences)),
        delta_e_2000_worst_tenth=float(np.quantile(differences, 0.9)),
        colorfulness_ratio=float(np.mean([photo.colorfulness_ratio for photo in photos])),
        good_delta_e_2000=float(np.mean(good)),
        good_delta_e_2000_worst_tenth=float(np.quantile(good, 0.9)),
        photos=tuple(photos),
    )
