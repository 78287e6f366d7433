"""Training configurations: frozen dataclasses read from a small YAML file.

A file holds only what differs from the defaults written here. Unknown keys, wrong types and
impossible values are errors that name the key.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from heliochrome.errors import ConfigError

STRICT = ConfigDict(extra="forbid", strict=True)


@checked_dataclass(frozen=True, config=STRICT)
class SourceConfig:
    """One source of pictures and how often it is drawn from."""

    path: str
    """Folder, `.tar` shard, or `cifar10:FOLDER` with CIFAR-10's binary files."""
    weight: float = 1.0
    """Relative share of samples drawn from this source."""
    sheet: int = 0
    """If not 0, each file is a sheet of square pictures with this side in px."""


@checked_dataclass(frozen=True, config=STRICT)
class DegradeConfig:
    """Chances of what time and cameras do to the lightness that the network sees."""

    emulsion: float = 0.3
    """Chance of another spectral sensitivity than the eye's (orthochromatic, red-blind...)."""
    tone: float = 0.5
    """Chance of a tone curve: gamma, contrast loss, lifted blacks (fading and sepia prints)."""
    grain: float = 0.35
    """Chance of film grain."""
    blur: float = 0.25
    """Chance of a soft lens or a small scan."""
    jpeg: float = 0.15
    """Chance of JPEG compression."""


@checked_dataclass(frozen=True, config=STRICT, kw_only=True)
class PicturesConfig:
    """Where photos come from."""

    sources: tuple[SourceConfig, ...] = ()


@checked_dataclass(frozen=True, config=STRICT, kw_only=True)
class DataConfig(PicturesConfig):
    """Where pictures come from and how samples are cut from them."""

    crop: int = 128
    """Side of the square crops, px; a multiple of 16."""
    zoom: tuple[float, float] = (1.0, 1.35)
    """Range of the picture's short side, as a multiple of `crop`, before the crop is cut."""
    validation: int = 256
    """Pictures held out for validation."""
    degrade: DegradeConfig = field(default_factory=DegradeConfig)
    hint_chance: float = 0.3
    """Chance that a sample carries hints."""
    palette_chance: float = 0.25
    """Chance that a sample carries its palette."""


@checked_dataclass(frozen=True, config=STRICT, kw_only=True)
class RatesConfig:
    """How fast a generator learns."""

    learning_rate: float = 1e-3
    """Of AdamW."""
    hidden_rate: float = 0.0
    """If not 0, kernels of the convolutions inside the network learn by Muon at this rate."""
    encoder_rate: float = 0.15
    """The encoder's learning rate as a share of the rest's."""
    weight_decay: float = 0.02
    beta1: float = 0.9
    beta2: float = 0.98


@checked_dataclass(frozen=True, config=STRICT)
class GeneratorConfig(RatesConfig):
    """The colorizer's size and start."""

    widths: tuple[int, int, int] = (384, 256, 128)
    """Decoder widths at strides 16, 8 and 4."""
    encoder: str | None = None
    """Safetensors file of SqueezeNet 1.1 that the encoder starts from; none: random."""
    weights: str | None = None
    """Safetensors file of a whole colorizer to start from (an earlier stage)."""


@checked_dataclass(frozen=True, config=STRICT)
class AdversarialConfig:
    """The adversarial game; `loss: none` leaves it out."""

    loss: str = "none"
    """none, minimax, lsgan, wgan-gp, hinge, or (for upscalers) relativistic."""
    weight: float = 0.0
    """Weight of the generator's adversarial term."""
    scales: int = 1
    """Discriminators, each at half the size of the one before (1 to 3)."""
    width: int = 64
    learning_rate: float = 2e-4
    beta1: float = 0.0
    beta2: float = 0.99
    gradient_penalty: float = 10.0
    """Weight of WGAN-GP's penalty; unused by the other losses."""
    feature_matching: float = 0.0
    """Weight of the L1 distance between the discriminator's features of real and fake."""
    warmup_steps: int = 0
    """Steps in which only the discriminator learns."""


@checked_dataclass(frozen=True, config=STRICT)
class LossConfig:
    """Weights of the generator's other terms."""

    classification: float = 1.0
    rebalance: float = 0.1
    """Share of the uniform prior in the class weights (0: none, 0.5: Zhang et al. 2016)."""
    rebalance_cap: float = 5.0
    regression: float = 0.0
    """Smooth-L1 between the decoded and the true ab, in units of 10 ab."""
    color_difference: float = 0.0
    """CIE94 between the decoded and the true ab, in units of 10."""
    total_variation: float = 0.0
    temperature: float = 1.0
    """Temperature at which ab is decoded for the regression and adversarial terms."""
    chroma_scale: float = 1.0


@checked_dataclass(frozen=True, config=STRICT, kw_only=True)
class RunConfig:
    """What every training run has, whatever it trains."""

    games: ClassVar[tuple[str, ...]] = ("minimax", "lsgan", "wgan-gp", "hinge")
    """Adversarial losses that it may have."""

    name: str
    task: str
    """colorize, restyle or upscale."""
    data: PicturesConfig
    generator: RatesConfig = field(default_factory=RatesConfig)
    adversarial: AdversarialConfig = field(default_factory=AdversarialConfig)
    steps: int = 10_000
    minutes: float | None = None
    """Time budget; the learning rate then follows the clock and not the step."""
    batch: int = 32
    """Pictures a step, over all processes together."""
    seed: int = 0
    schedule: str = "cosine"
    """constant, linear or cosine."""
    warmup: float = 0.02
    """Share of the run over which the learning rate rises."""
    ema: float = 0.999
    clip: float = 1.0
    """Largest gradient norm."""
    precision: str = "bfloat16"
    """float32 or bfloat16 (autocast)."""
    compile: bool = True
    threads: int = 0
    """CPU threads; 0: as many as torch chooses."""
    log_every: int = 50
    checkpoint_minutes: float = 5.0
    validate_every: int = 500

    def rules(self) -> list[tuple[str, bool, str]]:
        """Key, whether its value is possible, and what it must be."""
        games = ("none", *self.games)
        return [
            (
                "adversarial.loss",
                self.adversarial.loss in games,
                f"must be {', '.join(games[:-1])} or {games[-1]}",
            ),
            ("adversarial.scales", 1 <= self.adversarial.scales <= 3, "must be 1, 2 or 3"),
            ("schedule", self.schedule in ("constant", "linear", "cosine"), "is not a schedule"),
            ("precision", self.precision in ("float32", "bfloat16"), "is not a precision"),
            ("batch", self.batch >= 1, "must be at least 1"),
            ("steps", self.steps >= 1, "must be at least 1"),
        ]


@checked_dataclass(frozen=True, config=STRICT, kw_only=True)
class TrainConfig(RunConfig):
    """One training run of a colorizer."""

    data: DataConfig
    task: str = "colorize"
    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    losses: LossConfig = field(default_factory=LossConfig)

    def rules(self) -> list[tuple[str, bool, str]]:
        """Key, whether its value is possible, and what it must be."""
        data, game = self.data, self.adversarial
        return [
            *super().rules(),
            (
                "data.crop",
                data.crop >= 32 and data.crop % 16 == 0,
                "must be a multiple of 16, >= 32",
            ),
            ("data.zoom", 1 <= data.zoom[0] <= data.zoom[1], "must rise from 1 or more"),
            (
                "adversarial.scales",
                data.crop >= 32 * 2 ** (game.scales - 1) or game.loss == "none",
                "needs larger crops: 64 px for 2 scales, 128 px for 3",
            ),
            ("losses.temperature", self.losses.temperature > 0, "must be above 0"),
            ("losses.rebalance", 0 <= self.losses.rebalance <= 1, "must lie in 0..1"),
        ]


def _first_error(source: str, error: ValidationError) -> ConfigError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"]) or "the file"
    return ConfigError(
        source, f"key '{key}': {first['msg']}", "see docs/training.md for the keys and their types"
    )


def _kinds() -> dict[str, type[RunConfig]]:
    # The other configurations build on this module.
    from heliochrome.training.restyle.config import RestyleConfig
    from heliochrome.training.upscale.config import UpscaleConfig

    return {"colorize": TrainConfig, "restyle": RestyleConfig, "upscale": UpscaleConfig}


def parse_config(values: Mapping[str, Any], source: str = "configuration") -> RunConfig:
    """Check `values` and fill in the defaults; its `task` (default: colorize) says of what kind.

    Raises:
        ConfigError: an unknown key, a wrong type or an impossible value; it names the key.

    """
    kinds, task = _kinds(), values.get("task", "colorize")
    if not isinstance(task, str) or task not in kinds:
        known = " or ".join(f"'{name}'" for name in kinds)
        raise ConfigError(source, f"key 'task' must be {known}", "see docs/training.md")
    try:
        # YAML has no tuples: lax for sequences, strict for scalars.
        config = TypeAdapter(kinds[task]).validate_json(_to_json(values))
    except ValidationError as error:
        raise _first_error(source, error) from error
    for key, holds, problem in config.rules():
        if not holds:
            raise ConfigError(
                source, f"key '{key}' {problem}", "see docs/training.md for the keys and ranges"
            )
    return config


def _to_json(values: Mapping[str, Any]) -> bytes:
    import json

    return json.dumps(values, default=str).encode()


def _set_key(values: dict[str, Any], assignment: str) -> None:
    key, equals, value = assignment.partition("=")
    if not equals:
        raise ConfigError(assignment, "is no setting", "write it as key=value")
    *groups, last = key.split(".")
    for group in groups:
        values = values.setdefault(group, {})
        if not isinstance(values, dict):
            raise ConfigError(assignment, f"'{group}' holds no keys", "see docs/training.md")
    values[last] = yaml.safe_load(value)


def load_config(path: Path, settings: Sequence[str] = ()) -> RunConfig:
    """Read a YAML file of settings, then change it by `settings` ("losses.regression=2").

    Raises:
        ConfigError: the file is missing, is not YAML, or `parse_config` refuses it.

    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(path, f"cannot be read ({error})", "give a YAML file") from error
    if not isinstance(values, dict):
        raise ConfigError(path, "holds no settings", "give a YAML file of keys and values")
    for assignment in settings:
        _set_key(values, assignment)
    return parse_config(values, str(path))


Kind = TypeVar("Kind", bound=RunConfig)


def load_config_of(kind: type[Kind], path: Path) -> Kind:
    """Read a configuration that must be of one kind: a run's of the task at hand.

    Raises:
        ConfigError: it is of another task, or `load_config` refuses it.

    """
    config = load_config(path)
    if not isinstance(config, kind):
        raise ConfigError(path, f"is of the task '{config.task}'", "name a run of the right task")
    return config


def config_to_yaml(config: RunConfig) -> str:
    """Print every setting of `config`, defaults included, as YAML."""
    import json

    plain = json.loads(json.dumps(dataclasses.asdict(config)))
    return yaml.safe_dump(plain, sort_keys=False)
