"""What `heliochrome restyle --method optimize` does to each photo of a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from heliochrome.cli.files import make_folder
from heliochrome.cli.outputs import Job, Plan
from heliochrome.cli.report import say
from heliochrome.cli.results import Results
from heliochrome.cli.styles import StyleFile, read_styles
from heliochrome.errors import PictureTooLargeError
from heliochrome.image.metadata import Provenance
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.samples import from_unit, to_srgb, to_unit
from heliochrome.image.write import write_picture
from heliochrome.tasks.provenance import file_sha256, optimize_provenance
from heliochrome.tasks.restyle import with_chroma
from heliochrome.training.optimize import OptimizeOptions, OptimizeRecord, optimize_picture
from heliochrome.training.style_distance import load_style_networks

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_PIXELS = 2_000_000  # at about 4 kB each
REPORTS = 10  # lines and previews of one photo, beside the first


@dataclass(frozen=True, slots=True)
class FeatureFiles:
    """Files of the networks that pictures are compared by."""

    vgg: Path
    squeezenet: Path

    def hashes(self) -> dict[str, str]:
        """SHA-256 of each, by the network's name."""
        return {"vgg": file_sha256(self.vgg), "squeezenet": file_sha256(self.squeezenet)}


@dataclass(frozen=True, slots=True)
class Optimizer:
    """Optimizes one photo after another toward the same style."""

    networks: FeatureFiles
    hashes: dict[str, str]
    styles: Sequence[StyleFile]
    pictures: Sequence[NDArray[np.uint8]]
    options: OptimizeOptions
    keep_color: bool
    results: Results
    preview: Path | None
    silent: bool

    @classmethod
    def open(
        cls,
        plan: Plan,
        styles: Sequence[StyleFile],
        results: Results,
        networks: FeatureFiles,
        *,
        steps: int | None,
        keep_color: bool,
        preview: Path | None,
        silent: bool,
    ) -> Optimizer:
        """Read the styles, and see that all that is needed is there and nothing in the way.

        Raises:
            ModelError: a network is missing, malformed or not the one it should be.
            ReadError: a style picture cannot be read, or is too small.
            OutputConflictError: the preview would replace a file that it must not.

        """
        load_style_networks(networks.vgg, networks.squeezenet)
        if preview is not None:
            for job in plan.jobs:
                results.check([preview, job.output], job.source)
        counting = [style for style in styles if style.share > 0]
        shares = tuple(style.share for style in counting)
        options = OptimizeOptions(shares=shares)
        return cls(
            networks,
            networks.hashes(),
            counting,
            [_eight_bits(picture) for picture in read_styles(counting)],
            options if steps is None else replace(options, steps=steps),
            keep_color,
            results,
            preview,
            silent,
        )

    def __call__(self, job: Job) -> tuple[dict[str, Any], str]:
        """Restyle the photo of `job` and write its results, or none of them."""
        picture = read_picture(job.source)
        output = job.output_for(picture.container)
        sidecars = self.results.sidecars([output])
        self.results.check([output, *sidecars], job.source)
        if picture.height * picture.width > MOST_PIXELS:
            raise PictureTooLargeError(
                job.source,
                f"has more than the {MOST_PIXELS / 1e6:.0f} megapixels that can be optimized",
                "reduce it first, or use --method network",
            )
        result, last = self._optimize(picture)
        with self.results.all_or_nothing(job.source) as writing:
            writing.picture(result, output, self._provenance(job))
        facts = job.facts([output], sidecars, result.width, result.height)
        facts |= {"style_distance": last.style, "content_distance": last.content}
        return facts, f"{job.source} -> {output}, {_distances(last)}"

    def _optimize(self, picture: Picture) -> tuple[Picture, OptimizeRecord]:
        photo = to_srgb(to_unit(picture.pixels), picture.icc_profile)
        records: list[OptimizeRecord] = []
        pixels = optimize_picture(
            photo,
            self.pictures,
            vgg=self.networks.vgg,
            squeezenet=self.networks.squeezenet,
            options=self.options,
            progress=self._follower(records),
        )
        if self.keep_color:
            pixels = with_chroma(pixels, photo)
        dtype = np.dtype(np.uint8 if picture.bit_depth == 8 else np.uint16)
        alpha = picture.alpha
        if alpha is not None:
            alpha = from_unit(to_unit(alpha), dtype)
        made = replace(picture, pixels=from_unit(pixels, dtype), alpha=alpha, icc_profile=None)
        return made, records[-1]

    def _follower(self, records: list[OptimizeRecord]) -> Callable[[OptimizeRecord], None]:
        """Make what hears of every step: it keeps the last record, and shows some of them."""
        steps = self.options.steps
        every = max(1, steps // REPORTS)

        def follow(record: OptimizeRecord) -> None:
            records[:] = [record]
            if record.step % every and record.step < steps:
                return
            if not self.silent:
                say(f"step {record.step} of {steps}: {_distances(record)}, {record.seconds:.0f} s")
            if self.preview is not None:
                make_folder(self.preview.parent)
                write_picture(Picture(record.preview()), self.preview, overwrite=True)

        return follow

    def _provenance(self, job: Job) -> Provenance:
        return optimize_provenance(
            steps=self.options.steps,
            keep_color=self.keep_color,
            input_sha256=file_sha256(job.source),
            networks=self.hashes,
            styles=[(style.sha256, style.share) for style in self.styles],
        )


def _eight_bits(picture: Picture) -> NDArray[np.uint8]:
    samples = to_srgb(to_unit(picture.pixels), picture.icc_profile)
    return from_unit(samples, np.dtype(np.uint8))


def _distances(record: OptimizeRecord) -> str:
    return f"style {record.style:.3f}, content {record.content:.3f}"
