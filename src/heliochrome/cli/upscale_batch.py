"""What `heliochrome upscale` does to each photo of a batch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from heliochrome.cli.colorize_batch import open_colorizer
from heliochrome.cli.extras import needs
from heliochrome.cli.large_tiff import goes_by_rows, open_rows
from heliochrome.cli.outputs import Job
from heliochrome.cli.results import Results
from heliochrome.errors import UnsupportedPictureError, WriteError
from heliochrome.image.dicom import SUFFIXES as DICOM_SUFFIXES
from heliochrome.image.dicom import is_dicom
from heliochrome.image.formats.tiff import Page
from heliochrome.image.metadata import Provenance
from heliochrome.image.read import read_picture
from heliochrome.image.rows import PictureRows, Rows, RowSource, join_rows
from heliochrome.image.write import check_fits, check_size
from heliochrome.model.session import Backend, Network, open_network
from heliochrome.tasks.colorize_rows import color_rows, colored_page, plan_coloring
from heliochrome.tasks.options import ColorizeOptions, UpscaleOptions
from heliochrome.tasks.provenance import colorize_provenance, file_sha256
from heliochrome.tasks.upscale import check_pixels, enlarge_rows, enlarged_page
from heliochrome.tasks.upscale_provenance import upscale_provenance
from heliochrome.tasks.upscaler_network import find_upscaler


@dataclass(frozen=True, slots=True)
class Enlarger:
    """Enlarges one photo after another with the same networks and options.

    Attributes:
        network: the upscaler.
        options: of the enlargement.
        results: where they go.
        colorizer: what the photos are colorized with on the way, if they are.

    """

    network: Network
    options: UpscaleOptions
    results: Results
    colorizer: Network | None = None

    @classmethod
    def open(
        cls,
        options: UpscaleOptions,
        results: Results,
        *,
        colorizer: str | None = None,
        threads: int | None = None,
        backend: Backend = "onnxruntime",
    ) -> Enlarger:
        """Open the network that the options ask for, and the colorizer where one is named.

        Raises:
            ModelError: one is missing, tampered with, malformed or for another task.
            OptionError: the upscaler cannot do what the options say.

        """
        network = open_network(find_upscaler(options), threads=threads, backend=backend)
        opened = colorizer and open_colorizer(colorizer, threads=threads, backend=backend)
        return cls(network, options, results, opened or None)

    def __call__(self, job: Job) -> tuple[dict[str, Any], str]:
        """Enlarge the photo of `job` and write its results, or none of them."""
        if is_dicom(job.source):
            return self._do_dicom(job)
        if job.output.suffix.lower() in DICOM_SUFFIXES:
            raise WriteError(
                job.output, f"is a DICOM file's name, but {job.source} is none", "name a picture"
            )
        with ExitStack() as stack:
            rows = open_rows(job.source, stack)
            if rows is not None:
                output = job.output_for("TIFF")
                self._check_size(rows.page, output)
                if goes_by_rows(rows.page, output, self._scale):
                    return self._do_rows(job, rows, rows.page, output)
        return self._do_picture(job)

    def _do_dicom(self, job: Job) -> tuple[dict[str, Any], str]:
        if self.colorizer is not None:
            raise UnsupportedPictureError(job.source, "is a DICOM image", "leave out --color")
        with needs("DICOM", "dicom"):
            from heliochrome.cli.upscale_dicom import enlarge_file
        return enlarge_file(job, self.network, self.options, self.results)

    @property
    def _scale(self) -> int:
        return self.network.card.scale

    def _check_size(self, page: Page, output: Path) -> None:
        check_size(output, page.height * self._scale, page.width * self._scale)

    def _do_picture(self, job: Job) -> tuple[dict[str, Any], str]:
        picture = read_picture(job.source)
        source, page = PictureRows(picture), Page.of(picture)
        output = job.output_for(picture.container)
        self._check_size(page, output)
        check_fits(picture, output)
        if goes_by_rows(page, output, self._scale):
            return self._do_rows(job, source, page, output)
        check_pixels(page.height * self._scale, page.width * self._scale)
        sidecars = self._check_targets(job, output)
        made = self._make(source, page)
        rows = join_rows(made.blocks, made.page.height)
        result = replace(
            picture,
            pixels=rows.pixels,
            alpha=rows.alpha,
            icc_profile=made.page.icc_profile,
            metadata=made.page.metadata,
        )
        with self.results.all_or_nothing(job.source) as writing:
            writing.picture(result, output, self._provenance(job, made))
        return _report(job, output, sidecars, made)

    def _do_rows(
        self, job: Job, source: RowSource, page: Page, output: Path
    ) -> tuple[dict[str, Any], str]:
        sidecars = self._check_targets(job, output)
        made = self._make(source, page)
        with self.results.all_or_nothing(job.source) as writing:
            writing.rows(made.blocks, made.page, output, self._provenance(job, made))
        return _report(job, output, sidecars, made)

    def _check_targets(self, job: Job, output: Path) -> tuple[Path, ...]:
        sidecars = self.results.sidecars([output])
        self.results.check([output, *sidecars], job.source)
        return sidecars

    def _make(self, source: RowSource, page: Page) -> _Made:
        blocks = enlarge_rows(source, self.network, self.options)
        large = enlarged_page(page, self._scale)
        if self.colorizer is None:
            return _Made(blocks, large)
        coloring = plan_coloring(source, page, self.colorizer)
        size = large.height, large.width
        colored = color_rows(blocks, coloring, size, scale=self._scale)
        return _Made(colored, colored_page(large), coloring.mean_confidence)

    def _provenance(self, job: Job, made: _Made) -> Provenance:
        input_sha256 = file_sha256(job.source)
        coloring = None
        if self.colorizer is not None and made.confidence is not None:
            coloring = colorize_provenance(
                self.colorizer.card,
                ColorizeOptions(),
                input_sha256=input_sha256,
                mean_confidence=made.confidence,
            )
        return upscale_provenance(
            self.network.card, self.options, input_sha256=input_sha256, coloring=coloring
        )


@dataclass(frozen=True, slots=True)
class _Made:
    """A result that is made as its rows are taken.

    blocks: of rows; page: what they are; confidence: in their color, where they were colorized.
    """

    blocks: Iterator[Rows]
    page: Page
    confidence: float | None = None


def _report(
    job: Job, output: Path, sidecars: tuple[Path, ...], made: _Made
) -> tuple[dict[str, Any], str]:
    facts = job.facts([output], sidecars, made.page.width, made.page.height)
    if made.confidence is not None:
        facts["mean_confidence"] = round(made.confidence, 4)
    return facts, f"{job.source} -> {output}, {made.page.width} x {made.page.height}"
