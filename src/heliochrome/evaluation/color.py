"""The protocol heliochrome-color-1: colorize the gray photos of a folder, compare with the truth.

Every photo is compared at its full size in 8-bit sRGB. Its gray photo has the same L*, in 8 bits;
the network is given that and nothing else. The gray photo itself is scored in the same run, for
PSNR alone rewards leaving a photo gray.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from heliochrome import __version__
from heliochrome.errors import DataError, MissingExtraError, OptionError
from heliochrome.evaluation.calibration import ConfidenceSample, calibrate, sample_confidence
from heliochrome.evaluation.color_metrics import lab_of
from heliochrome.evaluation.color_model import at_operating_point, remembering
from heliochrome.evaluation.color_report import (
    PROTOCOL,
    ColorReport,
    DataFacts,
    FeatureFacts,
    FrontierPoint,
    HintPoint,
    ModelFacts,
)
from heliochrome.evaluation.contact_sheet import SheetRow, spread_evenly
from heliochrome.evaluation.hints import random_hints
from heliochrome.evaluation.tally import Tally, describe, set_inception_score
from heliochrome.evaluation.truth import TruePhoto, hash_of_files, list_photos, read_true_photo
from heliochrome.model.session import Network, open_network
from heliochrome.model.store import find_model
from heliochrome.tasks.colorize import Colorization, colorize, colorizer_facts
from heliochrome.tasks.options import ColorizeOptions

if TYPE_CHECKING:
    from heliochrome.evaluation.feature_network import FeatureNetwork
    from heliochrome.evaluation.tally import Description

FRONTIER_TEMPERATURES = (0.3, 0.5, 0.7, 1.0)
FRONTIER_CHROMA_SCALES = (1.0, 1.2, 1.4)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Questions:
    """What to measure beyond the scores of the gray photos and of the colorized ones.

    Attributes:
        temperatures, chroma_scales: every pair of them is a point of the frontier.
        hint_counts: numbers of random points with their true color.
        sheet_rows: how many photos to keep for the contact sheet, evenly spread over the set.

    """

    temperatures: tuple[float, ...] = ()
    chroma_scales: tuple[float, ...] = ()
    hint_counts: tuple[int, ...] = ()
    sheet_rows: int = 0

    def operating_points(self) -> list[tuple[float, float]]:
        """All pairs (temperature, chroma scale)."""
        return [(t, scale) for t in self.temperatures for scale in self.chroma_scales]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A report, and the photos kept for the contact sheet."""

    report: ColorReport
    sheet: tuple[SheetRow, ...]


def run(
    data: Path,
    model: str | Path | None,
    *,
    features: Path | None = None,
    limit: int | None = None,
    questions: Questions | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate a stored model on a folder of color photos; see `evaluate`.

    Args:
        data: folder of 8-bit RGB photos.
        model: name or path of a colorizer; None measures the gray baseline alone.
        features: ONNX or safetensors file of a feature network for the distances.
        limit: take only the first photos by name.
        questions: what else to measure.
        progress: called with (photos done, photos in all) after each photo.

    Raises:
        MissingExtraError: `features` is given but torch or torchmetrics is not installed.
        HeliochromeError: whatever `evaluate` and the loading of both networks raise.

    """
    if limit is not None and limit < 1:
        raise OptionError("limit", f"is {limit}", "give 1 or more")
    photos = list_photos(data, limit)
    network = open_network(find_model(model)) if model is not None else None
    described_by = _load_features(features) if features is not None else None
    return evaluate(photos, network, described_by, questions or Questions(), progress)


def evaluate(
    photos: Sequence[Path],
    network: Network | None,
    features: FeatureNetwork | None = None,
    questions: Questions = Questions(),
    progress: Progress | None = None,
) -> Evaluation:
    """Score a colorizer and the gray baseline on color photos.

    The network runs once per photo for its score, its calibration and the whole frontier, and
    once more for every number of hints.

    Args:
        photos: files of 8-bit RGB photos, all in one folder.
        network: a colorizer; None scores the gray baseline alone.
        features: network for the distances; None leaves them out. Needs two photos or more.
        questions: what else to measure.
        progress: called with (photos done, photos in all) after each photo.

    Raises:
        ReadError: a photo cannot be read.
        DataError: a photo is not 8-bit RGB, or there are too few photos.
        CardError: the network is not a colorizer.
        ModelError: a network failed.

    """
    if features is not None and len(photos) < 2:
        raise DataError(photos[0], "is the only photo", "distances need two photos or more")
    session = _Session(network, features, questions, len(photos))
    for index, photo in enumerate(_read(photos, progress)):
        session.take(index, photo)
    return Evaluation(session.report(photos), tuple(session.sheet))


class _Session:
    """One run over the photos: the tallies that each photo is added to."""

    def __init__(
        self,
        network: Network | None,
        features: FeatureNetwork | None,
        questions: Questions,
        count: int,
    ) -> None:
        self.network = None if network is None else remembering(network)
        self.features = features
        self.questions = questions
        self.sheet_places = spread_evenly(questions.sheet_rows, count)
        self.truth: list[Description] = []
        self.gray, self.colorized = Tally(features), Tally(features)
        self.frontier = {point: Tally(features) for point in questions.operating_points()}
        self.hints = {count: Tally(None) for count in questions.hint_counts}
        self.confidence: list[ConfidenceSample] = []
        self.sheet: list[SheetRow] = []

    def take(self, index: int, photo: TruePhoto) -> None:
        self.truth.append(describe(self.features, photo.pixels))
        self.gray.add(photo, photo.gray_pixels)
        if self.network is None:
            return
        result = colorize(photo.gray, self.network)
        self.colorized.add(photo, result.picture.pixels)
        self._sample_confidence(photo, result)
        self._walk_frontier(photo, self.network)
        self._give_hints(index, photo, self.network)
        if index in self.sheet_places:
            self.sheet.append(self._sheet_row(photo, result.picture.pixels))

    def _sample_confidence(self, photo: TruePhoto, result: Colorization) -> None:
        found = lab_of(result.picture.pixels)
        self.confidence.append(sample_confidence(result.confidence, photo.lab, found))

    def _walk_frontier(self, photo: TruePhoto, network: Network) -> None:
        for (temperature, scale), tally in self.frontier.items():
            moved = at_operating_point(network, temperature, scale)
            tally.add(photo, colorize(photo.gray, moved).picture.pixels)

    def _give_hints(self, index: int, photo: TruePhoto, network: Network) -> None:
        for count, tally in self.hints.items():
            options = ColorizeOptions(hints=random_hints(photo.pixels, count, seed=index))
            tally.add(photo, colorize(photo.gray, network, options).picture.pixels)

    def _sheet_row(self, photo: TruePhoto, result: NDArray[np.uint8]) -> SheetRow:
        score = self.colorized.photos[-1]
        caption = f"{photo.name}: {score.psnr:.1f} dB, CIEDE2000 {score.delta_e_2000:.1f}"
        return SheetRow(caption, (photo.gray_pixels, result, photo.pixels))

    def report(self, photos: Sequence[Path]) -> ColorReport:
        is_colorized = self.network is not None
        return ColorReport(
            protocol=PROTOCOL,
            heliochrome_version=__version__,
            data=self._data_facts(photos),
            model=None if self.network is None else _model_facts(self.network),
            features=None if self.features is None else _feature_facts(self.features),
            gray=self.gray.score(self.truth),
            colorized=self.colorized.score(self.truth) if is_colorized else None,
            calibration=calibrate(self.confidence) if is_colorized else None,
            hints=tuple(self._hint_points()) if is_colorized else (),
            frontier=tuple(self._frontier_points()) if is_colorized else (),
            gray_photos=tuple(self.gray.photos),
            colorized_photos=tuple(self.colorized.photos),
        )

    def _data_facts(self, photos: Sequence[Path]) -> DataFacts:
        scores = self.gray.photos
        return DataFacts(
            folder=photos[0].parent.name,
            photos=len(photos),
            sha256=hash_of_files(photos),
            colorfulness=float(np.mean([score.true_colorfulness for score in scores])),
            colorfulness_absolute=float(
                np.mean([score.true_colorfulness_absolute for score in scores])
            ),
            inception_score=set_inception_score(self.truth),
        )

    def _hint_points(self) -> Iterator[HintPoint]:
        for count, tally in self.hints.items():
            score = tally.score(())
            yield HintPoint(count, score.psnr, score.delta_e_2000)

    def _frontier_points(self) -> Iterator[FrontierPoint]:
        for (temperature, scale), tally in self.frontier.items():
            yield FrontierPoint(temperature, scale, tally.score(self.truth))


def _read(photos: Sequence[Path], progress: Progress | None) -> Iterator[TruePhoto]:
    for done, path in enumerate(photos, start=1):
        yield read_true_photo(path)
        if progress is not None:
            progress(done, len(photos))


def _load_features(path: Path) -> FeatureNetwork:
    try:
        import torch  # noqa: F401
        import torchmetrics  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("distance on features", "train") from error
    from heliochrome.evaluation.feature_network import load_feature_network

    return load_feature_network(path)


def _model_facts(network: Network) -> ModelFacts:
    card, facts = network.card, colorizer_facts(network.card)
    return ModelFacts(card.name, card.version, card.sha256, facts.temperature, facts.chroma_scale)


def _feature_facts(network: FeatureNetwork) -> FeatureFacts:
    return FeatureFacts(network.label, network.sha256, network.frechet_name, network.kernel_name)
