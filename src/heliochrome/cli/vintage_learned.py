"""What `heliochrome vintage` does to each photo after a learned style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heliochrome.cli.photo_work import MadePicture
from heliochrome.cli.styles import StyleFile, find_styles, measure_styles
from heliochrome.cli.vintage_batch import Process, process_facts
from heliochrome.errors import OptionError
from heliochrome.image.picture import Picture
from heliochrome.model.session import Backend, Network, open_network
from heliochrome.model.store import find_model
from heliochrome.tasks.options import RestyleOptions
from heliochrome.tasks.provenance import file_sha256
from heliochrome.tasks.style_code import StyleCode
from heliochrome.tasks.vintage.learned import find_learned_look, vintage_like
from heliochrome.tasks.vintage.provenance import learned_provenance


@dataclass(frozen=True, slots=True)
class LearnedStyle:
    """Gives photos the style of others, and ages them by a process after that, if there is one.

    name: of the learned look; None for the user's own pictures.
    """

    network: Network
    code: StyleCode
    styles: Sequence[StyleFile]
    options: RestyleOptions
    name: str | None
    process: Process | None

    @classmethod
    def open(
        cls,
        model: str,
        styles: Sequence[StyleFile],
        options: RestyleOptions,
        *,
        name: str | None = None,
        process: Process | None = None,
        threads: int | None = None,
        backend: Backend = "onnxruntime",
    ) -> LearnedStyle:
        """Open the network that `model` names, and measure the style with it.

        Raises:
            ModelError: the network is missing, tampered with, malformed or for another task.
            OptionError: a style is another network's code.
            ReadError: a style picture cannot be read, or is too small.

        """
        network = open_network(find_model(model), threads=threads, backend=backend)
        code = measure_styles(styles, network)
        return cls(network, code, styles, options, name, process)

    def __call__(self, picture: Picture, input_sha256: str) -> MadePicture:
        """Age one photo."""
        process = None if self.process is None else self.process.for_photo(input_sha256)
        result = vintage_like(picture, self.code, self.network, self.options, process)
        provenance = learned_provenance(
            self.network.card,
            self.options,
            input_sha256=input_sha256,
            from_gray=result.from_gray,
            styles=[(style.sha256, style.share) for style in self.styles],
            look=self.name,
            process=process,
        )
        facts: dict[str, Any] = {"learned": self.name, "from_gray": result.from_gray}
        title = self.name or "learned style"
        if process is not None:
            facts |= process_facts(process)
            title += f" + {process.look.name}"
        return MadePicture(result.picture, provenance, facts, f", {title}")


def find_reference(
    look: str | None, like: Sequence[Path], output: Path
) -> tuple[str | None, tuple[StyleFile, ...]]:
    """Find what photos are to look like: the name of the look if it is learned, and the styles.

    There are none where neither a learned look nor pictures are asked for.

    Raises:
        OptionError: both are asked for.
        ModelNotFoundError: the look is not installed.
        ReadError: a file is missing or unreadable, or a folder holds no pictures.

    """
    learned = None if look is None else find_learned_look(look)
    if learned is None:
        return None, find_styles(like, None, output) if like else ()
    if like:
        raise OptionError(
            "--like", f"names a learned style, and so does --look {look}", "leave out one of them"
        )
    path = learned.code_path()
    return learned.name, (StyleFile(path, file_sha256(path), 1.0),)
