"""What a build hands to its workers, and what they give back; all of it can be pickled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from heliochrome.archive.entries import DerivedFile, Event, OriginalFile
from heliochrome.errors import HeliochromeError
from heliochrome.image.picture import Container
from heliochrome.model.session import Backend
from heliochrome.recipe.digest import canonical_sha256
from heliochrome.recipe.packed import PackedRecipe


@dataclass(frozen=True, slots=True)
class Place:
    """A storage, as a worker on any machine opens it: what `Storage` is made from.

    Attributes:
        location: a URL that fsspec knows, or a path relative to `base`.
        base: absolute path of the archive's folder.

    """

    location: str
    base: Path


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for all pictures of a build.

    Attributes:
        recipe: with the files that it names.
        models: SHA-256 of every network that it must use, sorted.
        version: of heliochrome, which a worker must have too.
        originals, derivatives: storages.
        container: of the derivatives; None for each original's.
        quality: of lossy containers, 1..100.
        backend: what runs the networks.

    """

    recipe: PackedRecipe
    models: tuple[str, ...]
    version: str
    originals: Place
    derivatives: Place
    container: Container | None = None
    quality: int = 95
    backend: Backend = "onnxruntime"

    def key(self, original_sha256: str) -> str:
        """Give the key of the derivative of an original: SHA-256 of all that it depends on."""
        return derivative_key(
            original_sha256, self.recipe.file.sha256, self.models, version=self.version
        )


@dataclass(frozen=True, slots=True)
class Task:
    """One picture to make.

    Attributes:
        key: of the derivative.
        original: what it is made from.
        events: of the original, for its PREMIS record.
        rights: statements on it, for the same.

    """

    key: str
    original: OriginalFile
    events: Sequence[Event] = ()
    rights: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A derivative all of whose files are stored, but which is not in the catalog yet.

    Attributes:
        task: what was asked for.
        derived: what the catalog is to say.
        events: that it went through.

    """

    task: Task
    derived: DerivedFile
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """A derivative that could not be made, and why.

    Attributes:
        task: what was asked for.
        kind: name of the error's class.
        problem, remedy: what it says.

    """

    task: Task
    kind: str
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """What keeps every picture from being made: a full disk, a network that is missing.

    Attributes:
        task: that was at hand; None when none was.
        error: to end the build with.

    """

    task: Task | None
    error: HeliochromeError


Outcome = Made | Failed | Stopped


def derivative_key(original: str, recipe: str, models: Sequence[str], *, version: str) -> str:
    """SHA-256 of the canonical JSON of everything that a derivative depends on.

    Args:
        original: SHA-256 of the original's file.
        recipe: SHA-256 of the recipe; see `recipe.digest`.
        models: SHA-256 of every network, in any order.
        version: of heliochrome.

    """
    return canonical_sha256(
        {"original": original, "recipe": recipe, "models": sorted(models), "heliochrome": version}
    )
