"""Fixtures that several parts of the tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from fake_colorizer import write_fake_colorizer
from heliochrome.model.session import Network, open_network
from heliochrome.model.store import find_model


@pytest.fixture(scope="session")
def fake_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of a tiny network that keeps the colorizer's contract; see `fake_colorizer`."""
    return write_fake_colorizer(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def fake_network(fake_model: Path) -> Network:
    return open_network(find_model(fake_model), threads=1)
