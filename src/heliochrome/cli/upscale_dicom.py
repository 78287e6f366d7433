"""What `heliochrome upscale` does to a DICOM image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from heliochrome.cli.outputs import KNOWN_SUFFIXES, Job
from heliochrome.cli.results import Results
from heliochrome.errors import WriteError
from heliochrome.image.dicom import SUFFIX, SUFFIXES
from heliochrome.image.dicom.derive import derive, save
from heliochrome.image.dicom.read import read_dicom
from heliochrome.model.session import Network
from heliochrome.tasks.options import UpscaleOptions
from heliochrome.tasks.upscale_dicom import derivation, enlarge_frames
from heliochrome.tasks.upscale_provenance import upscale_provenance


def enlarge_file(
    job: Job, network: Network, options: UpscaleOptions, results: Results
) -> tuple[dict[str, Any], str]:
    """Enlarge the DICOM image of `job` and write a derived one.

    Raises:
        ReadError: the image cannot be read, or is of a kind that is not processed.
        PictureTooLargeError: DICOM cannot hold the result.
        WriteError: the output is to be no DICOM file, or cannot be written.

    """
    output = _output(job)
    sidecars = results.sidecars([output])
    results.check([output, *sidecars], job.source)
    image = read_dicom(job.source)
    frames = enlarge_frames(image, network, options)
    card = network.card
    dataset = derive(image, frames, derivation(card, options, image.sha256, image.bits))
    provenance = upscale_provenance(card, options, input_sha256=image.sha256)
    with results.all_or_nothing(job.source) as writing:
        writing.stream(lambda file: save(dataset, file), output, provenance)
    count, height, width = frames.shape
    facts = job.facts([output], sidecars, width, height)
    facts |= {"frames": count, "sop_instance_uid": str(dataset.SOPInstanceUID)}
    several = f", {count} frames" if count > 1 else ""
    return facts, f"{job.source} -> {output}, {width} x {height}{several}"


def _output(job: Job) -> Path:
    if job.output.suffix.lower() in KNOWN_SUFFIXES:
        raise WriteError(
            job.output,
            f"is no DICOM file's name, but {job.source} is a DICOM image",
            f"end it in {SUFFIX}, and leave out --format",
        )
    if job.output.suffix.lower() in SUFFIXES:
        return job.output
    return job.output.with_name(job.output.name + SUFFIX)
