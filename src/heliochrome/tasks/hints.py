"""Color hints: their file, their place on the network's grid, and the field that obeys them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from heliochrome.errors import HeliochromeError, OptionError, ReadError
from heliochrome.image.color import srgb_to_lab
from heliochrome.tasks.options import Hint, HintUnit

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEFAULT_RADIUS = 3.0  # working pixels; training draws squares with sides of 2 to 8
LIGHTNESS_REACH = 12.0  # L* difference at which a hint's influence has fallen to 61%


class _FileHint(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    x: float
    y: float
    color: (
        str
        | Annotated[list[float], Field(min_length=2, max_length=2)]
        | Annotated[list[int], Field(min_length=3, max_length=3)]
    )
    radius: float | None = None
    unit: HintUnit | None = None


class _HintFile(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    unit: HintUnit = "relative"
    hints: list[_FileHint]


def load_hints(path: Path) -> tuple[Hint, ...]:
    """Read hints from a JSON file.

    The file holds `{"unit": "relative" | "pixel", "hints": [{"x", "y", "color", "radius"?,
    "unit"?}, …]}` with the meanings of `Hint`; a hint's own unit goes before the file's, which is
    "relative" when absent.

    Raises:
        ReadError: the file cannot be read.
        OptionError: it is not such a file; the message names the place.

    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ReadError(
            path, f"cannot be read ({error.strerror})", "check the path of the hints"
        ) from error
    try:
        content = _HintFile.model_validate_json(text)
        return tuple(_hint(entry, content.unit) for entry in content.hints)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"]) or "the file"
        raise OptionError(
            path,
            f"is not a valid hints file: {place}: {fault['msg']}",
            'write {"hints": [{"x": 0.5, "y": 0.5, "color": "#6090d0"}]}',
        ) from error
    except HeliochromeError as error:
        raise OptionError(path, f"{error.subject} {error.problem}", error.remedy) from error


def hint_ab(hint: Hint) -> tuple[float, float]:
    """CIELAB (a, b) of the color of `hint`."""
    color = hint.color
    if not isinstance(color, str) and len(color) == 2:
        return float(color[0]), float(color[1])
    levels = bytes.fromhex(color[1:]) if isinstance(color, str) else color
    lab = srgb_to_lab(np.array(tuple(levels)) / 255)
    return float(lab[1]), float(lab[2])


def place_hints(hints: tuple[Hint, ...], full: tuple[int, int]) -> NDArray[np.float64]:
    """Rows (x, y, radius, a, b) of `hints` on a photo of `full` = (H, W) pixels.

    x and y are shares of its width and height; the radius is a share of its long side, NaN where
    the hint gives none.

    Raises:
        OptionError: a hint lies outside the photo.

    """
    return np.array([_placed(hint, *full) for hint in hints], np.float64).reshape(-1, 5)


def rasterize(
    placed: NDArray[np.float64], size: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw `place_hints` rows as discs: ab (2, h, w), 0 where there is no hint, and mask (1, h, w).

    A disc covers at least the pixel that its center falls into; later hints lie over earlier ones.
    """
    height, width = size
    ab = np.zeros((2, height, width), np.float32)
    mask = np.zeros((1, height, width), np.float32)
    rows, columns = np.mgrid[:height, :width] + 0.5
    for x, y, radius, *color in placed:
        reach = DEFAULT_RADIUS if np.isnan(radius) else radius * max(size)
        inside = (columns - x * width) ** 2 + (rows - y * height) ** 2 <= reach**2
        inside[min(int(y * height), height - 1), min(int(x * width), width - 1)] = True
        ab[:, inside] = np.array(color, np.float32)[:, None]
        mask[:, inside] = 1
    return ab, mask


def influence(placed: NDArray[np.float64], lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    """Influence (n, h, w) in 0..1 of each hint on each cell of a lightness map (h, w).

    1 in the hint's own disc, falling off as a Gaussian with the distance from it and with the
    difference in L* from the cell it points at, so that a color does not run over edges.
    """
    height, width = lightness.shape
    rows, columns = np.mgrid[:height, :width] + 0.5
    weights = np.empty((len(placed), height, width), np.float32)
    for weight, (x, y, radius, *_) in zip(weights, placed, strict=True):
        own = lightness[min(int(y * height), height - 1), min(int(x * width), width - 1)]
        # A cell is 4 working pixels, so the default disc of 3 is about one cell.
        disc = 1.0 if np.isnan(radius) else max(radius * max(height, width), 1.0)
        distance = np.hypot(columns - x * width, rows - y * height)
        beyond = np.maximum(distance - disc, 0) / disc
        weight[:] = np.exp(-0.5 * (beyond**2 + ((lightness - own) / LIGHTNESS_REACH) ** 2))
    return weights


def obey_hints(
    chroma: NDArray[np.float32],
    placed: NDArray[np.float64],
    weights: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Correct chroma (h, w, 2) so that it takes the hints' colors where their influence is 1.

    The network has seen the hints and mostly follows them; what is left of the difference is
    spread with inverse-distance weighting (Shepard 1968) of `influence` weights (n, h, w).
    """
    if not len(placed):
        return chroma
    steep = weights / (1.001 - weights)  # a hint's own cells belong to it and to no neighbor
    share = steep / np.maximum(steep.sum(axis=0), 1e-6)
    target = np.einsum("nhw,nc->hwc", share, placed[:, 3:].astype(np.float32))
    strength = weights.max(axis=0)[..., None]
    return np.asarray(chroma + strength * (target - chroma), np.float32)


def _hint(entry: _FileHint, unit: HintUnit) -> Hint:
    color: Any = entry.color if isinstance(entry.color, str) else tuple(entry.color)
    return Hint(entry.x, entry.y, color, entry.radius, entry.unit or unit)


def _placed(hint: Hint, height: int, width: int) -> tuple[float, ...]:
    x, y, radius = hint.x, hint.y, np.nan if hint.radius is None else hint.radius
    if hint.unit == "pixel":
        x, y, radius = (hint.x + 0.5) / width, (hint.y + 0.5) / height, radius / max(height, width)
    if x > 1 or y > 1:
        raise OptionError(
            f"hint at ({hint.x}, {hint.y})",
            f"lies outside the photo of {width} x {height} pixels",
            "move it inside, counting from 0 at the upper left",
        )
    return x, y, radius, *hint_ab(hint)
