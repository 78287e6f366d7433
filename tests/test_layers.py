"""Imports run one way, and the runtime stays light: design rules, checked on the source itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "heliochrome"

# From the bottom up. A layer may import from itself and from what is listed for it.
ALLOWED = {
    "errors": set(),
    "image": {"errors"},
    "model": {"errors", "image"},
    "tasks": {"errors", "image", "model"},
    "recipe": {"errors", "image", "model", "tasks"},
    "archive": {"errors", "image", "model", "tasks", "recipe"},
    "training": {"errors", "image", "model", "tasks"},
    "evaluation": {"errors", "image", "model", "tasks", "training"},
    "cli": {
        "errors",
        "image",
        "model",
        "tasks",
        "recipe",
        "archive",
        "evaluation",
        "training",
    },
    "__main__": {"cli"},
}
TORCH_LAYERS = {"training", "evaluation"}
TORCH_FAMILY = {"torch", "torchmetrics", "torchvision", "kornia", "tensorboard", "safetensors"}


def _sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _layer(path: Path) -> str:
    below = path.relative_to(PACKAGE)
    return below.parts[0] if len(below.parts) > 1 else below.stem


def _imports(path: Path) -> Iterator[str]:
    """Absolute names of every module imported anywhere in `path`, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _identifier(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", _sources(), ids=_identifier)
def test_imports_point_down_only(path: Path) -> None:
    layer = _layer(path)
    if layer == "__init__":
        return
    used = {
        name.split(".")[1]
        for name in _imports(path)
        if name.startswith("heliochrome.") and name != "heliochrome.__version__"
    }
    assert used - {layer} <= ALLOWED[layer]


@pytest.mark.parametrize("path", _sources(), ids=_identifier)
def test_only_training_and_evaluation_import_torch(path: Path) -> None:
    used = {name.split(".")[0] for name in _imports(path)}
    if _layer(path) not in TORCH_LAYERS:
        assert not used & TORCH_FAMILY


def test_every_layer_has_its_rule() -> None:
    assert {_layer(path) for path in _sources()} - {"__init__"} <= ALLOWED.keys()


def _loaded_by(program: str, *names: str) -> set[str]:
    report = f"import sys; print(*(n for n in {names} if n in sys.modules))"
    ended = subprocess.run(
        [sys.executable, "-c", f"{program}\n{report}"], capture_output=True, text=True, check=True
    )
    return set(ended.stdout.split())


def test_importing_heliochrome_loads_nothing_heavy() -> None:
    heavy = ("torch", "onnxruntime", "PIL", "numpy", "imagecodecs", "pydantic")
    assert _loaded_by("import heliochrome", *heavy) == set()


def test_importing_the_runtime_loads_no_torch_and_no_backend() -> None:
    program = """
import heliochrome.cli.app, heliochrome.tasks.colorize, heliochrome.tasks.restyle
import heliochrome.tasks.provenance
"""
    heavy = ("torch", "onnxruntime", "openvino", "onnx", "skimage", "scipy")
    assert _loaded_by(program, "numpy", *heavy) == {"numpy"}


def test_work_on_photos_loads_no_torch(
    fake_model: Path, fake_restyler: Path, tmp_path: Path
) -> None:
    program = f"""
import numpy, pathlib
from heliochrome.cli import main
from heliochrome.image.picture import Picture
from heliochrome.image.write import write_picture
photo = pathlib.Path({str(tmp_path / "photo.png")!r})
write_picture(Picture(numpy.full((32, 32, 1), 99, numpy.uint8)), photo)
assert main(["colorize", str(photo), "-o", str(photo.with_name("out.png")), "-q",
             "--model", {str(fake_model)!r}]) == 0
assert main(["restyle", str(photo), "-s", str(photo), "-o", str(photo.with_name("out2.png")), "-q",
             "--model", {str(fake_restyler)!r}]) == 0
"""
    assert _loaded_by(program, "onnxruntime", "torch", "onnx", "scipy") == {"onnxruntime"}
