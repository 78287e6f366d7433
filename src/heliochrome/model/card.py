"""The model card: every fact about a trained network that code or a reader needs.

A card is a JSON file `<name>.card.json` beside `<name>.onnx`. Nothing about a network is guessed
from its file or its name: sessions and tasks read shapes, multiples and operating points here.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from heliochrome.errors import CardError

CARD_SUFFIX = ".card.json"
NETWORK_SUFFIX = ".onnx"

_Text = Annotated[str, StringConstraints(min_length=1)]
_Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_Count = Annotated[int, Field(ge=0)]
_Positive = Annotated[int, Field(ge=1)]
_FiniteFloat = Annotated[float, Field(allow_inf_nan=False)]
_Number = TypeVar("_Number", int, float)


def _ascending(values: tuple[_Number, ...]) -> tuple[_Number, ...]:
    if any(later <= earlier for earlier, later in itertools.pairwise(values)):
        raise ValueError("must be strictly ascending")
    return values


class _Record(BaseModel):
    """A part of a card: immutable, without unknown keys, without silent conversions."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class TensorFacts(_Record):
    """One input or output: its name, shape (a string is a free dimension), range and meaning."""

    name: _Text
    shape: tuple[_Positive | _Text, ...]
    range: tuple[_FiniteFloat, _FiniteFloat]
    meaning: _Text


class TrainingFacts(_Record):
    """What a network was trained on, and for how long."""

    data: _Text
    license_notes: _Text
    steps: _Count
    images: _Count
    hours: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    commit: str | None


class Metrics(_Record):
    """Figures of a pinned protocol, with the hash of the data that they were measured on."""

    protocol: _Text
    data_sha256: _Sha256
    values: dict[str, _FiniteFloat]


class ConfidenceTable(_Record):
    """Calibration of a predicted spread (ab units) as P(|ab error| <= 10)."""

    spread: Annotated[tuple[_FiniteFloat, ...], Field(min_length=2), AfterValidator(_ascending)]
    probability: tuple[Annotated[float, Field(ge=0, le=1)], ...]

    @model_validator(mode="after")
    def _same_length(self) -> Self:
        if len(self.spread) != len(self.probability):
            raise ValueError("spread and probability must have the same length")
        return self


class ColorizerFacts(_Record):
    """The color bins of a colorizer and the operating point that it ships with."""

    bins: Annotated[tuple[tuple[_FiniteFloat, _FiniteFloat], ...], Field(min_length=2)]
    temperature: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    chroma_scale: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    confidence: ConfidenceTable


class CorrectorFacts(_Record):
    """How a restyler corrects its own drafts.

    The network then has the inputs `draft`, `draft_weight`, `now` and `wanted` too, and the outputs
    `grams` and `corrected1` to the largest of `steps`.

    Attributes:
        channels: of the layers of its critic. Gram matrices (G,) are a row of all of theirs.
        halo: surroundings in pixels that a tile of a draft is read with.
        steps: corrections of a draft at each of the restyler's scales.

    """

    channels: Annotated[tuple[_Positive, ...], Field(min_length=1)]
    halo: _Count
    steps: Annotated[tuple[_Count, ...], Field(min_length=1)]

    @property
    def grams(self) -> int:
        """Count the numbers of a picture's Gram matrices."""
        return sum(channels**2 for channels in self.channels)


class RestylerFacts(_Record):
    """The codes that a restyler works with, and the enlargements that it has.

    Attributes:
        channels: of the encoder's features, level by level from fine to coarse. A code (2, C) holds
            the mean and the deviation of each of the C channels of all levels.
        style_size: short side in pixels to which larger style pictures are reduced.
        encoder_halo: how far in pixels the encoder's features see: less than the card's `halo`,
            which is how far the whole network sees.
        scales: enlargements; output `x<scale>` is the picture enlarged so often.
        noise: planes of standard normal noise, of the photo's size, that are an input.
        corrector: of a network that corrects its drafts.

    """

    channels: Annotated[tuple[_Positive, ...], Field(min_length=1)]
    style_size: _Positive
    encoder_halo: _Count
    scales: Annotated[tuple[_Positive, ...], Field(min_length=1), AfterValidator(_ascending)]
    noise: _Positive
    corrector: CorrectorFacts | None = None

    @model_validator(mode="after")
    def _steps_for_scales(self) -> Self:
        if self.corrector is not None and len(self.corrector.steps) != len(self.scales):
            raise ValueError("corrector.steps must have one number for each of the scales")
        return self

    def corrections(self, scale: int) -> int:
        """Count the corrections of a draft at one of `scales`."""
        return 0 if self.corrector is None else self.corrector.steps[self.scales.index(scale)]


class UpscalerFacts(_Record):
    """What an upscaler was trained for; its scale is the card's.

    Attributes:
        mode: "faithful" adds no detail that the picture does not hold; "crisp" invents some.
        denoise: whether the network has, beside `picture` (N, 3, H, W), the input `noise`
            (N, 1, 1, 1): how strong the noise to remove is, from 0 (none, so that grain is kept as
            it is) to 1 (the strongest trained for).

    """

    mode: Literal["faithful", "crisp"]
    denoise: bool


class ModelCard(_Record):
    """All facts of one trained network.

    Sizes are in pixels, `working_size` of the long side at which a network sees a picture; one that
    works on tiles states the size that it was trained at.
    """

    name: _Text
    version: _Text
    task: _Text
    architecture: _Text
    inputs: Annotated[tuple[TensorFacts, ...], Field(min_length=1)]
    outputs: Annotated[tuple[TensorFacts, ...], Field(min_length=1)]
    size_multiple: _Positive
    scale: _Positive
    halo: _Count
    color_space: _Text
    working_size: _Positive
    sha256: _Sha256
    license: _Text
    training: TrainingFacts
    metrics: Metrics | None
    colorizer: ColorizerFacts | None = None
    restyler: RestylerFacts | None = None
    upscaler: UpscalerFacts | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        facts = {
            "colorize": ("colorizer", self.colorizer),
            "restyle": ("restyler", self.restyler),
            "upscale": ("upscaler", self.upscaler),
        }
        for task, (name, given) in facts.items():
            if (self.task == task) != (given is not None):
                raise ValueError(f"'{name}' must be given for the task '{task}', and only for it")
        if self.working_size % self.size_multiple:
            raise ValueError("working_size must be a multiple of size_multiple")
        takes_noise = any(tensor.name == "noise" for tensor in self.inputs)
        if self.upscaler is not None and self.upscaler.denoise != takes_noise:
            raise ValueError("'denoise' must say whether there is an input 'noise'")
        return self


def read_card(path: Path) -> ModelCard:
    """Read the card at `path`.

    Raises:
        CardError: the file is missing, is not JSON, or lacks, misnames or mistypes a field; the
            message names the first such field.

    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise CardError(
            path, f"cannot be read ({error.strerror})", "put the card beside its network"
        ) from error
    try:
        return ModelCard.model_validate_json(text)
    except ValidationError as error:
        raise CardError(path, _first_fault(error), "correct the card or export again") from error


def write_card(card: ModelCard, path: Path) -> None:
    """Write `card` to `path` as indented JSON in UTF-8, field by field in the declared order."""
    path.write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in fault["loc"]) or "the card as a whole"
    others = error.error_count() - 1
    more = f" (and {others} more)" if others else ""
    return f"is not a valid model card: {place}: {fault['msg']}{more}"
