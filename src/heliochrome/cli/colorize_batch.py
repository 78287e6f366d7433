"""What `heliochrome colorize` does to each photo of a batch."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from heliochrome.cli.large_tiff import goes_by_rows, open_rows
from heliochrome.cli.outputs import KNOWN_SUFFIXES, Job, Plan
from heliochrome.cli.results import Results
from heliochrome.errors import OptionError
from heliochrome.image.formats.tiff import Page
from heliochrome.image.metadata import Metadata, Provenance
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.rows import row_blocks
from heliochrome.image.tiff_rows import TiffRows
from heliochrome.model.session import Backend, Network, open_network
from heliochrome.model.store import find_model
from heliochrome.tasks.colorize import Colorization, colorize, colorizer_facts
from heliochrome.tasks.colorize_rows import color_rows, colored_page, plan_coloring
from heliochrome.tasks.hints import load_hints
from heliochrome.tasks.options import ColorizeOptions
from heliochrome.tasks.provenance import colorize_provenance, file_sha256


@dataclass(frozen=True, slots=True)
class Maps:
    """Where the confidence maps go.

    path: of the map of the only photo, or of a folder for the maps; None for none.
    below: the folder that all results go into, None when there is one output file.
    """

    path: Path | None
    below: Path | None

    def target(self, output: Path) -> Path | None:
        """Path of the map of the photo whose result goes to `output`."""
        if self.path is None or self.below is None:
            return self.path
        place = output.relative_to(self.below)
        return self.path / place.with_name(place.name + ".confidence.png")


def plan_maps(path: Path | None, plan: Plan, output: Path) -> Maps:
    """Say where the maps go: to the file `path` for one photo, else into the folder `path`.

    Raises:
        OptionError: it names a file for several photos.

    """
    names_file = path is not None and path.suffix.lower() in KNOWN_SUFFIXES and not path.is_dir()
    if names_file and plan.total > 1:
        raise OptionError(
            "--confidence", f"names one file for {plan.total} photos", "name a folder"
        )
    return Maps(path, output if plan.into_folder and not names_file else None)


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


def open_colorizer(
    model: str, *, threads: int | None = None, backend: Backend = "onnxruntime"
) -> Network:
    """Open the network that `model` names.

    Raises:
        ModelError: the network is missing, tampered with, malformed or for another task.

    """
    network = open_network(find_model(model), threads=threads, backend=backend)
    colorizer_facts(network.card)
    return network


@dataclass(frozen=True, slots=True)
class Colorizer:
    """Colorizes one photo after another with the same network and options."""

    network: Network
    options: ColorizeOptions
    results: Results
    maps: Maps
    reference_sha256: str | None = None

    def __call__(self, job: Job) -> tuple[dict[str, Any], str]:
        """Colorize the photo of `job` and write all its results, or none of them."""
        with ExitStack() as stack:
            rows = open_rows(job.source, stack)
            if rows is not None and self._goes_by_rows(rows.page, job.output_for("TIFF")):
                return self._do_rows(job, rows)
        picture = read_picture(job.source)
        targets = self._targets(job.output_for(picture.container))
        self.results.check(targets.all(), job.source)
        result = colorize(picture, self.network, self.options)
        input_sha256 = file_sha256(job.source)
        with self.results.all_or_nothing(job.source) as writing:
            for variant, colored in enumerate(result.variants()):
                provenance = self._provenance(input_sha256, result.mean_confidence, variant)
                writing.picture(colored, targets.pictures[variant], provenance)
            if targets.confidence is not None:
                writing.picture(_confidence_picture(result), targets.confidence)
        confidence, size = result.mean_confidence, (picture.width, picture.height)
        return _facts(job, size, targets, confidence), _line(job, targets, confidence)

    def _goes_by_rows(self, page: Page, output: Path) -> bool:
        """Whether a file is large, and nothing is asked for that needs all of it at once."""
        whole = self.options.variants > 1 or self.options.keep_existing or self.maps.path
        return goes_by_rows(page, output) and not whole

    def _do_rows(self, job: Job, rows: TiffRows) -> tuple[dict[str, Any], str]:
        targets = self._targets(job.output_for("TIFF"))
        self.results.check(targets.all(), job.source)
        coloring = plan_coloring(rows, rows.page, self.network, self.options)
        confidence, size = coloring.mean_confidence, (rows.width, rows.height)
        blocks = color_rows(row_blocks(rows), coloring, (rows.height, rows.width))
        provenance = self._provenance(file_sha256(job.source), confidence, 0)
        with self.results.all_or_nothing(job.source) as writing:
            writing.rows(blocks, colored_page(rows.page), targets.pictures[0], provenance)
        return _facts(job, size, targets, confidence), _line(job, targets, confidence)

    def _targets(self, output: Path) -> Targets:
        pictures = tuple(_variant_path(output, index) for index in range(self.options.variants))
        return Targets(pictures, self.results.sidecars(pictures), self.maps.target(output))

    def _provenance(self, input_sha256: str, confidence: float, variant: int) -> Provenance:
        return colorize_provenance(
            self.network.card,
            self.options,
            input_sha256=input_sha256,
            mean_confidence=confidence,
            reference_sha256=self.reference_sha256,
            variant=variant,
        )


def _variant_path(output: Path, index: int) -> Path:
    return output.with_stem(f"{output.stem}-variant{index + 1}") if index else output


def _confidence_picture(result: Colorization) -> Picture:
    levels = np.rint(result.confidence * 255).astype(np.uint8)
    return Picture(
        pixels=levels[..., None],
        alpha=None,
        container="PNG",
        icc_profile=None,
        metadata=Metadata(exif=None, xmp=None, dpi=None),
    )


def _facts(job: Job, size: tuple[int, int], targets: Targets, confidence: float) -> dict[str, Any]:
    found = {
        "confidence_map": str(targets.confidence) if targets.confidence else None,
        "mean_confidence": round(confidence, 4),
    }
    return job.facts(targets.pictures, targets.sidecars, *size) | found


def _line(job: Job, targets: Targets, confidence: float) -> str:
    more = f" and {len(targets.pictures) - 1} variants" if len(targets.pictures) > 1 else ""
    sure = f"confidence {confidence:.0%}"
    return f"{job.source} -> {targets.pictures[0]}{more}, {sure}"
