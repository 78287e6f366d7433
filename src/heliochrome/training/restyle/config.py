"""Configuration of a restyler's training run."""

from __future__ import annotations

from dataclasses import field

from pydantic.dataclasses import dataclass as checked_dataclass

from heliochrome.training.config import STRICT, PicturesConfig, RatesConfig, RunConfig, SourceConfig


@checked_dataclass(frozen=True, config=STRICT, kw_only=True)
class RestyleDataConfig(PicturesConfig):
    """Where photos (`sources`) and style pictures come from, and how samples are cut from them."""

    styles: tuple[SourceConfig, ...] = ()
    """Style pictures."""
    crop: int = 128
    """Side of the result that is judged, px; a multiple of 32."""
    margins: tuple[int, int, int] = (8, 8, 4)
    """Border of the network's input beyond what is judged, px, at ×1, ×2 and ×4."""
    scale_chances: tuple[float, float, float] = (0.7, 0.15, 0.15)
    """Chances that a step is at ×1, ×2 and ×4."""
    zoom: tuple[float, float] = (1.0, 1.5)
    """Range of a photo's short side, as a multiple of the crop, before the crop is cut."""
    style_zoom: tuple[float, float] = (1.0, 1.6)
    """The same of a style picture."""
    photos_per_style: int = 2
    """Photos of a batch that share a style picture."""
    gray_chance: float = 0.5
    """Chance that a photo is given in black and white."""
    own_chance: float = 0.1
    """Chance that a step's photos are given themselves, in color, as their style."""
    blend_chance: float = 0.1
    """Chance that a style is a blend of two."""
    permute_chance: float = 0.2
    """Chance that a style's red, green and blue are permuted."""
    validation: int = 32
    """Photos, and style pictures, held out for validation."""


@checked_dataclass(frozen=True, config=STRICT)
class RestylerConfig(RatesConfig):
    """The restyler's size and start."""

    widths: tuple[int, int, int] = (192, 96, 64)
    """Decoder widths at strides 8, 4 and 2."""
    blocks: int = 4
    """Residual blocks at stride 8."""
    encoder: str | None = None
    """Safetensors file of SqueezeNet 1.1 that encoder and critic start from; none: random."""
    weights: str | None = None
    """Run folder or safetensors file of a whole restyler to start from."""
    whitening: int = 1536
    """Style pictures whose codes a network that starts without weights measures first."""


@checked_dataclass(frozen=True, config=STRICT)
class RestyleLossConfig:
    """Feature networks, and weights of the generator's terms beside the adversarial one."""

    vgg: str | None = None
    """Safetensors file of VGG-19."""
    vgg_photos: int = 0
    """Photos of a batch that VGG-19 is shown; 0: all. It is most of the work."""
    squeezenet: str | None = None
    """Safetensors file of SqueezeNet 1.1."""
    style_layers: tuple[str, ...] = ("relu1_1", "relu2_1", "relu3_1", "fire3", "fire5", "fire9")
    content_layers: tuple[str, ...] = ("relu3_1", "fire5")
    layer_weights: dict[str, float] = field(default_factory=dict)
    """Weights of single layers in the means over layers, 1 for those that are not named."""
    style: float = 1.0
    """Relative Gram distance, averaged over `style_layers`."""
    moments: float = 0.0
    """Relative distance of channels' means and deviations, averaged over `moments_layers`."""
    moments_layers: tuple[str, ...] = ("fire5", "fire9")
    """Some of `style_layers`: those whose features are too weak for a Gram distance to move."""
    content: float = 0.5
    """Distance of channel-normalized features, averaged over `content_layers`."""
    content_scales: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Factors of `content` at ×1, ×2 and ×4."""
    total_variation: float = 0.0
    grid: float = 0.0
    """Energy of patterns that repeat with the cells of the network; see `losses.grid`."""
    own_pixel: float = 4.0
    """Mean absolute difference to the photo, where it is its own style."""
    own_feature: float = 0.5
    """Relative feature distance to the photo, where it is its own style."""


@checked_dataclass(frozen=True, config=STRICT, kw_only=True)
class RestyleConfig(RunConfig):
    """One training run of a restyler."""

    data: RestyleDataConfig
    task: str = "restyle"
    generator: RestylerConfig = field(default_factory=RestylerConfig)
    losses: RestyleLossConfig = field(default_factory=RestyleLossConfig)

    def rules(self) -> list[tuple[str, bool, str]]:
        """Key, whether its value is possible, and what it must be."""
        data, losses = self.data, self.losses
        chances = (data.gray_chance, data.own_chance, data.blend_chance, data.permute_chance)
        return [
            *super().rules(),
            ("data.crop", data.crop >= 32 and data.crop % 32 == 0, "must be a multiple of 32"),
            (
                "data.margins",
                all(
                    (data.crop // s + 2 * m) % 8 == 0
                    for s, m in zip((1, 2, 4), data.margins, strict=True)
                ),
                "must make crop / scale + 2 * margin a multiple of 8 at every scale",
            ),
            ("data.zoom", 1 <= data.zoom[0] <= data.zoom[1], "must rise from 1 or more"),
            ("data.style_zoom", 1 <= data.style_zoom[0] <= data.style_zoom[1], "must rise from 1"),
            (
                "data.scale_chances",
                min(data.scale_chances) >= 0 and abs(sum(data.scale_chances) - 1) < 1e-6,
                "must be 0 or more and sum to 1",
            ),
            ("data.*_chance", all(0 <= chance <= 1 for chance in chances), "must lie in 0..1"),
            (
                "data.photos_per_style",
                data.photos_per_style >= 1 and self.batch % data.photos_per_style == 0,
                "must divide batch",
            ),
            (
                "losses.vgg_photos",
                0 <= losses.vgg_photos <= self.batch,
                "must lie in 0..batch",
            ),
            (
                "losses.moments_layers",
                losses.moments == 0 or set(losses.moments_layers) <= set(losses.style_layers),
                "must be some of losses.style_layers",
            ),
            (
                "losses.content_scales",
                min(losses.content_scales) >= 0,
                "must be 0 or more",
            ),
            (
                "losses.layer_weights",
                set(losses.layer_weights) <= {*losses.style_layers, *losses.content_layers}
                and all(weight >= 0 for weight in losses.layer_weights.values()),
                "must name layers of the losses, with weights of 0 or more",
            ),
            ("generator.whitening", self.generator.whitening >= 2, "must be 2 or more"),
            ("losses.vgg", bool(losses.vgg or losses.squeezenet), "or losses.squeezenet is needed"),
        ]
