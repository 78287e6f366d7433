"""ICC profiles through LittleCMS (imagecodecs), in floating point.

Pillow's ImageCms works on 8 bits only; imagecodecs hands LittleCMS float32, in which matrix
profiles are not bounded and no bit of a 16-bit picture is lost. The intent is relative
colorimetric without black point compensation: white goes to white, nothing else is stretched.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any, Literal

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from heliochrome.image.color import LUMINANCE_WEIGHTS, linear_to_srgb
from heliochrome.image.picture import Picture
from heliochrome.image.strips import map_strips

ColorModel = Literal["gray", "rgb", "cmyk"]

_SIGNATURES: dict[bytes, ColorModel] = {b"GRAY": "gray", b"RGB ": "rgb", b"CMYK": "cmyk"}
_CHANNELS: dict[ColorModel, int] = {"gray": 1, "rgb": 3, "cmyk": 4}
# Device links, abstract and named-color profiles describe no encoding of pictures.
_DEVICE_CLASSES = frozenset({b"scnr", b"mntr", b"prtr", b"spac"})
# x and y of white, red, green and blue (IEC 61966-2-1).
SRGB_CHROMATICITIES = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_RELATIVE_COLORIMETRIC = 1
# Far below what 16 bits can show; LUT profiles miss it by orders of magnitude.
_SEPARABLE_TOLERANCE = 2e-5


class ProfileError(ValueError):
    """A profile cannot be used; the message says why, without a final period."""


@cache
def srgb_profile() -> bytes:
    """Give a compact sRGB profile, the same bytes every time."""
    return _without_date(imagecodecs.cms_profile("srgb"))


@cache
def linear_profile() -> bytes:
    """Give a profile of linear light with the primaries of sRGB."""
    return rgb_profile(1.0)


def gray_profile(gamma: float) -> bytes:
    """Make a profile of gray with a decoding exponent."""
    white = (*SRGB_CHROMATICITIES[:2], 1.0)
    return _without_date(imagecodecs.cms_profile("gray", whitepoint=white, gamma=gamma))


def rgb_profile(gamma: float, chromaticities: tuple[float, ...] = SRGB_CHROMATICITIES) -> bytes:
    """Make a profile of RGB with a decoding exponent.

    Args:
        gamma: the exponent.
        chromaticities: x and y of white, red, green and blue.

    """
    white, *primaries = ((*chromaticities[i : i + 2], 1.0) for i in range(0, 8, 2))
    return _without_date(
        imagecodecs.cms_profile(
            "rgb", whitepoint=white, primaries=[v for xyz in primaries for v in xyz], gamma=gamma
        )
    )


def _without_date(profile: bytes) -> bytes:
    # Bytes 24..35 are the time of creation, which would make outputs differ from run to run.
    return bytes(profile[:24]) + bytes(12) + bytes(profile[36:])


def profile_model(profile: bytes) -> ColorModel:
    """Tell what a profile's device values are.

    Raises:
        ProfileError: it cannot be parsed, or is not a profile of gray, RGB or CMYK pictures.

    """
    try:
        imagecodecs.cms_profile_validate(profile)
    except Exception as error:
        raise ProfileError("its ICC profile is damaged") from error
    model = _SIGNATURES.get(profile[16:20])
    if model is None or profile[12:16] not in _DEVICE_CLASSES:
        raise ProfileError("its ICC profile is not one of gray, RGB or CMYK pictures")
    try:
        _to_linear(np.zeros((1, 1, _CHANNELS[model]), np.float32), profile, model)
    except imagecodecs.CmsError as error:
        raise ProfileError("its ICC profile lacks what a conversion needs") from error
    return model


def luminance(samples: NDArray[Any], profile: bytes) -> NDArray[np.float32]:
    """Give relative luminance Y (H, W) of float32 samples (H, W, 1 or 3) in [0, 1]."""
    model: ColorModel = "gray" if samples.shape[2] == 1 else "rgb"
    linear = _to_linear(np.ascontiguousarray(samples, np.float32), profile, model)
    weighted: NDArray[np.float32] = linear @ LUMINANCE_WEIGHTS.astype(np.float32)
    return weighted


def luminance_tables(
    profile: bytes, levels: NDArray[np.float32], channels: int
) -> NDArray[np.float32] | None:
    """Give tables (channels, N) over `levels` whose sum over the channels is Y.

    Luminance is such a sum for gray profiles and for RGB profiles made of curves and a matrix,
    which all working spaces and cameras use; the answer is None for the others (3D tables).
    """
    if channels == 1:
        return luminance(levels[:, None, None], profile).reshape(1, -1)
    ramps = np.zeros((3, len(levels), 3), np.float32)
    for channel in range(3):
        ramps[channel, :, channel] = levels
    black = luminance(np.zeros((1, 1, 3), np.float32), profile)[0, 0]
    tables = luminance(ramps, profile) - black * np.float32(2 / 3)
    return tables if _is_separable(tables, profile, levels) else None


def _is_separable(tables: NDArray[np.float32], profile: bytes, levels: NDArray[np.float32]) -> bool:
    probes = np.stack(
        np.meshgrid(*3 * [np.linspace(0, len(levels) - 1, 6).astype(np.intp)]), axis=-1
    ).reshape(1, -1, 3)
    expected = luminance(levels[probes], profile)
    summed = sum(tables[channel][probes[..., channel]] for channel in range(3))
    return bool(np.abs(expected - summed).max() < _SEPARABLE_TOLERANCE)


def gray_to_srgb(picture: Picture) -> Picture:
    """Re-encode a gray picture with a profile on the sRGB curve, without one."""
    if picture.icc_profile is None:
        return picture
    samples, full = picture.pixels, 1.0
    if picture.bit_depth != 32:
        full = float(np.iinfo(samples.dtype).max)
    scaled = np.multiply(samples, np.float32(1 / full), dtype=np.float32)
    encoded = linear_to_srgb(np.clip(luminance(scaled, picture.icc_profile), 0, 1))[..., None]
    pixels = encoded if full == 1.0 else np.rint(encoded * np.float32(full))
    return replace(picture, pixels=pixels.astype(samples.dtype), icc_profile=None)


def cmyk_to_srgb(samples: NDArray[Any], profile: bytes | None) -> NDArray[Any]:
    """Convert inks (H, W, 4), full scale = full ink, to sRGB (H, W, 3) of the same dtype.

    Without a profile the inks are taken as ideal: R = (1 - C)(1 - K), and so on.
    """
    output = np.empty((*samples.shape[:2], 3), samples.dtype)
    scale = 1.0 if samples.dtype == np.float32 else float(np.iinfo(samples.dtype).max)

    def process(rows: slice) -> None:
        inks = np.multiply(samples[rows], np.float32(1 / scale), dtype=np.float32)
        if profile is None:
            rgb = (1 - inks[..., :3]) * (1 - inks[..., 3:])
        else:
            rgb = linear_to_srgb(np.clip(_to_linear(inks, profile, "cmyk"), 0, 1))
        output[rows] = rgb if scale == 1.0 else np.rint(rgb * np.float32(scale))

    map_strips(process, samples.shape[0], samples.shape[1])
    return output


def _to_linear(
    samples: NDArray[np.float32], profile: bytes, model: ColorModel
) -> NDArray[np.float32]:
    """Convert float32 samples (H, W, C) to linear sRGB light (H, W, 3), not clipped."""
    # LittleCMS takes floating point inks in percent.
    values = samples * np.float32(100) if model == "cmyk" else samples
    return np.asarray(
        imagecodecs.cms_transform(
            values[..., 0] if model == "gray" else values,
            profile,
            linear_profile(),
            colorspace=model,
            outcolorspace="rgb",
            outdtype="float32",
            intent=_RELATIVE_COLORIMETRIC,
        ),
        np.float32,
    )
