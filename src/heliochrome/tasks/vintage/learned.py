"""Looks that are learned from pictures: the mean style of many old photographs, as a style code.

The network comes first and the process second. Grain, dust, paper and border lie on a finished
picture: a network that came after them would paint over them, and count them as part of the photo.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from heliochrome.tasks.code_file import find_code
from heliochrome.tasks.restyle import Restyling, restyle
from heliochrome.tasks.vintage.apply import vintage

if TYPE_CHECKING:
    from heliochrome.image.picture import Picture
    from heliochrome.model.session import Network
    from heliochrome.tasks.options import RestyleOptions
    from heliochrome.tasks.style_code import StyleCode
    from heliochrome.tasks.vintage.options import VintageOptions


@dataclass(frozen=True, slots=True)
class LearnedLook:
    """A look whose pictures were measured, and whose style code is kept beside the networks.

    Attributes:
        name: what the user calls it by; its code is the file `<name>.code.json`.
        period: when the pictures were made.
        summary: one line on what it looks like.

    """

    name: str
    period: str
    summary: str

    def code_path(self, folders: tuple[Path, ...] | None = None) -> Path:
        """Find its code in `folders` (default: those of the networks).

        Raises:
            ModelNotFoundError: it is not installed.

        """
        return find_code(self.name, folders)


OLD_PRINT = LearnedLook(
    name="old-print",
    period="1850–1950",
    summary="the mean style of old prints: silver, sepia and albumen, toned and faded",
)

LEARNED_LOOKS: tuple[LearnedLook, ...] = (OLD_PRINT,)


def find_learned_look(name: str) -> LearnedLook | None:
    """Give the learned look called `name`, or None where no learned look is called so."""
    return next((look for look in LEARNED_LOOKS if look.name == name), None)


def vintage_like(
    picture: Picture,
    style: StyleCode,
    network: Network,
    options: RestyleOptions | None = None,
    process: VintageOptions | None = None,
) -> Restyling:
    """Give `picture` a learned style, then age it by a process, if any.

    Args:
        picture: the photo; one without color gets that of the style.
        style: the code of the pictures that it is to look like, measured with `network`.
        network: whose task is "restyle".
        options: how the style is given.
        process: what comes after it, with a strength of its own.

    Returns:
        What `restyle` returns, its picture with the border of the process.

    Raises:
        CardError: the network is not a restyler.
        OptionError: the code is another network's, or the network has no such scale.
        PictureTooLargeError: the result would have more than 10^9 pixels.
        ModelError: the network failed.
        ReadError: the photo's profile does not fit it.

    """
    styled = restyle(picture, style, network, options)
    if process is None:
        return styled
    return replace(styled, picture=vintage(styled.picture, process))
