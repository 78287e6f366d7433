"""What the upscale protocol found, as plain records that go to JSON and to model cards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from heliochrome.model.card import Metrics

PROTOCOL = "heliochrome-upscale-1"
BICUBIC = "bicubic"


@dataclass(frozen=True, slots=True)
class TrialScore:
    """One result of one system.

    Attributes:
        psnr: of the luma, in dB.
        ssim: of the luma.
        features: relative distance of features by layer; empty without feature networks.
        seconds: that it took.
        cpu_seconds: that all cores together worked on it.
        megapixels: of the result.

    """

    system: str
    picture: str
    psnr: float
    ssim: float
    features: Mapping[str, float]
    seconds: float
    cpu_seconds: float
    megapixels: float


@dataclass(frozen=True, slots=True)
class SystemScore:
    """One system over the pictures of a folder.

    Attributes:
        system: "bicubic", a network's name, or that of a peer.
        psnr: mean of the pictures' PSNR.
        ssim: likewise.
        features: likewise, by layer.
        seconds: per megapixel of the result; median of the pictures'.
        cpu_seconds: likewise; they say more where the machine has other work.

    """

    system: str
    psnr: float
    ssim: float
    features: Mapping[str, float]
    seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class FolderReport:
    """All systems on one folder; `sha256` as `truth.hash_of_files` has it."""

    folder: str
    pictures: int
    sha256: str
    systems: tuple[SystemScore, ...]
    trials: tuple[TrialScore, ...]


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A network that was evaluated or measured with: its name, and the hash of its file."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class UpscaleReport:
    """Everything that one run of the protocol measured.

    Attributes:
        data_sha256: hash of the pictures of all folders together.
        models: upscalers of ours, name and version.
        peers: networks of others.
        features: networks that distances are measured on.

    """

    protocol: str
    heliochrome_version: str
    scale: int
    data_sha256: str
    models: tuple[FileFacts, ...]
    peers: tuple[FileFacts, ...]
    features: tuple[FileFacts, ...]
    folders: tuple[FolderReport, ...]

    def to_json(self) -> str:
        """Give the report as indented JSON; every number in it is finite."""
        return json.dumps(asdict(self), indent=2, allow_nan=False) + "\n"

    def card_metrics(self, model: str) -> Metrics:
        """Give the figures that the card of `model` states, with those of bicubic beside them.

        Named by folder: "set5_psnr", "set5_bicubic_psnr". Times are left out: they belong to a
        machine.

        Raises:
            ValueError: this network was not evaluated.

        """
        from heliochrome.model.card import Metrics

        if model not in [facts.name for facts in self.models]:
            raise ValueError(f"{model} was not evaluated")
        values: dict[str, float] = {}
        for folder in self.folders:
            scores = {score.system: score for score in folder.systems}
            for prefix, system in (("", model), (f"{BICUBIC}_", BICUBIC)):
                figures = {"psnr": scores[system].psnr, "ssim": scores[system].ssim}
                figures |= scores[system].features
                values |= {f"{folder.folder}_{prefix}{name}": v for name, v in figures.items()}
        return Metrics(protocol=self.protocol, data_sha256=self.data_sha256, values=values)
