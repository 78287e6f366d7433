"""What the color protocol found, as plain records that go to JSON and to a model card."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from heliochrome.evaluation.calibration import Calibration

if TYPE_CHECKING:
    from heliochrome.model.card import Metrics

PROTOCOL = "heliochrome-color-1"


@dataclass(frozen=True, slots=True)
class PhotoScore:
    """One result against its truth: PSNR in dB, mean CIEDE2000, and colorfulness of both.

    `colorfulness` is that of Hasler and Suesstrunk (2003); `colorfulness_absolute` the variant on
    absolute opponents (see `color_metrics.colorfulness_absolute`).
    """

    name: str
    psnr: float
    delta_e_2000: float
    colorfulness: float
    true_colorfulness: float
    colorfulness_absolute: float
    true_colorfulness_absolute: float


@dataclass(frozen=True, slots=True)
class SetScore:
    """One system over the whole set; figures are means of the photos' unless stated below.

    Attributes:
        psnr: mean of the photos' PSNR in dB.
        colorfulness_ratio: mean colorfulness over the truth's mean.
        colorfulness_delta: |mean colorfulness - the truth's mean|.
        colorfulness_photo_delta: mean over photos of |colorfulness - the truth's|.
        frechet, kernel, kernel_paired: see `feature_distance.Distances`; None without a network.
        inception_score: None where the network has no classes.

    """

    psnr: float
    delta_e_2000: float
    colorfulness: float
    colorfulness_ratio: float
    colorfulness_delta: float
    colorfulness_photo_delta: float
    colorfulness_absolute: float
    colorfulness_absolute_ratio: float
    frechet: float | None = None
    kernel: float | None = None
    kernel_paired: float | None = None
    inception_score: float | None = None


@dataclass(frozen=True, slots=True)
class DataFacts:
    """The photos: how many, their hash (see `truth.hash_of_files`), and how colorful they are."""

    folder: str
    photos: int
    sha256: str
    colorfulness: float
    colorfulness_absolute: float
    inception_score: float | None = None


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The network that colorized, and its operating point."""

    name: str
    version: str
    sha256: str
    temperature: float
    chroma_scale: float


@dataclass(frozen=True, slots=True)
class FeatureFacts:
    """The feature network, and what distances on it are called."""

    label: str
    sha256: str
    frechet_name: str
    kernel_name: str


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """The score at one operating point."""

    temperature: float
    chroma_scale: float
    score: SetScore


@dataclass(frozen=True, slots=True)
class HintPoint:
    """Means over the photos when `points` random points have their true color."""

    points: int
    psnr: float
    delta_e_2000: float


@dataclass(frozen=True, slots=True)
class ColorReport:
    """Everything that one run of the protocol measured; parts not asked for are None or empty."""

    protocol: str
    heliochrome_version: str
    data: DataFacts
    model: ModelFacts | None
    features: FeatureFacts | None
    gray: SetScore
    colorized: SetScore | None
    calibration: Calibration | None
    hints: tuple[HintPoint, ...]
    frontier: tuple[FrontierPoint, ...]
    gray_photos: tuple[PhotoScore, ...]
    colorized_photos: tuple[PhotoScore, ...]

    def to_json(self) -> str:
        """Give the report as indented JSON; every number in it is finite."""
        return json.dumps(asdict(self), indent=2, allow_nan=False) + "\n"

    def card_metrics(self) -> Metrics:
        """Give the figures that a model card states, the gray baseline's beside them.

        Raises:
            ValueError: no network was evaluated.

        """
        from heliochrome.model.card import Metrics

        if self.colorized is None:
            raise ValueError("the report is of the gray baseline alone")
        systems = (("", self.colorized), ("gray_", self.gray))
        values = {
            prefix + self._card_name(name): value
            for prefix, score in systems
            for name, value in asdict(score).items()
            if value is not None
        }
        return Metrics(protocol=self.protocol, data_sha256=self.data.sha256, values=values)

    def _card_name(self, name: str) -> str:
        """Name distances after their network: "kernel" alone would not say on which features."""
        if self.features is None or name not in ("frechet", "kernel", "kernel_paired"):
            return name
        known = {"frechet": self.features.frechet_name, "kernel": self.features.kernel_name}
        return known.get(name, f"{self.features.kernel_name}-paired")
