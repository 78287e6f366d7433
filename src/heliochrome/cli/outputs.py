"""Which photos a command works on, and where each result goes."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from heliochrome.errors import (
    HeliochromeError,
    OptionError,
    OutputConflictError,
    ReadError,
    UnsupportedPictureError,
)


class OutputFormat(StrEnum):
    """Containers that results can be written in."""

    jpeg = "jpeg"
    png = "png"
    tiff = "tiff"
    webp = "webp"
    avif = "avif"
    jp2 = "jp2"


SUFFIXES = {
    OutputFormat.jpeg: (".jpg", ".jpeg", ".jpe"),
    OutputFormat.png: (".png",),
    OutputFormat.tiff: (".tif", ".tiff"),
    OutputFormat.webp: (".webp",),
    OutputFormat.avif: (".avif",),
    OutputFormat.jp2: (".jp2", ".j2k", ".jpx"),
}
CONTAINER_FORMATS = {
    "JPEG": OutputFormat.jpeg,
    "PNG": OutputFormat.png,
    "TIFF": OutputFormat.tiff,
    "WEBP": OutputFormat.webp,
    "AVIF": OutputFormat.avif,
    "JPEG2000": OutputFormat.jp2,
}
KNOWN_SUFFIXES = frozenset(suffix for group in SUFFIXES.values() for suffix in group)
# Pictures too, which are not read or written: in a folder they are reported, not passed over.
_RAW = (".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".raf", ".rw2")
_OTHERS = (".bmp", ".dcm", ".gif", ".heic", ".heif", ".jxl", ".pbm", ".pdf", ".pgm", ".ppm", ".psd")
OTHER_SUFFIXES = frozenset(_RAW + _OTHERS)


@dataclass(frozen=True, slots=True)
class Job:
    """One photo, and the path of its result; without a suffix where the container decides."""

    source: Path
    output: Path

    def output_for(self, container: str) -> Path:
        """Path of the result, its suffix completed for a photo read from `container`."""
        if self.output.suffix.lower() in KNOWN_SUFFIXES:
            return self.output
        return self.output.with_name(self.output.name + SUFFIXES[CONTAINER_FORMATS[container]][0])

    def facts(
        self, outputs: Sequence[Path], sidecars: Sequence[Path], width: int, height: int
    ) -> dict[str, Any]:
        """Give what is reported of every photo that was done, as JSON values.

        width, height: of the result.
        """
        return {
            "input": str(self.source),
            "outputs": [str(path) for path in outputs],
            "sidecars": [str(path) for path in sidecars],
            "width": width,
            "height": height,
        }


@dataclass(frozen=True, slots=True)
class Failure:
    """An input that could not be done, and why."""

    source: Path
    error: Exception


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do, in order, and what is already known not to work.

    into_folder: whether the results go into a folder, by their own names.
    """

    jobs: tuple[Job, ...]
    failures: tuple[Failure, ...]
    into_folder: bool

    @property
    def total(self) -> int:
        """How many photos were asked for."""
        return len(self.jobs) + len(self.failures)


def plan_outputs(
    photos: Sequence[Path],
    output: Path,
    *,
    recursive: bool = False,
    overwrite: bool = False,
    format: OutputFormat | None = None,
    suffixes: Collection[str] = KNOWN_SUFFIXES,
) -> Plan:
    """Pair every photo with the path of its result.

    One photo goes to the file `output`, unless that is a folder or has no picture's suffix; several
    photos, or a folder of them, go into the folder `output` under their names. A photo whose
    result would overwrite an input, another result or (without `overwrite`) any file is a failure.
    Which suffixes are those of pictures is for the command to say.

    Raises:
        OptionError: `output` is a file though several photos are given, is a picture of a kind that
            is not written, or `format` contradicts it.

    """
    found = list(_expand(photos, output, recursive, suffixes))
    walked = recursive and photos[0].is_dir()
    into_folder = len(found) > 1 or walked or _names_folder(output, suffixes)
    _check_kind(output, suffixes)
    _check_output_option(output, into_folder, format, suffixes)
    jobs, failures = [], []
    taken: set[Path] = set()
    sources = {_identity(source) for source, _, fault in found if fault is None}
    for source, relative, fault in found:
        target = _named(output / relative, format, suffixes) if into_folder else output
        error = fault or _conflict(target, sources, taken, overwrite)
        taken.add(target)
        if error is None:
            jobs.append(Job(source, target))
        else:
            failures.append(Failure(source, error))
    return Plan(tuple(jobs), tuple(failures), into_folder)


_Found = tuple[Path, Path, HeliochromeError | None]


def _expand(
    photos: Sequence[Path], output: Path, recursive: bool, suffixes: Collection[str]
) -> Iterator[_Found]:
    """Photos with their paths below the output folder, and what is wrong with them."""
    for photo in photos:
        if not photo.is_dir():
            error = None if photo.exists() else _missing(photo)
            yield photo, Path(photo.name), error
        elif not recursive:
            problem = "is a folder, not a photo"
            yield (
                photo,
                Path(photo.name),
                UnsupportedPictureError(
                    photo, problem, "name the photos in it, or add --recursive"
                ),
            )
        else:
            yield from _folder_photos(photo, output, suffixes)


def _folder_photos(folder: Path, output: Path, suffixes: Collection[str]) -> Iterator[_Found]:
    empty = True
    for path in walk_photos(folder, output, OTHER_SUFFIXES.union(suffixes)):
        empty = False
        yield path, path.relative_to(folder), None
    if empty:
        problem = "holds no photos"
        remedy = "name a folder with JPEG, PNG, TIFF, WebP, AVIF or JPEG 2000 files"
        yield folder, Path(folder.name), ReadError(folder, problem, remedy)


def walk_photos(
    folder: Path, output: Path, suffixes: Collection[str] = KNOWN_SUFFIXES
) -> Iterable[Path]:
    """Give photos below `folder` in order, without earlier results in `output` and hidden files."""
    for root, folders, names in os.walk(folder):
        here = Path(root)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and _identity(here / name) != _identity(output)
        )
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix.lower() in suffixes:
                yield here / name


def _names_folder(output: Path, suffixes: Collection[str]) -> bool:
    return output.is_dir() or output.suffix.lower() not in suffixes


def _check_kind(output: Path, suffixes: Collection[str]) -> None:
    suffix = output.suffix.lower()
    if suffix in OTHER_SUFFIXES.difference(suffixes) and not output.is_dir():
        written = ", ".join(group[0] for group in SUFFIXES.values())
        raise OptionError(
            output, f"is of a kind that is not written ({suffix})", f"end it in one of {written}"
        )


def _check_output_option(
    output: Path, into_folder: bool, format: OutputFormat | None, suffixes: Collection[str]
) -> None:
    if into_folder and (output.exists() and not output.is_dir()):
        raise OptionError(output, "is a file, but the results need a folder", "name a folder")
    if into_folder and not output.is_dir() and output.suffix.lower() in suffixes:
        raise OptionError(
            output, "names one file for several photos", "name a folder, without a suffix"
        )
    if not into_folder and format and output.suffix.lower() not in SUFFIXES[format]:
        raise OptionError(
            output,
            f"contradicts --format {format.value}",
            f"end it in {SUFFIXES[format][0]}, or leave one of them out",
        )


def _named(path: Path, format: OutputFormat | None, suffixes: Collection[str]) -> Path:
    if format is None:
        return path
    known = path.suffix.lower() in suffixes
    return path.with_name((path.stem if known else path.name) + SUFFIXES[format][0])


def _identity(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _conflict(
    target: Path, sources: set[Path], taken: set[Path], overwrite: bool
) -> OutputConflictError | None:
    if _identity(target) in sources:
        return OutputConflictError(target, "is one of the input photos", "choose another output")
    if target in taken:
        return OutputConflictError(
            target, "is the output of another photo too", "work on same-named photos separately"
        )
    if target.exists() and not overwrite:
        return OutputConflictError(
            target, "already exists", "add --overwrite, or choose another output"
        )
    return None


def _missing(photo: Path) -> ReadError:
    return ReadError(photo, "does not exist", "check the path")
