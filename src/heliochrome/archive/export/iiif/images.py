"""Image API 3 at level 0: every tile and size that may be asked for is a file.

A plain web server serves them. Each picture has a folder with tiles for deep zoom, one small
picture (`full/W,H`) and one of at most `LARGEST` pixels a side (`full/max`). An `info.json` says
what there is (https://iiif.io/api/image/3.0/).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyvips

from heliochrome.archive.export.folders import remove_parts, replacing_folder, write_if_changed
from heliochrome.archive.export.iiif.display import open_for_display, typed_error

CONTEXT = "http://iiif.io/api/image/3/context.json"
PROTOCOL = "http://iiif.io/api/image"
TILE = 768  # Fewer files than with the usual 256 or 512, and a small picture that is sharp.
LARGEST = 1600
_PROPERTIES = "vips-properties.xml"  # names the version of libvips and the time; no viewer reads it
_INFO = "info.json"
_QUALITY = 85


@dataclass(frozen=True, slots=True)
class ServedImage:
    """What a folder serves.

    Attributes:
        name: of the folder.
        width: of the picture, in pixels.
        height: of the picture, in pixels.
        small: width and height of the small picture.
        large: width and height of the large one.
        scale_factors: of the levels of tiles.

    """

    name: str
    width: int
    height: int
    small: tuple[int, int]
    large: tuple[int, int]
    scale_factors: tuple[int, ...]

    @property
    def small_path(self) -> str:
        """Address of the small picture, below that of all images."""
        return f"{self.name}/full/{self.small[0]},{self.small[1]}/0/default.jpg"

    @property
    def large_path(self) -> str:
        """Address of the large picture, below that of all images."""
        return f"{self.name}/full/max/0/default.jpg"

    def info(self, identifier: str) -> dict[str, Any]:
        """Describe it as the Image API's info.json does; `identifier` is its address."""
        document: dict[str, Any] = {
            "@context": CONTEXT,
            "id": identifier,
            "type": "ImageService3",
            "protocol": PROTOCOL,
            "profile": "level0",
            "width": self.width,
            "height": self.height,
            # Levels of the pyramid only: viewers take a list of sizes for one.
            "sizes": [_size(self.small)],
            "tiles": [{"width": TILE, "scaleFactors": list(self.scale_factors)}],
        }
        if self.large != (self.width, self.height):
            document |= {"maxWidth": self.large[0], "maxHeight": self.large[1]}
        return document


class ImageFolder:
    """A folder of served images, each made once: its name is taken from the file's hash."""

    def __init__(self, folder: Path, address: str) -> None:
        """Serve `folder` at `address`, absolute or relative, which ends in a slash."""
        self._folder = folder
        self._address = address
        self.made = 0

    @staticmethod
    def name_of(sha256: str) -> str:
        """Give the name of the image whose file has that hash."""
        return sha256[:32]

    def clean(self) -> None:
        """Remove what an interrupted run left half made."""
        remove_parts(self._folder)

    def find(self, sha256: str) -> ServedImage | None:
        """Give the image of a file if it is there and as this version makes it."""
        folder = self._folder / self.name_of(sha256)
        try:
            info = json.loads((folder / _INFO).read_text(encoding="utf-8"))
            image = _from_info(folder.name, info)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if info["tiles"][0]["width"] != TILE:
            return None
        self._write_info(folder, image)
        return image

    def make(self, sha256: str, source: Path) -> ServedImage:
        """Make the image of a file, whole or not at all, and over an older one.

        Raises:
            ReadError: the file is no picture, or damaged.
            WriteError: the disk did not take it.

        """
        folder = self._folder / self.name_of(sha256)
        with replacing_folder(folder) as part:
            image = _render(source, part, folder.name)
            self._write_info(part, image)
        self.made += 1
        return image

    def keep_only(self, names: set[str]) -> int:
        """Remove the images of other names; give how many."""
        others = [entry for entry in self._folder.iterdir() if entry.name not in names]
        for entry in others:
            shutil.rmtree(entry, ignore_errors=True)
        return len(others)

    def _write_info(self, folder: Path, image: ServedImage) -> None:
        document = image.info(self._address + image.name)
        write_if_changed(folder / _INFO, (json.dumps(document, indent=1) + "\n").encode())


def _render(source: Path, folder: Path, name: str) -> ServedImage:
    image = open_for_display(source)
    try:
        large = image.thumbnail_image(LARGEST, height=LARGEST, size="down")
        image.dzsave(
            str(folder / "tiles"),
            layout="iiif3",
            tile_size=TILE,
            suffix=f".jpg[Q={_QUALITY},keep=none]",
        )
        tiles = folder / "tiles"
        info = json.loads((tiles / _INFO).read_text(encoding="utf-8"))
        (tiles / _INFO).unlink()
        (folder / _PROPERTIES).unlink(missing_ok=True)
        for entry in list(tiles.iterdir()):
            entry.rename(folder / entry.name)
        tiles.rmdir()
        largest = folder / "full" / "max" / "0" / "default.jpg"
        largest.parent.mkdir(parents=True)
        small = _small(folder)
        if small == (image.width, image.height):
            shutil.copyfile(
                folder / "full" / f"{small[0]},{small[1]}" / "0" / "default.jpg", largest
            )
        else:
            large.jpegsave(str(largest), Q=_QUALITY, interlace=True, keep="none")
    except pyvips.Error as error:
        raise typed_error(source, error) from error
    factors = tuple(info["tiles"][0]["scaleFactors"])
    size = (large.width, large.height)
    return ServedImage(name, image.width, image.height, small, size, factors)


def _small(folder: Path) -> tuple[int, int]:
    (name,) = (entry.name for entry in (folder / "full").iterdir() if entry.name != "max")
    width, height = name.split(",")
    return int(width), int(height)


def _size(size: tuple[int, int]) -> dict[str, int]:
    return {"width": size[0], "height": size[1]}


def _from_info(name: str, info: Mapping[str, Any]) -> ServedImage:
    width, height = int(info["width"]), int(info["height"])
    (small,) = info["sizes"]
    return ServedImage(
        name=name,
        width=width,
        height=height,
        small=(small["width"], small["height"]),
        large=(info.get("maxWidth", width), info.get("maxHeight", height)),
        scale_factors=tuple(info["tiles"][0]["scaleFactors"]),
    )
