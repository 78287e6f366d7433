"""What `heliochrome upscale` does to each photo of a batch."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heliochrome.cli.outputs import SUFFIXES, Job, OutputFormat
from heliochrome.cli.results import Results
from heliochrome.errors import UnsupportedPictureError
from heliochrome.image.formats.tiff import Page
from heliochrome.image.metadata import Provenance
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.rows import PictureRows, RowSource
from heliochrome.image.tiff_rows import TiffRows, is_tiff, open_tiff_rows
from heliochrome.image.write import check_fits, check_size
from heliochrome.model.session import Backend, Network, open_network
from heliochrome.tasks.options import UpscaleOptions
from heliochrome.tasks.provenance import file_sha256
from heliochrome.tasks.upscale import check_pixels, enlarge_rows, enlarged_page, upscale
from heliochrome.tasks.upscale_provenance import upscale_provenance
from heliochrome.tasks.upscaler_network import find_upscaler

# From so many bytes of samples on, a TIFF file is made row by row.
ROW_BY_ROW = 1 << 28


@dataclass(frozen=True, slots=True)
class Enlarger:
    """Enlarges one photo after another with the same network and options."""

    network: Network
    options: UpscaleOptions
    results: Results

    @classmethod
    def open(
        cls,
        options: UpscaleOptions,
        results: Results,
        *,
        threads: int | None = None,
        backend: Backend = "onnxruntime",
    ) -> Enlarger:
        """Open the network that the options ask for.

        Raises:
            ModelError: it is missing, tampered with, malformed or for another task.
            OptionError: it cannot do what the options say.

        """
        network = open_network(find_upscaler(options), threads=threads, backend=backend)
        return cls(network, options, results)

    def __call__(self, job: Job) -> tuple[dict[str, Any], str]:
        """Enlarge the photo of `job` and write its results, or none of them."""
        with ExitStack() as stack:
            rows = _open_rows(job.source, stack) if is_tiff(job.source) else None
            if rows is not None and self._goes_by_rows(rows.page, job.output_for("TIFF")):
                return self._do_rows(job, rows, rows.page, job.output_for("TIFF"))
        picture = read_picture(job.source)
        output = job.output_for(picture.container)
        check_fits(picture, output)
        if self._goes_by_rows(Page.of(picture), output):
            return self._do_rows(job, PictureRows(picture), Page.of(picture), output)
        return self._do_picture(job, picture, output)

    @property
    def _scale(self) -> int:
        return self.network.card.scale

    def _goes_by_rows(self, page: Page, output: Path) -> bool:
        """Whether a result is to be made row by row; raises when its container cannot hold it."""
        check_size(output, page.height * self._scale, page.width * self._scale)
        large = page.nbytes * self._scale**2 >= ROW_BY_ROW
        return large and output.suffix.lower() in SUFFIXES[OutputFormat.tiff]

    def _do_picture(self, job: Job, picture: Picture, output: Path) -> tuple[dict[str, Any], str]:
        check_pixels(picture.height * self._scale, picture.width * self._scale)
        sidecars = self._check_targets(job, output)
        result = upscale(picture, self.network, self.options).picture
        with self.results.all_or_nothing(job.source) as writing:
            writing.picture(result, output, self._provenance(job))
        return _report(job, output, sidecars, result.height, result.width)

    def _do_rows(
        self, job: Job, source: RowSource, page: Page, output: Path
    ) -> tuple[dict[str, Any], str]:
        sidecars = self._check_targets(job, output)
        large = enlarged_page(page, self._scale)
        blocks = enlarge_rows(source, self.network, self.options)
        with self.results.all_or_nothing(job.source) as writing:
            writing.rows(blocks, large, output, self._provenance(job))
        return _report(job, output, sidecars, large.height, large.width)

    def _check_targets(self, job: Job, output: Path) -> tuple[Path, ...]:
        sidecars = self.results.sidecars([output])
        self.results.check([output, *sidecars], job.source)
        return sidecars

    def _provenance(self, job: Job) -> Provenance:
        return upscale_provenance(
            self.network.card, self.options, input_sha256=file_sha256(job.source)
        )


def _open_rows(path: Path, stack: ExitStack) -> TiffRows | None:
    try:
        return stack.enter_context(open_tiff_rows(path))
    except UnsupportedPictureError:
        # What cannot be read in parts may still be read as a whole; if not, that says why.
        return None


def _report(
    job: Job, output: Path, sidecars: tuple[Path, ...], height: int, width: int
) -> tuple[dict[str, Any], str]:
    facts = {
        "input": str(job.source),
        "outputs": [str(output)],
        "sidecars": [str(path) for path in sidecars],
        "width": width,
        "height": height,
    }
    return facts, f"{job.source} -> {output}, {width} x {height}"
