"""Fixtures that several parts of the tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from fake_colorizer import write_fake_colorizer
from fake_restyler import write_fake_restyler
from fake_upscaler import write_fake_upscaler
from heliochrome.model.session import Network, open_network
from heliochrome.model.store import find_model


@pytest.fixture(scope="session")
def fake_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of a tiny network that keeps the colorizer's contract; see `fake_colorizer`."""
    return write_fake_colorizer(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def fake_network(fake_model: Path) -> Network:
    return open_network(find_model(fake_model), threads=1)


@pytest.fixture(scope="session")
def fake_restyler(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of a tiny network that keeps the restyler's contract; see `fake_restyler`."""
    return write_fake_restyler(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def fake_restyling_network(fake_restyler: Path) -> Network:
    return open_network(find_model(fake_restyler), threads=1)


@pytest.fixture(scope="session")
def fake_upscaler(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of a tiny network that keeps the upscaler's contract; see `fake_upscaler`."""
    return write_fake_upscaler(tmp_path_factory.mktemp("models"))
