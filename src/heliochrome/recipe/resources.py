"""What the steps of a recipe share: opened networks, and the files beside the recipe."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from heliochrome.model.session import Backend, Network, open_network
from heliochrome.model.store import StoredModel


@dataclass(frozen=True, slots=True)
class Resources:
    """Networks, each opened once, and files beside the recipe.

    Attributes:
        folder: which relative paths start from.
        threads: CPU threads of a network; None for all cores.
        backend: what runs the networks.
        inputs: the files that were asked for.

    """

    folder: Path
    threads: int | None
    backend: Backend
    inputs: list[Path] = field(default_factory=list)
    _networks: dict[Path, Network] = field(default_factory=dict)

    def network(self, stored: StoredModel) -> Network:
        """Open a network, or give the one that is open.

        Raises:
            ModelError: it is tampered with, or malformed.

        """
        if stored.path not in self._networks:
            opened = open_network(stored, threads=self.threads, backend=self.backend)
            self._networks[stored.path] = opened
        return self._networks[stored.path]

    def path(self, name: str) -> Path:
        """Give the path of a file that the recipe names, relative to the recipe."""
        path = self.folder / name
        self.inputs.append(path)
        return path

    def models(self) -> tuple[str, ...]:
        """Give the SHA-256 of every network that is open, sorted."""
        return tuple(sorted({network.card.sha256 for network in self._networks.values()}))
