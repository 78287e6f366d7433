"""The protocol heliochrome-upscale-1: enlarge reduced pictures, compare with what they were.

Every picture is cut to a multiple of the scale, reduced by Pillow's bicubic in 8 bits, and given to
every system. Results are compared in 8 bits, by luma without a border as wide as the scale, and by
features of VGG-19 and SqueezeNet 1.1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from heliochrome import __version__
from heliochrome.errors import DataError, MissingExtraError, OptionError
from heliochrome.evaluation.contact_sheet import SheetRow, spread_evenly
from heliochrome.evaluation.truth import hash_of_files, list_photos
from heliochrome.evaluation.upscale_metrics import psnr_luma, ssim_luma
from heliochrome.evaluation.upscale_report import (
    BICUBIC,
    PROTOCOL,
    FileFacts,
    FolderReport,
    SystemScore,
    TrialScore,
    UpscaleReport,
)
from heliochrome.evaluation.upscale_systems import (
    Result,
    System,
    bicubic,
    open_peer,
    peer_files,
    resized,
    timed,
    upscaling,
)
from heliochrome.image.read import read_picture
from heliochrome.image.samples import from_unit, to_srgb, to_unit
from heliochrome.model.session import Network, open_network
from heliochrome.model.store import find_model
from heliochrome.tasks.options import UpscaleOptions
from heliochrome.tasks.upscaler_network import check_upscaler

if TYPE_CHECKING:
    from heliochrome.training.networks.perceptual import PerceptualNetwork

Pixels = NDArray[np.uint8]
Progress = Callable[[int, int], None]

# Where features are compared, by the label of their network.
LAYERS = {"VGG-19": "relu3_1", "SqueezeNet": "fire5"}

# Least side of a reduced picture: feature networks need as much of the enlarged one.
_SMALLEST = 16

_CELL = (120, 160)
"""Rows and columns of a picture that are shown on the contact sheet, at twice their size."""

_STEP = 8


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A report, and what was kept for the contact sheet under its headings."""

    report: UpscaleReport
    sheet: tuple[SheetRow, ...]
    headings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A picture's name, the picture (H, W, 3) uint8 sRGB, and the same reduced."""

    name: str
    truth: Pixels
    given: Pixels


def run(
    folders: Sequence[Path],
    scale: int,
    models: Sequence[str | Path] = (),
    *,
    peers: Path | None = None,
    features: Sequence[Path] = (),
    sheet_rows: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate stored upscalers, and bicubic interpolation beside them.

    Args:
        folders: of true pictures; each is reported on its own.
        scale: 2 or more.
        models: names or paths of upscalers of this scale.
        peers: folder of networks for OpenCV's `dnn_superres`; None compares with none.
        features: safetensors files of VGG-19 and SqueezeNet 1.1 for distances; may be empty.
        sheet_rows: how many pictures to keep for the contact sheet, evenly spread over all.
        progress: called with (pictures done, pictures in all) after each.

    Raises:
        OptionError: the scale is below 2 or not a network's, or two networks have one name.
        MissingExtraError: features are asked for and torch is not installed, or peers and OpenCV.
        HeliochromeError: a folder, a picture or a network cannot be read, or a network failed.

    """
    if scale < 2:
        raise OptionError("scale", f"is {scale}", "give 2 or more")
    paths = [list_photos(folder) for folder in folders]
    networks = [_open(model, scale) for model in models]
    others = [] if peers is None else peer_files(peers, scale)
    judges = _load_features(features)
    systems = [bicubic(scale), *map(upscaling, networks), *map(open_peer, others)]
    _check_names(systems)
    session = _Session(systems, judges, scale, sum(map(len, paths)), sheet_rows, progress)
    report = UpscaleReport(
        protocol=PROTOCOL,
        heliochrome_version=__version__,
        scale=scale,
        data_sha256=hash_of_files([path for found in paths for path in found]),
        models=tuple(FileFacts(n.card.name, n.card.sha256) for n in networks),
        peers=tuple(_file_facts(path) for path in others),
        features=tuple(FileFacts(judge.label, judge.sha256) for judge in judges),
        folders=tuple(session.measure(found) for found in paths),
    )
    headings = ("given", *(system.name for system in systems), "truth")
    return Evaluation(report, tuple(session.sheet), headings)


class _Session:
    """One run over all pictures."""

    def __init__(
        self,
        systems: Sequence[System],
        judges: Sequence[PerceptualNetwork],
        scale: int,
        count: int,
        sheet_rows: int,
        progress: Progress | None,
    ) -> None:
        self.systems, self.judges, self.scale = systems, judges, scale
        self.shown, self.count, self.done = spread_evenly(sheet_rows, count), count, 0
        self.progress = progress
        self.sheet: list[SheetRow] = []

    def measure(self, paths: Sequence[Path]) -> FolderReport:
        """Try all systems on the pictures of a folder."""
        trials: list[TrialScore] = []
        for path in paths:
            trial = read_trial(path, self.scale)
            if self.done == 0:
                self._warm_up(trial)
            results = {system.name: timed(system, trial.given) for system in self.systems}
            trials += [self._score(trial, name, result) for name, result in results.items()]
            if self.done in self.shown:
                self.sheet.append(_sheet_row(trial, results))
            self.done += 1
            if self.progress is not None:
                self.progress(self.done, self.count)
        return FolderReport(
            folder=paths[0].parent.name,
            pictures=len(paths),
            sha256=hash_of_files(paths),
            systems=tuple(_mean(system.name, trials) for system in self.systems),
            trials=tuple(trials),
        )

    def _warm_up(self, trial: Trial) -> None:
        """Let every network prepare what it prepares on its first run."""
        for system in self.systems:
            system.enlarge(trial.given)

    def _score(self, trial: Trial, system: str, result: Result) -> TrialScore:
        return TrialScore(
            system=system,
            picture=trial.name,
            psnr=psnr_luma(trial.truth, result.pixels, self.scale),
            ssim=ssim_luma(trial.truth, result.pixels, self.scale),
            features=feature_distances(trial.truth, result.pixels, self.judges),
            seconds=result.seconds,
            cpu_seconds=result.cpu_seconds,
            megapixels=trial.truth.shape[0] * trial.truth.shape[1] / 1e6,
        )


def read_trial(path: Path, scale: int) -> Trial:
    """Read a picture as 8-bit sRGB, cut it to a multiple of `scale`, and reduce it.

    Raises:
        ReadError: it cannot be read.
        DataError: it is too small.

    """
    picture = read_picture(path)
    srgb = to_srgb(to_unit(picture.pixels), picture.icc_profile)
    pixels = from_unit(srgb, np.dtype(np.uint8))
    height, width = (side // scale for side in pixels.shape[:2])
    if min(height, width) < _SMALLEST:
        least = _SMALLEST * scale
        raise DataError(
            path,
            f"is {pixels.shape[1]} x {pixels.shape[0]} pixels",
            f"give {least} or more on each side",
        )
    truth = np.ascontiguousarray(pixels[: height * scale, : width * scale])
    return Trial(path.name, truth, resized(truth, width, height))


def feature_distances(
    truth: Pixels, result: Pixels, judges: Sequence[PerceptualNetwork]
) -> dict[str, float]:
    """Relative distance ‖f - g‖² / ‖g‖² of the features of a result to the truth's, by layer."""
    if not judges:
        return {}
    import torch

    from heliochrome.evaluation.style_systems import picture_tensor
    from heliochrome.training.losses.super_resolution import relative_feature_loss

    distances = {}
    with torch.inference_mode():
        for judge in judges:
            layers = (LAYERS[judge.label],)
            found, wanted = (
                judge.features(picture_tensor(pixels), layers) for pixels in (result, truth)
            )
            distances[layers[0]] = relative_feature_loss(found, wanted).item()
    return distances


def _mean(system: str, trials: Sequence[TrialScore]) -> SystemScore:
    own = [trial for trial in trials if trial.system == system]
    return SystemScore(
        system=system,
        psnr=float(np.mean([trial.psnr for trial in own])),
        ssim=float(np.mean([trial.ssim for trial in own])),
        features={
            layer: float(np.mean([trial.features[layer] for trial in own]))
            for layer in own[0].features
        },
        # Not the mean: a system also waits for the machine now and then.
        seconds=float(np.median([trial.seconds / trial.megapixels for trial in own])),
        cpu_seconds=float(np.median([trial.cpu_seconds / trial.megapixels for trial in own])),
    )


def _sheet_row(trial: Trial, results: Mapping[str, Result]) -> SheetRow:
    """Show, of every result, the part that bicubic interpolation gets most wrong."""
    scale = trial.truth.shape[0] // trial.given.shape[0]
    given = trial.given.repeat(scale, 0).repeat(scale, 1)
    wrong = np.abs(trial.truth.astype(np.int16) - results[BICUBIC].pixels).mean(2)
    place = _hardest(wrong)
    pictures = (given, *(result.pixels for result in results.values()), trial.truth)
    cells = tuple(pixels[place].repeat(2, 0).repeat(2, 1) for pixels in pictures)
    return SheetRow(trial.name, cells)


def _hardest(error: NDArray[np.floating]) -> tuple[slice, slice]:
    """Rows and columns of the cell with the largest error, among those at every 8 pixels."""
    rows, columns = (min(cell, side) for cell, side in zip(_CELL, error.shape, strict=True))
    high, wide = error.shape[0] // _STEP, error.shape[1] // _STEP
    blocks = error[: high * _STEP, : wide * _STEP].reshape(high, _STEP, wide, _STEP).mean((1, 3))
    cell = (rows // _STEP, columns // _STEP)
    means = np.lib.stride_tricks.sliding_window_view(blocks, cell).mean((2, 3))
    top, left = np.unravel_index(means.argmax(), means.shape)
    return (
        slice(int(top) * _STEP, int(top) * _STEP + rows),
        slice(int(left) * _STEP, int(left) * _STEP + columns),
    )


def _open(model: str | Path, scale: int) -> Network:
    stored = find_model(model)
    check_upscaler(stored.card, UpscaleOptions(scale=scale, model=str(model)))
    return open_network(stored)


def _check_names(systems: Sequence[System]) -> None:
    names = [system.name for system in systems]
    for name in names:
        if names.count(name) > 1:
            raise OptionError(name, "is the name of two networks", "evaluate one at a time")


def _load_features(paths: Sequence[Path]) -> list[PerceptualNetwork]:
    if not paths:
        return []
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("distance on features", "train") from error
    from heliochrome.training.networks.perceptual import load_perceptual

    return [load_perceptual(path) for path in paths]


def _file_facts(path: Path) -> FileFacts:
    return FileFacts(path.stem, hashlib.sha256(path.read_bytes()).hexdigest())
