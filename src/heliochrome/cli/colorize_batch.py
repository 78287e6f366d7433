"""What `heliochrome colorize` does to each photo of a batch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from heliochrome.cli.files import make_folder, write_text
from heliochrome.cli.outputs import Job
from heliochrome.errors import OptionError, OutputConflictError
from heliochrome.image.metadata import Metadata, Provenance
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.model.session import Backend, Network, open_network
from heliochrome.model.store import find_model
from heliochrome.tasks.colorize import Colorization, colorize, colorizer_facts
from heliochrome.tasks.hints import load_hints
from heliochrome.tasks.options import ColorizeOptions
from heliochrome.tasks.provenance import colorize_provenance, file_sha256


@dataclass(frozen=True, slots=True)
class Writing:
    """How results are written.

    folder: the folder that all results go into, None when there is one output file.
    confidence: path of the confidence map, or of a folder for the maps when `folder` is given.
    """

    quality: int
    overwrite: bool
    sidecar: bool
    folder: Path | None
    confidence: Path | None


@dataclass(frozen=True, slots=True)
class Targets:
    """Every path that one photo's results are written to."""

    pictures: tuple[Path, ...]
    sidecars: tuple[Path, ...]
    confidence: Path | None

    def all(self) -> tuple[Path, ...]:
        """All of them."""
        return (*self.pictures, *self.sidecars, *([self.confidence] if self.confidence else ()))


def read_options(
    options: ColorizeOptions, *, hints: Path | None, reference: Path | None, total: int
) -> ColorizeOptions:
    """Complete `options` by what the hints file and the reference picture hold.

    Raises:
        OptionError: the hints file is not valid, or is given for several photos.
        ReadError: the hints file or the reference cannot be read.

    """
    if hints is not None and total > 1:
        raise OptionError(hints, f"is given for {total} photos", "give hints with one photo only")
    return replace(
        options,
        hints=load_hints(hints) if hints else (),
        reference=read_picture(reference) if reference else None,
    )


@dataclass(frozen=True, slots=True)
class Colorizer:
    """Colorizes one photo after another with the same network and options."""

    network: Network
    options: ColorizeOptions
    writing: Writing
    reference_sha256: str | None = None
    _taken: set[Path] = field(default_factory=set)

    @classmethod
    def open(
        cls,
        model: str,
        options: ColorizeOptions,
        writing: Writing,
        *,
        reference: Path | None = None,
        threads: int | None = None,
        backend: Backend = "onnxruntime",
    ) -> Colorizer:
        """Open the network that `model` names.

        Raises:
            ModelError: the network is missing, tampered with, malformed or for another task.

        """
        network = open_network(find_model(model), threads=threads, backend=backend)
        colorizer_facts(network.card)
        return cls(network, options, writing, file_sha256(reference) if reference else None)

    def __call__(self, job: Job) -> tuple[dict[str, Any], str]:
        """Colorize the photo of `job` and write all its results, or none of them."""
        picture = read_picture(job.source)
        targets = self._targets(job.output_for(picture.container))
        self._check(targets, job.source)
        result = colorize(picture, self.network, self.options)
        input_sha256 = file_sha256(job.source)
        with _all_or_nothing() as written:
            for variant, colored in enumerate(result.variants()):
                provenance = self._provenance(input_sha256, result, variant)
                self._write(colored, targets.pictures[variant], job.source, provenance)
                written.append(targets.pictures[variant])
                if self.writing.sidecar:
                    text = json.dumps(dict(provenance.record), indent=2) + "\n"
                    write_text(text, targets.sidecars[variant])
                    written.append(targets.sidecars[variant])
            if targets.confidence is not None:
                self._write(_confidence_picture(result), targets.confidence, job.source, None)
        self._taken.update(targets.all())
        return _facts(job, picture, targets, result), _line(job, targets, result)

    def _targets(self, output: Path) -> Targets:
        pictures = tuple(_variant_path(output, index) for index in range(self.options.variants))
        sidecars = tuple(path.with_name(path.name + ".json") for path in pictures)
        confidence = self.writing.confidence
        if confidence is not None and self.writing.folder is not None:
            below = output.relative_to(self.writing.folder)
            confidence = confidence / below.with_name(below.name + ".confidence.png")
        return Targets(pictures, sidecars if self.writing.sidecar else (), confidence)

    def _check(self, targets: Targets, source: Path) -> None:
        """Find conflicts before the work, not after it."""
        paths = targets.all()
        for path in paths:
            if path in self._taken or paths.count(path) > 1:
                raise OutputConflictError(path, "is written twice", "choose another output")
            if path.exists() and path.samefile(source):
                raise OutputConflictError(path, "is the input photo", "choose another output")
            if path.exists() and not self.writing.overwrite:
                raise OutputConflictError(
                    path, "already exists", "add --overwrite, or choose another output"
                )

    def _write(
        self, picture: Picture, path: Path, source: Path, provenance: Provenance | None
    ) -> None:
        make_folder(path.parent)
        write_picture(
            picture,
            path,
            quality=self.writing.quality,
            original=source,
            overwrite=self.writing.overwrite,
            provenance=provenance,
        )

    def _provenance(self, input_sha256: str, result: Colorization, variant: int) -> Provenance:
        return colorize_provenance(
            self.network.card,
            self.options,
            input_sha256=input_sha256,
            mean_confidence=result.mean_confidence,
            reference_sha256=self.reference_sha256,
            variant=variant,
        )


def _variant_path(output: Path, index: int) -> Path:
    return output.with_stem(f"{output.stem}-variant{index + 1}") if index else output


@contextmanager
def _all_or_nothing() -> Iterator[list[Path]]:
    """Collect finished files, and remove them again if what follows fails or is interrupted."""
    written: list[Path] = []
    try:
        yield written
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def _confidence_picture(result: Colorization) -> Picture:
    levels = np.rint(result.confidence * 255).astype(np.uint8)
    return Picture(
        pixels=levels[..., None],
        alpha=None,
        container="PNG",
        icc_profile=None,
        metadata=Metadata(exif=None, xmp=None, dpi=None),
    )


def _facts(job: Job, picture: Picture, targets: Targets, result: Colorization) -> dict[str, Any]:
    return {
        "input": str(job.source),
        "outputs": [str(path) for path in targets.pictures],
        "sidecars": [str(path) for path in targets.sidecars],
        "confidence_map": str(targets.confidence) if targets.confidence else None,
        "width": picture.width,
        "height": picture.height,
        "mean_confidence": round(result.mean_confidence, 4),
    }


def _line(job: Job, targets: Targets, result: Colorization) -> str:
    more = f" and {len(targets.pictures) - 1} variants" if len(targets.pictures) > 1 else ""
    sure = f"confidence {result.mean_confidence:.0%}"
    return f"{job.source} -> {targets.pictures[0]}{more}, {sure}"
