"""How far a colored picture is from the true one, and how colorful it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heliochrome.errors import DataError
from heliochrome.image.color import colorfulness, delta_e_2000, srgb_to_lab

# Identical pictures have no finite PSNR; one of them must not make a mean infinite.
PSNR_OF_IDENTICAL = 100.0


def psnr_rgb(truth: NDArray[np.uint8], result: NDArray[np.uint8]) -> float:
    """Peak signal-to-noise ratio over all samples of an 8-bit RGB picture, in dB.

    A set's PSNR is the mean of its pictures' PSNR, not the PSNR of their mean squared error
    (which is lower: 20.60 instead of 22.69 dB for a gray baseline, say).

    Args:
        truth: (H, W, 3) uint8.
        result: (H, W, 3) uint8.

    Returns:
        10 log10(255² / mean squared error), `PSNR_OF_IDENTICAL` at most.

    Raises:
        DataError: the pictures differ in shape or are not 8-bit RGB.

    """
    _require_pair(truth, result)
    difference = truth.astype(np.int32) - result.astype(np.int32)
    mean_square = float(np.mean(np.square(difference)))
    if mean_square == 0.0:
        return PSNR_OF_IDENTICAL
    return min(PSNR_OF_IDENTICAL, 10.0 * float(np.log10(255.0**2 / mean_square)))


def lab_of(pixels: NDArray[np.uint8]) -> NDArray[np.floating]:
    """CIE Lab (D65) of 8-bit sRGB: (H, W, 3) uint8 to (H, W, 3) float, L* in 0..100."""
    return srgb_to_lab(pixels.astype(np.float64) / 255.0)


def mean_delta_e_2000(
    truth: NDArray[np.uint8],
    result: NDArray[np.uint8],
    truth_lab: NDArray[np.floating] | None = None,
) -> float:
    """Mean CIEDE2000 (CIE 142-2001, unit parametric factors) over the pixels of 8-bit sRGB.

    Args:
        truth: (H, W, 3) uint8.
        result: (H, W, 3) uint8.
        truth_lab: `lab_of(truth)`, where it is known already.

    Raises:
        DataError: the pictures differ in shape or are not 8-bit RGB.

    """
    _require_pair(truth, result)
    lab = lab_of(truth) if truth_lab is None else truth_lab
    return float(np.mean(delta_e_2000(lab, lab_of(result))))


def colorfulness_of(pixels: NDArray[np.uint8]) -> float:
    """Colorfulness M3 of Hasler and Suesstrunk (2003) of (H, W, 3) uint8 sRGB; 0 for gray."""
    return float(colorfulness(pixels))


def colorfulness_absolute(pixels: NDArray[np.uint8]) -> float:
    """Colorfulness as several colorization papers' code computes it: on absolute opponents.

    The deviations and means are taken of |R - G| and |(R + G) / 2 - B| instead of the signed
    differences of Hasler and Suesstrunk (2003). Folding the sign away lowers the deviation of a
    picture with complementary colors. Reported beside `colorfulness_of`, so that figures can be
    compared with such papers' (for example DDColor, Kang et al. 2023).

    Args:
        pixels: (H, W, 3) uint8 sRGB.

    """
    red, green, blue = np.moveaxis(pixels.astype(np.float64), -1, 0)
    red_green = np.abs(red - green)
    yellow_blue = np.abs(0.5 * (red + green) - blue)
    deviation = np.hypot(red_green.std(), yellow_blue.std())
    mean = np.hypot(red_green.mean(), yellow_blue.mean())
    return float(deviation + 0.3 * mean)


def _require_pair(truth: NDArray[np.uint8], result: NDArray[np.uint8]) -> None:
    for name, pixels in (("truth", truth), ("result", result)):
        if pixels.ndim != 3 or pixels.shape[-1] != 3 or pixels.dtype != np.uint8:
            raise DataError(
                name,
                f"is {pixels.dtype} of shape {pixels.shape}, not 8-bit RGB",
                "convert it to 8-bit sRGB first",
            )
    if truth.shape != result.shape:
        raise DataError(
            "result",
            f"has shape {result.shape}, but its truth has {truth.shape}",
            "compare pictures of the same size",
        )
