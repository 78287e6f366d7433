"""What the style protocol found, as plain records that go to JSON and to a model card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from heliochrome.model.card import Metrics

PROTOCOL = "heliochrome-style-1"
SIZE = 256
"""Short side in pixels at which the protocol is defined."""


# Names of the systems; those that optimize, or correct otherwise than the network's card says, are
# named by functions.
PHOTO = "photo"
MATCHING = "matching"
NETWORK = "network"
ONE_PASS = "one_pass"
CHAIN = "chain"


def optimization_name(steps: int) -> str:
    """Name of the system that optimizes for so many steps."""
    return f"optimization_{steps}"


def corrected_name(corrections: int) -> str:
    """Name of the network under another number of corrections than its card's."""
    return f"{NETWORK}_{corrections}"


def protocol_name(size: int) -> str:
    """Name of the protocol at another size than its own: figures of two sizes do not compare."""
    return PROTOCOL if size == SIZE else f"{PROTOCOL} at {size} px"


@dataclass(frozen=True, slots=True)
class TrialScore:
    """One result of one system: its mean distances, and the seconds it took."""

    system: str
    scale: int
    from_gray: bool
    content_name: str
    style_name: str
    style: float
    content: float
    seconds: float


@dataclass(frozen=True, slots=True)
class SystemScore:
    """One system at one scale over all pairs.

    Attributes:
        system: "photo" (only enlarged), "matching" (of colors), "optimization_<steps>", "network",
            "network_<corrections>"; from gray photos "photo", "one_pass" and "chain".
        scale: how often the result is larger than what was given.
        from_gray: whether gray photos were given.
        pairs: how many.
        style: mean relative Gram distance, over layers and pairs.
        content: mean normalized content distance, over layers and pairs.
        style_layers: the mean of each layer over the pairs.
        content_layers: likewise.
        seconds: median over the pairs.

    """

    system: str
    scale: int
    from_gray: bool
    pairs: int
    style: float
    content: float
    style_layers: Mapping[str, float]
    content_layers: Mapping[str, float]
    seconds: float


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """Pictures of a folder: how many, and their hash (see `truth.hash_of_files`)."""

    folder: str
    pictures: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FeatureFacts:
    """A network that distances are measured on: what it is, and the hash of its file."""

    label: str
    sha256: str


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """A network that was evaluated, as its card states."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class StyleReport:
    """Everything that one run of the protocol measured.

    Attributes:
        data_sha256: hash of all contents and styles together.
        model: the restyler; None when only baselines were measured.
        colorizer, upscaler: of the chain; None when it was not measured.
        features: the two networks that distances are measured on.
        systems: by scale, then in the order of the systems.
        trials: every single result.

    """

    protocol: str
    heliochrome_version: str
    size: int
    data_sha256: str
    contents: FolderFacts
    styles: FolderFacts
    model: NetworkFacts | None
    colorizer: NetworkFacts | None
    upscaler: NetworkFacts | None
    features: tuple[FeatureFacts, FeatureFacts]
    systems: tuple[SystemScore, ...]
    trials: tuple[TrialScore, ...]

    def to_json(self) -> str:
        """Give the report as indented JSON; every number in it is finite."""
        return json.dumps(asdict(self), indent=2, allow_nan=False) + "\n"

    def card_metrics(self) -> Metrics:
        """Give the figures that a model card states, the other systems' beside them.

        The network's own carry no prefix: "style_x1", "content_x1". Times are left out: they
        belong to a machine.

        Raises:
            ValueError: no network was evaluated.

        """
        from heliochrome.model.card import Metrics

        if self.model is None:
            raise ValueError("the report is of the baselines alone")
        values = {
            f"{_prefix(score)}{quantity}_x{score.scale}": getattr(score, quantity)
            for score in self.systems
            for quantity in ("style", "content")
        }
        return Metrics(protocol=self.protocol, data_sha256=self.data_sha256, values=values)


def _prefix(score: SystemScore) -> str:
    gray = "gray_" if score.from_gray and score.system == PHOTO else ""
    return "" if score.system == NETWORK else f"{gray}{score.system}_"
