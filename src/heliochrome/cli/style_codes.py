"""What `heliochrome models code` does: the mean style of many pictures, kept as a small file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heliochrome.cli.files import make_folder
from heliochrome.cli.outputs import Job, Plan
from heliochrome.cli.report import counted
from heliochrome.cli.styles import find_pictures
from heliochrome.errors import OptionError, OutputConflictError
from heliochrome.image.read import read_picture
from heliochrome.model.session import Network
from heliochrome.tasks.code_file import CODE_SUFFIX, save_style_code
from heliochrome.tasks.restyler_network import restyler_facts
from heliochrome.tasks.style_code import (
    CodeNotes,
    StyleCode,
    average_codes,
    check_style,
    style_code,
)


def plan_code(places: Sequence[Path], output: Path, *, overwrite: bool) -> Plan:
    """List the pictures in files and folders; the code of all of them goes to `output`.

    Raises:
        OptionError: `output` has not the suffix of codes.
        OutputConflictError: it exists, and may not be overwritten.
        ReadError: a folder holds no pictures.

    """
    if not output.name.endswith(CODE_SUFFIX) or output.name == CODE_SUFFIX:
        raise OptionError(
            output, "is no name of a style code", f"name a file that ends in {CODE_SUFFIX}"
        )
    if output.exists() and not overwrite:
        raise OutputConflictError(
            output, "already exists", "add --overwrite, or choose another output"
        )
    pictures = [path for place in places for path in find_pictures(place, output)]
    return Plan(tuple(Job(path, output) for path in pictures), (), into_folder=False)


@dataclass(slots=True)
class Measuring:
    """Measures one picture after another; only the mean of their codes is kept."""

    network: Network
    mean: StyleCode | None = None
    pictures: int = 0

    def __post_init__(self) -> None:
        restyler_facts(self.network.card)

    def __call__(self, job: Job) -> tuple[dict[str, Any], str]:
        """Measure a picture, and let it count as much as each of those before."""
        picture = read_picture(job.source)
        check_style(picture, job.source)
        code = style_code([picture], self.network)
        if self.mean is not None:
            code = average_codes([self.mean, code], [self.pictures, 1])
        self.mean = code
        self.pictures += 1
        return {"input": str(job.source)}, f"{job.source}: measured"

    def save(self, output: Path, *, name: str | None, data: str) -> str | None:
        """Write the mean, if there is one, and say so in a line; `name` is the file's by default.

        Raises:
            WriteError: it cannot be written.

        """
        if self.mean is None:
            return None
        notes = CodeNotes(name or output.name.removesuffix(CODE_SUFFIX), data, self.pictures)
        make_folder(output.parent)
        save_style_code(self.mean, output, notes)
        return f"{output}: '{notes.name}', the mean of {counted(notes.pictures, 'picture')}"
