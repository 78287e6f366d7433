"""What a provenance record says was done, one step after another.

Records come from files, so nothing of their form is taken for granted here: what is missing or of
another type is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from heliochrome.image.metadata import SourceType

NOT_STATED = "not stated"
UNKNOWN = "unknown"  # the task of a step that does not say what it did
_SIDES = ("left", "top", "right", "bottom")


@dataclass(frozen=True, slots=True)
class UsedNetwork:
    """A network that a step ran: by name, version and SHA-256 of its file; None if unstated."""

    name: str | None
    version: str | None
    sha256: str | None

    def __str__(self) -> str:
        version = f" {self.version}" if self.version else ""
        return f"{self.name or NOT_STATED}{version} (sha256 {self.sha256 or NOT_STATED})"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done to a picture.

    Attributes:
        task: its name, as recipes have it.
        parameters: every parameter, JSON-serializable.
        networks: that were run.
        mean_confidence: of guessed colors, 0..1; None where none were guessed.

    """

    task: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    networks: tuple[UsedNetwork, ...] = ()
    mean_confidence: float | None = None

    @property
    def source_type(self) -> SourceType:
        """IPTC digital source type of what this step alone gives."""
        if self.is_invented:
            return "compositeWithTrainedAlgorithmicMedia"
        return "algorithmicallyEnhanced"

    @property
    def is_invented(self) -> bool:
        """Whether a network put in what was not in the picture."""
        if not self.networks or self._style.get("strength") == 0:
            return False
        return self.task != "upscale" or self.parameters.get("mode") == "crisp"

    @property
    def guesses_color(self) -> bool:
        """Whether the picture was gray before, and has colors now."""
        return self.task == "colorize" or (self.restyles and self._style.get("from_gray") is True)

    @property
    def restyles(self) -> bool:
        """Whether a network gave the picture the style of others."""
        return self.is_invented and self.task in ("restyle", "vintage")

    @property
    def invents_detail(self) -> bool:
        """Whether a network enlarged the picture with detail of its own."""
        return self.is_invented and self.task == "upscale"

    @property
    def _style(self) -> Mapping[str, Any]:
        """Parameters of the learned style; none where there is none."""
        learned = self.parameters.get("learned")
        if isinstance(learned, Mapping):
            return learned
        return self.parameters if self.task == "restyle" else {}

    def __str__(self) -> str:
        """Say in a line what was done; nested parameters are counted, not listed."""
        parameters = ", ".join(f"{name}={text}" for name, text in self.short_parameters())
        parts = [f"{self.task}: {parameters}" if parameters else self.task]
        parts += [f"network {network}" for network in self.networks]
        if self.mean_confidence is not None:
            parts.append(f"mean confidence {self.mean_confidence:g}")
        return "; ".join(parts)

    def short_parameters(self) -> Iterator[tuple[str, str]]:
        """Give the parameters that were set, each as short text."""
        for name, value in sorted(self.parameters.items()):
            if isinstance(value, Mapping | list | tuple):
                if value:
                    yield name, f"[{len(value)} values]"
            elif value is not None:
                yield name, f"{value:g}" if isinstance(value, float) else str(value)


def record_steps(record: Mapping[str, Any]) -> tuple[Step, ...]:
    """Give the steps of a record in the order in which they were done.

    A recipe's record has several; a photo that was colored while it was enlarged has two.
    """
    if record.get("task") == "recipe":
        several = record.get("steps")
        listed = several if isinstance(several, list) else []
        return tuple(step for part in listed if isinstance(part, Mapping) for step in _steps(part))
    return tuple(_steps(record))


def cropped_box(record: Mapping[str, Any]) -> tuple[int, int, int, int] | None:
    """Margins (left, top, right, bottom) that were cropped from the original, in its pixels.

    None where nothing was cropped, or where cropping was not the first change of size.
    """
    for step in record_steps(record):
        margins = step.parameters.get("margins")
        if step.task == "crop-borders" and isinstance(margins, Mapping):
            left, top, right, bottom = (_pixels(margins.get(side)) for side in _SIDES)
            box = (left, top, right, bottom)
            return box if any(box) else None
        if step.parameters.get("scale", 1) != 1:
            return None
    return None


def software_agent(record: Mapping[str, Any]) -> str:
    """Give the program that made a record, with its version where it is known."""
    version = record.get("heliochrome_version")
    return f"heliochrome {version}" if isinstance(version, str) else "heliochrome"


def source_sha256(record: Mapping[str, Any]) -> str | None:
    """Give the SHA-256 of the file that a picture was made from."""
    sha256 = record.get("input_sha256")
    return sha256 if isinstance(sha256, str) and sha256 else None


def _steps(record: Mapping[str, Any]) -> Iterator[Step]:
    coloring = record.get("coloring")
    if isinstance(coloring, Mapping):
        yield from _steps(coloring)
    task, parameters = record.get("task"), record.get("parameters")
    confidence = record.get("mean_confidence")
    yield Step(
        task if isinstance(task, str) else UNKNOWN,
        parameters if isinstance(parameters, Mapping) else {},
        tuple(_networks(record)),
        float(confidence) if isinstance(confidence, int | float) else None,
    )


def _networks(record: Mapping[str, Any]) -> Iterator[UsedNetwork]:
    model, features = record.get("model"), record.get("feature_networks")
    if isinstance(model, Mapping):
        yield UsedNetwork(*(_stated(model.get(key)) for key in ("name", "version", "sha256")))
    if isinstance(features, Mapping):
        for name, sha256 in sorted(features.items()):
            yield UsedNetwork(str(name), None, _stated(sha256))


def _stated(value: Any) -> str | None:
    return None if value is None else str(value)


def _pixels(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0
