"""What a look is made of: groups of numbers that describe a photographic process.

Sizes on the plate or film are in micrometers, and `frame.side` says how large that is: so grain,
blur and dust keep their proportion to the picture, whatever its number of pixels. The command line
lists looks, so this module imports no numpy. docs/vintage.md names the sources.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from heliochrome.tasks.options import DAYLIGHT
from heliochrome.tasks.vintage.ranges import (
    Group,
    Parameter,
    choice,
    number,
    numbers,
    parameters,
)


@dataclass(frozen=True, slots=True)
class Frame(Group):
    """The plate, film or print that the picture is formed on."""

    side: float = number(36, 4, 600, "its long side, in millimeters")


@dataclass(frozen=True, slots=True)
class Lens(Group):
    """What the lens does to the light."""

    blur: float = number(0, 0, 3000, "width at half height of the image of a point, micrometers")
    field: float = number(0, 0, 110, "angle of view across the diagonal, degrees, for its falloff")


@dataclass(frozen=True, slots=True)
class Light(Group):
    """The light that reaches the emulsion."""

    temperature: float = number(
        DAYLIGHT, 2000, 20000, "color that white takes on, in kelvin; lower is warmer"
    )
    tint: float = number(0, -0.05, 0.05, "its distance from the locus (Duv); positive is greener")
    saturation: float = number(1, 0, 2, "HSV saturation, relative to the photo's")
    exposure: float = number(0, -3, 3, "in stops; positive is brighter")
    metering: float = number(
        0, 0, 1, "share by which exposure makes up for what the emulsion does not see"
    )


@dataclass(frozen=True, slots=True)
class Emulsion(Group):
    """What the emulsion sees."""

    layers: str = choice("color", ("single",), "three layers, or a single one for black and white")
    sensitivity: tuple[float, float, float] = numbers(
        (0.3, 0.4, 0.3), 0, 1, "of a single layer to linear red, green and blue light"
    )


@dataclass(frozen=True, slots=True)
class Halation(Group):
    """Light that comes back from the far side of the base and fogs what surrounds highlights."""

    amount: float = number(0, 0, 1, "of the light beyond the threshold")
    base: float = number(130, 20, 6000, "thickness of the film or glass, micrometers")
    color: tuple[float, float, float] = numbers(
        (1, 0.25, 0.05), 0, 1, "red, green and blue of the glow"
    )
    threshold: float = number(0.7, 0, 1, "linear light above which a highlight counts")


@dataclass(frozen=True, slots=True)
class Tone(Group):
    """The characteristic curve from the logarithm of exposure to the density of the positive."""

    gamma: float = number(1, 0.2, 4, "slope of the straight part; 1 keeps the photo's contrast")
    toe: float = number(0.05, 0.005, 1, "width of the bend at the light end, in density")
    shoulder: float = number(0.1, 0.005, 1, "width of the bend at the dark end, in density")
    dmin: float = number(0, 0, 1, "density of the lightest tone")
    dmax: float = number(3, 0.3, 4, "density of the darkest tone")
    layer_gamma: tuple[float, float, float] = numbers(
        (1, 1, 1), 0.3, 2, "slope of the red, green and blue layers, relative to gamma"
    )
    layer_exposure: tuple[float, float, float] = numbers(
        (0, 0, 0), -2, 2, "stops that the red, green and blue layers are more exposed"
    )


@dataclass(frozen=True, slots=True)
class Grain(Group):
    """Grains of silver, or the dye clouds in their place."""

    amount: float = number(
        0, 0, 1, "standard deviation of density at middle gray, at a point, before any averaging"
    )
    size: float = number(10, 1, 500, "width of a clump at half height, micrometers")
    color: float = number(0, 0, 1, "share of the grain that is each layer's own")
    origin: str = choice(
        "negative", ("positive",), "where the grain lies: densest in the lights, or in the darks"
    )


@dataclass(frozen=True, slots=True)
class Screen(Group):
    """A mosaic of dyed starch grains over the emulsion."""

    amount: float = number(0, 0, 1, "0 is no mosaic, 1 shows every grain of it")
    size: float = number(12, 2, 200, "diameter of a starch grain, micrometers")
    purity: float = number(0.6, 0.1, 1, "of the dyes; lower is more pastel")


@dataclass(frozen=True, slots=True)
class Toning(Group):
    """Color of the image substance: Lab a and b, added by lightness."""

    shadows: tuple[float, float] = numbers((0, 0), -80, 80, "a, b at L* 15")
    midtones: tuple[float, float] = numbers((0, 0), -80, 80, "a, b at L* 50")
    highlights: tuple[float, float] = numbers((0, 0), -80, 80, "a, b at L* 95, so of the paper")


@dataclass(frozen=True, slots=True)
class Wash(Group):
    """Transparent colors laid on a black-and-white print by hand, after those of the photo."""

    amount: float = number(0, 0, 2, "of the photo's chroma")
    limit: float = number(24, 1, 80, "chroma that no wash passes")
    spread: float = number(0.006, 0, 0.05, "how far a wash runs, as a share of the long side")


@dataclass(frozen=True, slots=True)
class Fading(Group):
    """What time took away, and what it left."""

    cyan: float = number(0, 0, 1, "share of the cyan dye that is lost")
    magenta: float = number(0, 0, 1, "share of the magenta dye that is lost")
    yellow: float = number(0, 0, 1, "share of the yellow dye that is lost")
    silver: float = number(0, 0, 1, "share of a single layer's density that is lost")
    stain: tuple[float, float, float] = numbers(
        (0, 0, 0), 0, 1, "density gained everywhere in red, green and blue"
    )


@dataclass(frozen=True, slots=True)
class Edges(Group):
    """Decay that comes in from the edges: tarnish, yellowing, silver that bleaches."""

    width: float = number(0.08, 0.005, 0.5, "how deep it reaches, as a share of the short side")
    fading: float = number(0, 0, 1, "share of the density lost at the very edge")
    stain: tuple[float, float, float] = numbers(
        (0, 0, 0), 0, 2, "density gained at the very edge in red, green and blue"
    )


@dataclass(frozen=True, slots=True)
class Paper(Group):
    """The support under the image."""

    texture: float = number(0, 0, 0.3, "standard deviation of density by its fibers")
    fiber: float = number(200, 5, 3000, "size of a fiber, micrometers")
    mottle: float = number(0, 0, 0.3, "standard deviation of density by uneven coating")


@dataclass(frozen=True, slots=True)
class Damage(Group):
    """What happened to it: every object is drawn, none is pasted."""

    dust: float = number(0, 0, 3000, "number of specks")
    dust_size: float = number(60, 1, 3000, "median diameter of a speck, micrometers")
    hairs: float = number(0, 0, 100, "number of hairs and fibers")
    hair_width: float = number(20, 1, 1000, "median width of a hair, micrometers")
    scratches: float = number(0, 0, 200, "number of scratches")
    scratch_width: float = number(15, 1, 1000, "median width of a scratch, micrometers")
    spots: float = number(0, 0, 200, "number of brown spots and drying marks")
    spot_size: float = number(2000, 10, 50000, "median diameter of a spot, micrometers")
    light: float = number(
        0.7, 0, 1, "share of dust and hairs that are light, as those on a negative print"
    )


@dataclass(frozen=True, slots=True)
class Border(Group):
    """The margin around the picture; it is added, nothing of the picture is covered by it."""

    width: float = number(0, 0, 0.5, "of each side, as a share of the picture's short side")
    bottom: float = number(1, 0, 6, "the lower side's width, relative to the others'")
    corner: float = number(0, 0, 0.5, "radius of the picture's corners, share of the short side")
    rough: float = number(0, 0, 0.05, "unevenness of the picture's edge, share of the short side")
    density: tuple[float, float, float] = numbers(
        (0, 0, 0), 0, 3, "of the margin in red, green and blue, beyond that of the lightest tone"
    )


@dataclass(frozen=True, slots=True)
class Look:
    """A photographic process as parameters.

    Attributes:
        name: what the user calls it by.
        period: when it was in use.
        summary: one line on what it looks like, and why.

    """

    name: str
    period: str = ""
    summary: str = ""
    frame: Frame = field(default_factory=Frame)
    lens: Lens = field(default_factory=Lens)
    light: Light = field(default_factory=Light)
    emulsion: Emulsion = field(default_factory=Emulsion)
    halation: Halation = field(default_factory=Halation)
    tone: Tone = field(default_factory=Tone)
    grain: Grain = field(default_factory=Grain)
    screen: Screen = field(default_factory=Screen)
    toning: Toning = field(default_factory=Toning)
    wash: Wash = field(default_factory=Wash)
    fading: Fading = field(default_factory=Fading)
    edges: Edges = field(default_factory=Edges)
    paper: Paper = field(default_factory=Paper)
    damage: Damage = field(default_factory=Damage)
    border: Border = field(default_factory=Border)

    def value(self, key: str) -> Any:
        """Give the value of the parameter `key`, as in "grain.amount"."""
        group, name = key.split(".")
        return getattr(getattr(self, group), name)


GROUPS: tuple[type[Group], ...] = (
    Frame,
    Lens,
    Light,
    Emulsion,
    Halation,
    Tone,
    Grain,
    Screen,
    Toning,
    Wash,
    Fading,
    Edges,
    Paper,
    Damage,
    Border,
)

PARAMETERS: dict[str, Parameter] = {
    parameter.key: parameter for group in GROUPS for parameter in parameters(group)
}


def group_values(look: Look) -> dict[str, dict[str, Any]]:
    """Give all parameters of a look as plain nested values, for records and files."""
    return {
        group.__name__.lower(): {
            f.name: getattr(getattr(look, group.__name__.lower()), f.name) for f in fields(group)
        }
        for group in GROUPS
    }
