"""Configuration of an upscaler's training run."""

from __future__ import annotations

import dataclasses
from dataclasses import field
from typing import ClassVar

from pydantic.dataclasses import dataclass as checked_dataclass

from heliochrome.training.config import STRICT, PicturesConfig, RatesConfig, RunConfig

MODES = ("faithful", "crisp")
SCALES = (2, 4)


@checked_dataclass(frozen=True, config=STRICT)
class UpscaleDegradeConfig:
    """Chances of what befalls a picture before a crisp upscaler sees it."""

    clean: float = 0.25
    """Chance that a picture is only reduced, as it is for a faithful one."""
    again: float = 0.5
    """Chance that all of the below befalls a picture twice."""
    blur: float = 0.6
    noise: float = 0.4
    """Chance of a sensor's noise."""
    grain: float = 0.3
    """Chance of film grain."""
    jpeg: float = 0.5
    screen: float = 0.06
    """Chance of a halftone screen."""


@checked_dataclass(frozen=True, config=STRICT, kw_only=True)
class UpscaleDataConfig(PicturesConfig):
    """Where pictures come from and how samples are cut from them."""

    crop: int = 160
    """Side of the enlarged picture, px; smaller pictures are left out."""
    choices: int = 2
    """Squares drawn for a sample, of which the one with the most detail is taken."""
    gray_chance: float = 0.1
    """Chance that a picture is made black and white."""
    sepia_chance: float = 0.0
    """Chance that it is toned."""
    validation: int = 48
    """Pictures held out for validation."""
    degrade: UpscaleDegradeConfig = field(default_factory=UpscaleDegradeConfig)


@checked_dataclass(frozen=True, config=STRICT)
class UpscalerConfig(RatesConfig):
    """The upscaler's size and start."""

    blocks: int = 6
    """Residual blocks of two convolutions."""
    width: int = 64
    """Channels."""
    expansion: int = 2
    """How many times wider a convolution is while it is trained; 0: it is a plain one."""
    weights: str | None = None
    """Run folder or safetensors file to start from; of another scale, all but the tail is taken;
    of fewer blocks, the others begin by passing on what they get."""


@checked_dataclass(frozen=True, config=STRICT)
class UpscaleLossConfig:
    """Feature networks, and weights of the generator's terms beside the adversarial one."""

    pixel: float = 1.0
    """Absolute difference."""
    epsilon: float = 0.0
    """Differences well below this count by their square (Charbonnier); 0: none do."""
    luma: float = 0.0
    """Absolute difference of the luma."""
    frequency: float = 0.0
    """Absolute difference of the Fourier transforms."""
    feature: float = 0.0
    """Relative feature distance, averaged over `feature_layers`."""
    feature_layers: tuple[str, ...] = ("relu2_2", "relu3_1", "fire3", "fire5")
    vgg: str | None = None
    """Safetensors file of VGG-19."""
    squeezenet: str | None = None
    """Safetensors file of SqueezeNet 1.1."""


@checked_dataclass(frozen=True, config=STRICT, kw_only=True)
class UpscaleConfig(RunConfig):
    """One training run of an upscaler."""

    games: ClassVar[tuple[str, ...]] = (*RunConfig.games, "relativistic")

    data: UpscaleDataConfig
    task: str = "upscale"
    mode: str = "faithful"
    """faithful (pixels alone, clean pictures) or crisp (degraded pictures; may invent detail)."""
    scale: int = 4
    """2 or 4."""
    generator: UpscalerConfig = field(default_factory=UpscalerConfig)
    losses: UpscaleLossConfig = field(default_factory=UpscaleLossConfig)

    @property
    def is_crisp(self) -> bool:
        """Whether pictures are degraded and the network is told of their noise."""
        return self.mode == "crisp"

    def rules(self) -> list[tuple[str, bool, str]]:
        """Key, whether its value is possible, and what it must be."""
        data, losses, degrade = self.data, self.losses, self.data.degrade
        chances = [*dataclasses.astuple(degrade), data.gray_chance, data.sepia_chance]
        return [
            *super().rules(),
            ("mode", self.mode in MODES, "must be faithful or crisp"),
            ("scale", self.scale in SCALES, "must be 2 or 4"),
            (
                "data.crop",
                data.crop >= 32 and data.crop % self.scale == 0,
                "must be a multiple of the scale, >= 32",
            ),
            ("data.choices", data.choices >= 1, "must be at least 1"),
            ("data.degrade.*", all(0 <= chance <= 1 for chance in chances), "must lie in 0..1"),
            (
                "data.gray_chance",
                data.gray_chance + data.sepia_chance <= 1,
                "must leave room for data.sepia_chance",
            ),
            (
                "generator.blocks",
                min(self.generator.blocks, self.generator.width) >= 1,
                "and generator.width must be at least 1",
            ),
            ("generator.expansion", self.generator.expansion >= 0, "must be at least 0"),
            (
                "generator.hidden_rate",
                self.generator.hidden_rate == 0 or self.generator.expansion == 0,
                "needs generator.expansion: 0 (Muon is for plain kernels)",
            ),
            (
                "mode",
                self.is_crisp or (losses.feature == 0 and self.adversarial.loss == "none"),
                "must be crisp where there is a feature or an adversarial loss",
            ),
            (
                "losses.feature",
                losses.feature == 0 or bool(losses.vgg or losses.squeezenet),
                "needs losses.vgg or losses.squeezenet",
            ),
        ]
