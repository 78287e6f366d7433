"""What a provenance record says was done, one step after another.

Records come from files, so nothing of their form is taken for granted here: what is missing or of
another type is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from heliochrome.image.metadata import SourceType


@dataclass(frozen=True, slots=True)
class UsedNetwork:
    """A network that a step ran: its name, version (None where unknown) and its file's SHA-256."""

    name: str
    version: str | None
    sha256: str

    def __str__(self) -> str:
        version = f" {self.version}" if self.version else ""
        return f"{self.name}{version} (sha256 {self.sha256})"


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
        if not self.networks or self._strength() == 0:
            return "algorithmicallyEnhanced"
        if self.task == "upscale" and self.parameters.get("mode") != "crisp":
            return "algorithmicallyEnhanced"
        return "compositeWithTrainedAlgorithmicMedia"

    def _strength(self) -> Any:
        """Of a learned style; None where there is none."""
        learned = self.parameters.get("learned")
        if isinstance(learned, Mapping):
            return learned.get("strength")
        return self.parameters.get("strength") if self.task == "restyle" else None

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
        task if isinstance(task, str) else "unknown",
        parameters if isinstance(parameters, Mapping) else {},
        tuple(_networks(record)),
        float(confidence) if isinstance(confidence, int | float) else None,
    )


def _networks(record: Mapping[str, Any]) -> Iterator[UsedNetwork]:
    model, features = record.get("model"), record.get("feature_networks")
    if isinstance(model, Mapping):
        version = model.get("version")
        yield UsedNetwork(
            str(model.get("name")),
            None if version is None else str(version),
            str(model.get("sha256")),
        )
    if isinstance(features, Mapping):
        for name, sha256 in sorted(features.items()):
            yield UsedNetwork(str(name), None, str(sha256))
