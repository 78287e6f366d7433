"""What `heliochrome restyle` does to each photo of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heliochrome.cli.photo_work import MadePicture
from heliochrome.cli.styles import StyleFile, measure_styles
from heliochrome.image.picture import Picture
from heliochrome.model.session import Backend, Network, open_network
from heliochrome.model.store import find_model
from heliochrome.tasks.options import RestyleOptions
from heliochrome.tasks.provenance import restyle_provenance
from heliochrome.tasks.restyle import check_options, restyle
from heliochrome.tasks.style_code import StyleCode


@dataclass(frozen=True, slots=True)
class Restyler:
    """Restyles one photo after another with the same network, style and options."""

    network: Network
    style: StyleCode
    styles: Sequence[StyleFile]
    options: RestyleOptions

    @classmethod
    def open(
        cls,
        model: str,
        styles: Sequence[StyleFile],
        options: RestyleOptions,
        *,
        threads: int | None = None,
        backend: Backend = "onnxruntime",
    ) -> Restyler:
        """Open the network that `model` names, and measure the style with it.

        Raises:
            ModelError: the network is missing, tampered with, malformed or for another task.
            OptionError: it has no such scale, or a style is another network's code.
            ReadError: a style picture cannot be read, or is too small.

        """
        network = open_network(find_model(model), threads=threads, backend=backend)
        check_options(network.card, options)
        return cls(network, measure_styles(styles, network), styles, options)

    def __call__(self, picture: Picture, input_sha256: str) -> MadePicture:
        """Restyle one photo."""
        result = restyle(picture, self.style, self.network, self.options)
        provenance = restyle_provenance(
            self.network.card,
            self.options,
            input_sha256=input_sha256,
            from_gray=result.from_gray,
            styles=[(style.sha256, style.share) for style in self.styles],
        )
        return MadePicture(result.picture, provenance, {"from_gray": result.from_gray}, "")
