"""What a recipe may hold: one model per step, whose keys are those of the task's options.

Defaults and ranges are those of the options themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field

from heliochrome.recipe.parameters import Parameters
from heliochrome.tasks.adjust_options import (
    AutoBalance,
    BalanceOptions,
    BorderOptions,
    ContrastOptions,
    UnfadeOptions,
)
from heliochrome.tasks.options import (
    DEFAULT_COLORIZER,
    DEFAULT_RESTYLER,
    ColorizeOptions,
    RestyleOptions,
    UpscaleMode,
    UpscaleOptions,
)

VERSION = 1

_BORDERS, _CONTRAST, _BALANCE = BorderOptions(), ContrastOptions(), BalanceOptions()
_UNFADE, _COLORIZE, _RESTYLE = UnfadeOptions(), ColorizeOptions(), RestyleOptions()
_UPSCALE = UpscaleOptions()

_Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class _Step(_Strict):
    """One step."""

    @property
    def file_keys(self) -> tuple[str, ...]:
        """Keys whose values are paths of files, networks aside."""
        return ()

    def with_files(self, change: Callable[[str], str]) -> Self:
        """Give the step with other names of the files that it names, networks aside."""
        named = {key: getattr(self, key) for key in self.file_keys}
        return self.model_copy(
            update={
                key: change(names) if isinstance(names, str) else [change(name) for name in names]
                for key, names in named.items()
            }
        )


class CropBorders(_Step):
    """Crop the black or white borders of a scan."""

    step: Literal["crop-borders"]
    most: float = _BORDERS.most
    tolerance: float = _BORDERS.tolerance

    def options(self) -> BorderOptions:
        """Give the task's options."""
        return BorderOptions(most=self.most, tolerance=self.tolerance)


class Contrast(_Step):
    """Change the tones."""

    step: Literal["contrast"]
    black: float | None = _CONTRAST.black
    white: float | None = _CONTRAST.white
    gamma: float = _CONTRAST.gamma
    clip: float = _CONTRAST.clip
    most: float = _CONTRAST.most

    def options(self) -> ContrastOptions:
        """Give the task's options."""
        return ContrastOptions(
            black=self.black, white=self.white, gamma=self.gamma, clip=self.clip, most=self.most
        )


class ColorBalance(_Step):
    """Change the color balance."""

    step: Literal["color-balance"]
    auto: AutoBalance = _BALANCE.auto
    strength: float = _BALANCE.strength
    temperature: float = _BALANCE.temperature
    tint: float = _BALANCE.tint

    def options(self) -> BalanceOptions:
        """Give the task's options."""
        return BalanceOptions(
            auto=self.auto, strength=self.strength, temperature=self.temperature, tint=self.tint
        )


class RestoreColor(_Step):
    """Restore a faded color print."""

    step: Literal["restore-color"]
    look: Literal["unfade"] = "unfade"
    strength: float = _UNFADE.strength
    most_clipping: float = _UNFADE.most_clipping

    def options(self) -> UnfadeOptions:
        """Give the task's options."""
        return UnfadeOptions(strength=self.strength, most_clipping=self.most_clipping)


class Colorize(_Step):
    """Color a photo by its luminance; hints belong to one photo, and so to no recipe."""

    step: Literal["colorize"]
    vividness: float = _COLORIZE.vividness
    keep_existing: bool = _COLORIZE.keep_existing
    reference: _Text | None = None
    model: _Text = DEFAULT_COLORIZER

    def options(self) -> ColorizeOptions:
        """Give the task's options, the reference aside, which is a picture."""
        return ColorizeOptions(vividness=self.vividness, keep_existing=self.keep_existing)

    @property
    def file_keys(self) -> tuple[str, ...]:
        """The reference, if there is one."""
        return () if self.reference is None else ("reference",)


class Restyle(_Step):
    """Give a photo the style of pictures."""

    step: Literal["restyle"]
    style: _Text | Annotated[list[_Text], Field(min_length=1)]
    weights: list[float] | None = None
    strength: float = _RESTYLE.strength
    keep_color: bool = _RESTYLE.keep_color
    keep_texture: bool = _RESTYLE.keep_texture
    keep_flat: bool = _RESTYLE.keep_flat
    scale: int = _RESTYLE.scale
    gray: bool | None = _RESTYLE.gray
    corrections: int | None = _RESTYLE.corrections
    model: _Text = DEFAULT_RESTYLER

    def options(self) -> RestyleOptions:
        """Give the task's options."""
        return RestyleOptions(
            strength=self.strength,
            keep_color=self.keep_color,
            keep_texture=self.keep_texture,
            keep_flat=self.keep_flat,
            scale=self.scale,
            gray=self.gray,
            corrections=self.corrections,
        )

    def styles(self) -> list[str]:
        """Give the paths of all style pictures and codes."""
        return [self.style] if isinstance(self.style, str) else list(self.style)

    @property
    def file_keys(self) -> tuple[str, ...]:
        """The style pictures and codes."""
        return ("style",)


class Vintage(_Step):
    """Age a photo by the physics of a process."""

    step: Literal["vintage"]
    look: _Text
    set: dict[str, Any] = Field(default_factory=dict)
    strength: float = 1.0
    seed: int = 0
    vary_seed: bool = False

    @property
    def look_is_file(self) -> bool:
        """Whether the look is one of the user's own."""
        return self.look.lower().endswith((".yaml", ".yml"))

    @property
    def file_keys(self) -> tuple[str, ...]:
        """The look, if it is a file."""
        return ("look",) if self.look_is_file else ()


class Upscale(_Step):
    """Enlarge a photo."""

    step: Literal["upscale"]
    scale: int | None = _UPSCALE.scale
    mode: UpscaleMode | None = _UPSCALE.mode
    denoise: float = _UPSCALE.denoise
    model: _Text | None = _UPSCALE.model

    def options(self) -> UpscaleOptions:
        """Give the task's options."""
        return UpscaleOptions(
            scale=self.scale, mode=self.mode, denoise=self.denoise, model=self.model
        )


Step = CropBorders | Contrast | ColorBalance | RestoreColor | Colorize | Restyle | Vintage | Upscale
STEPS: tuple[type[BaseModel], ...] = (
    CropBorders,
    RestoreColor,
    Contrast,
    ColorBalance,
    Colorize,
    Restyle,
    Vintage,
    Upscale,
)


class Recipe(_Strict):
    """Ordered steps; `version` is that of this schema, `name` and `about` are for people.

    `parameters` are what a user may give for one run, and stand in the steps as "$NAME".
    """

    version: Literal[1]
    name: _Text | None = None
    about: str | None = None
    parameters: Parameters = Field(default_factory=dict)
    steps: Annotated[
        list[Annotated[Step, Field(discriminator="step")]], Field(min_length=1, max_length=50)
    ]


def step_names() -> dict[str, type[BaseModel]]:
    """Give the models of all steps by their names, in the order in which they are usually done."""
    return {get_args(model.model_fields["step"].annotation)[0]: model for model in STEPS}
