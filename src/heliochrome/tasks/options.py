"""Options of the tasks, each default and range written once.

The command line reads its defaults here, so this module imports neither numpy nor pydantic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from heliochrome.errors import OptionError

if TYPE_CHECKING:
    from heliochrome.image.picture import Picture
    from heliochrome.model.card import RestylerFacts

DEFAULT_COLORIZER = "colorizer"
DEFAULT_RESTYLER = "restyler"
DAYLIGHT = 6504.0  # kelvin, the white of sRGB
MAX_VIVIDNESS = 2.0
MAX_VARIANTS = 16
MAX_SEED = 2**32 - 1
MAX_CORRECTIONS = 16
SCALES = (1, 2, 4)
UPSCALE_SCALES = (2, 4)
FADE_BELOW = 0.25

HintUnit = Literal["relative", "pixel"]
UpscaleMode = Literal["faithful", "crisp"]
UPSCALE_MODES: tuple[UpscaleMode, ...] = ("faithful", "crisp")
HintColor = str | tuple[float, float] | tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Hint:
    """A point of the photo whose color is known.

    Attributes:
        x: from the left border; in [0, 1] of the width, or in pixels, as `unit` says.
        y: from the upper border; in [0, 1] of the height, or in pixels.
        color: "#rrggbb", sRGB levels (r, g, b) of 0..255, or CIELAB (a, b) in -128..127. Only its
            chroma is used: the lightness stays the photo's own.
        radius: of the disc that surely has this color, as a share of the long side or in pixels.
            None: a few pixels of what the network sees.
        unit: "relative" or "pixel".

    Raises:
        OptionError: a value is out of its range.

    """

    x: float
    y: float
    color: HintColor
    radius: float | None = None
    unit: HintUnit = "relative"

    def __post_init__(self) -> None:
        if self.unit not in ("relative", "pixel"):
            raise self._fault(f"has the unit '{self.unit}'", "use 'relative' or 'pixel'")
        numbers = (self.x, self.y, 0.0 if self.radius is None else self.radius)
        if not all(math.isfinite(number) and number >= 0 for number in numbers):
            raise self._fault("has a negative or infinite value", "give numbers from 0 up")
        if self.unit == "relative" and max(numbers) > 1:
            raise self._fault(
                "lies outside the photo", 'give shares of 0 to 1, or set "unit": "pixel"'
            )
        if not _is_color(self.color):
            raise self._fault(
                f"has the color {self.color!r}", 'give "#rrggbb", [r, g, b] or [a, b]'
            )

    def _fault(self, problem: str, remedy: str) -> OptionError:
        return OptionError(f"hint at ({self.x}, {self.y})", problem, remedy)


@dataclass(frozen=True, slots=True)
class ColorizeOptions:
    """How to colorize a photo.

    Attributes:
        vividness: 0 is gray, 1 the operating point that the network ships with, 2 the most vivid;
            it scales the chroma.
        variants: how many plausible colorings to make, 1 to 16. The first is always the expected
            coloring, the others are drawn from the predicted distribution.
        seed: of the draw, 0 to 2^32 - 1. A variant depends on it and on its own number only.
        hints: points of known color; the result takes their colors.
        reference: a picture whose palette to use.
        keep_existing: leave parts of the photo that already have color (C*ab above about 6) as they
            are, and tell the network about them. A sepia tint counts as color then. By default
            every photo is colorized from its luminance alone.
        temperature: divides the logits in place of the value that `vividness` stands for.

    Raises:
        OptionError: a value is out of its range.

    """

    vividness: float = 1.0
    variants: int = 1
    seed: int = 0
    hints: tuple[Hint, ...] = ()
    reference: Picture | None = field(default=None, repr=False)
    keep_existing: bool = False
    temperature: float | None = None

    def __post_init__(self) -> None:
        check_range("vividness", self.vividness, 0, MAX_VIVIDNESS)
        check_range("variants", self.variants, 1, MAX_VARIANTS)
        check_range("seed", self.seed, 0, MAX_SEED)
        if self.temperature is not None:
            check_range("temperature", self.temperature, 0.01, 10)


@dataclass(frozen=True, slots=True)
class RestyleOptions:
    """How to restyle a photo.

    Attributes:
        strength: from 0, the photo as it is (enlarged by plain resampling), to 1, all of the style.
            The code that the photo is brought to moves from its own to the style's; below
            `FADE_BELOW` the result also fades into the photo.
        keep_color: take only the lightness of the result, and the chroma of the photo.
        keep_texture: make the result a local line of the photo's lightness: the style's tones and
            colors, and no strokes anywhere.
        keep_flat: the same filter, but only where the photo is flat, as skies are.
        scale: enlargement, 1, 2 or 4.
        gray: whether to take the photo as black-and-white, so that the network also colors it.
            None: decided by whether it shows any color. A sepia tint counts as color then.
        corrections: how often the network looks at its result and corrects it, 0 to 16. More come
            nearer to the style, and each takes about as long. None: as often as the network's card
            says for the scale, and never with `keep_texture`.

    Raises:
        OptionError: a value is out of its range, or there is a number of corrections with
            `keep_texture`, which leaves nothing to correct.

    """

    strength: float = 1.0
    keep_color: bool = False
    keep_texture: bool = False
    keep_flat: bool = False
    scale: int = 1
    gray: bool | None = None
    corrections: int | None = None

    def __post_init__(self) -> None:
        check_range("strength", self.strength, 0, 1)
        if self.scale not in SCALES:
            raise OptionError("scale", f"is {self.scale}", "give 1, 2 or 4")
        if self.corrections is not None:
            check_range("corrections", self.corrections, 0, MAX_CORRECTIONS)
            if self.corrections and self.keep_texture:
                raise OptionError(
                    "corrections", "would make texture, which is kept", "leave out one of them"
                )

    def count_corrections(self, facts: RestylerFacts) -> int:
        """Count the corrections that a restyler makes under these options."""
        if self.keep_texture or self.strength == 0:
            return 0
        return facts.corrections(self.scale) if self.corrections is None else self.corrections


@dataclass(frozen=True, slots=True)
class UpscaleOptions:
    """How to enlarge a picture.

    Attributes:
        scale: enlargement, 2 or 4; with `model`, any that it has. None: 2, or that of `model`.
        mode: "faithful" adds no detail that the picture does not hold, "crisp" invents plausible
            detail. None: "faithful", or that of `model`.
        denoise: how much noise to take out on the way, from 0 to 1. Above 0, the network must be
            one that can.
        model: name or path of the network to use; None for the one of this mode and scale.
        tile: most pixels a side of the part of a picture that the network sees at once. Less takes
            less memory; the result is the same.

    Raises:
        OptionError: a value is out of its range.

    """

    scale: int | None = None
    mode: UpscaleMode | None = None
    denoise: float = 0.0
    model: str | None = None
    tile: int = 512

    def __post_init__(self) -> None:
        check_range("denoise", self.denoise, 0, 1)
        check_range("tile", self.tile, 32, 8192)
        if self.mode not in (None, *UPSCALE_MODES):
            raise OptionError("mode", f"is '{self.mode}'", "give faithful or crisp")
        if self.scale is None:
            return
        if self.scale < 1:
            raise OptionError("scale", f"is {self.scale}", "give 2 or 4")
        if self.model is None and self.scale not in UPSCALE_SCALES:
            raise OptionError(
                "scale",
                f"{self.scale} is not offered",
                "give 2 or 4, or --model with a network that has this scale",
            )


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Refuse a value outside `low` to `high`.

    Raises:
        OptionError: it is outside, or not a number.

    """
    if not low <= value <= high:  # false for NaN too
        raise OptionError(name, f"is {value}", f"give a value from {low:.10g} to {high:.10g}")


def _is_color(color: object) -> bool:
    if isinstance(color, str):
        digits = color.removeprefix("#")
        return len(color) == 7 and len(digits) == 6 and _is_hexadecimal(digits)
    if not isinstance(color, tuple) or not all(type(part) in (int, float) for part in color):
        return False
    low, high = (-128, 127) if len(color) == 2 else (0, 255)
    return len(color) in (2, 3) and all(low <= part <= high for part in color)


def _is_hexadecimal(digits: str) -> bool:
    return all(digit in "0123456789abcdefABCDEF" for digit in digits)
