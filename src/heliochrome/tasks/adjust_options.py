"""Options of the tasks that correct a photo without a network, each default and range once.

The command line reads its defaults here, so this module imports neither numpy nor pydantic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from heliochrome.errors import OptionError
from heliochrome.tasks.options import DAYLIGHT, check_range

AutoBalance = Literal["none", "gray-world", "gray-edge"]
AUTO_BALANCES: tuple[AutoBalance, ...] = ("none", "gray-world", "gray-edge")
MOST_CLIPPING = 0.05


@dataclass(frozen=True, slots=True)
class UnfadeOptions:
    """How to restore a faded color print.

    Attributes:
        strength: from 0, the photo as it is, to 1, all of the estimated loss undone; up to 1.5 for
            photos whose fading is underestimated.
        most_clipping: largest share of the samples of a channel that may become pure white, and
            likewise pure black, that were not.

    Raises:
        OptionError: a value is out of its range.

    """

    strength: float = 1.0
    most_clipping: float = 0.002

    def __post_init__(self) -> None:
        check_range("strength", self.strength, 0, 1.5)
        check_range("most_clipping", self.most_clipping, 0, MOST_CLIPPING)


@dataclass(frozen=True, slots=True)
class BorderOptions:
    """How to find and crop the borders of a scan.

    Attributes:
        most: largest share of the height, and of the width, that may be cropped on one side.
        tolerance: difference in L* within which a border counts as uniform; that in chroma may be
            twice as large, for paper that yellowed unevenly.

    Raises:
        OptionError: a value is out of its range.

    """

    most: float = 0.2
    tolerance: float = 6.0

    def __post_init__(self) -> None:
        check_range("most", self.most, 0, 0.45)
        check_range("tolerance", self.tolerance, 1, 30)


@dataclass(frozen=True, slots=True)
class ContrastOptions:
    """How to change the tones of a photo, in L*.

    Attributes:
        black: L* that becomes 0; None: the percentile that `clip` says.
        white: L* that becomes 100; None: likewise.
        gamma: exponent of the midtones, after that: above 1 they become lighter.
        clip: share of the pixels that an automatic black, and white, leaves beyond it.
        most: steepest slope that automatic black and white may lead to: foggy pictures stay so.

    Raises:
        OptionError: a value is out of its range, or white is not above black.

    """

    black: float | None = None
    white: float | None = None
    gamma: float = 1.0
    clip: float = 0.002
    most: float = 2.0

    def __post_init__(self) -> None:
        if self.black is not None:
            check_range("black", self.black, 0, 99)
        if self.white is not None:
            check_range("white", self.white, 1, 100)
        check_range("gamma", self.gamma, 0.2, 5)
        check_range("clip", self.clip, 0, MOST_CLIPPING)
        check_range("most", self.most, 1, 10)
        if self.black is not None and self.white is not None and self.white - self.black < 1:
            raise OptionError(
                "white", f"is {self.white}", f"give more than black, which is {self.black:g}"
            )


@dataclass(frozen=True, slots=True)
class BalanceOptions:
    """How to change the color balance of a photo.

    Attributes:
        auto: what to do first: nothing, or to make the mean of the picture ("gray-world"), or that
            of its edges ("gray-edge"), neutral.
        strength: of the automatic balance, from 0 to 1, all of the cast gone.
        temperature: color in kelvin that white takes on: lower is warmer, 6504 is neutral.
        tint: distance of that color from the daylight locus (Duv): above 0 greener, below pinker.

    Raises:
        OptionError: a value is out of its range.

    """

    auto: AutoBalance = "none"
    strength: float = 1.0
    temperature: float = DAYLIGHT
    tint: float = 0.0

    def __post_init__(self) -> None:
        if self.auto not in AUTO_BALANCES:
            raise OptionError("auto", f"is '{self.auto}'", f"give {', '.join(AUTO_BALANCES)}")
        check_range("strength", self.strength, 0, 1)
        check_range("temperature", self.temperature, 2000, 20000)
        check_range("tint", self.tint, -0.05, 0.05)
