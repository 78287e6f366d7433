from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cli_photos import write_photo, write_style

from fake_restyler import write_fake_restyler
from heliochrome.cli import main
from heliochrome.model import store
from heliochrome.tasks import code_file


@dataclass(frozen=True)
class Run:
    """What one command line came to."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """Run a command line in this process."""

    def run_command(*arguments: str | Path) -> Run:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return Run(code, captured.out, captured.err)

    return run_command


@pytest.fixture
def colorize(run: Callable[..., Run], fake_model: Path) -> Callable[..., Run]:
    """Run `heliochrome colorize` with the fake network."""

    def run_colorize(*arguments: str | Path) -> Run:
        return run("colorize", "--model", fake_model, *arguments)

    return run_colorize


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return write_photo(tmp_path / "photo.png")


@pytest.fixture
def restyle(run: Callable[..., Run], fake_restyler: Path) -> Callable[..., Run]:
    """Run `heliochrome restyle` with the fake network."""

    def run_restyle(*arguments: str | Path) -> Run:
        return run("restyle", "--model", fake_restyler, *arguments)

    return run_restyle


@pytest.fixture
def style(tmp_path: Path) -> Path:
    return write_style(tmp_path / "styles" / "red.png")


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder that networks and codes are looked for in: it holds a fake restyler."""
    folder = tmp_path / "models"
    folder.mkdir()
    write_fake_restyler(folder)
    for module in (store, code_file):
        monkeypatch.setattr(module, "model_folders", lambda: (folder,))
    return folder
