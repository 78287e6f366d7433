"""docs/training.md lists every key of a configuration."""

import dataclasses
from pathlib import Path

import pytest

from heliochrome.training.config import DataConfig, TrainConfig
from heliochrome.training.restyle.config import RestyleConfig, RestyleDataConfig
from heliochrome.training.upscale.config import UpscaleConfig, UpscaleDataConfig

DATA = {
    TrainConfig: DataConfig,
    RestyleConfig: RestyleDataConfig,
    UpscaleConfig: UpscaleDataConfig,
}
DOCUMENT = Path(__file__).parents[2] / "docs" / "training.md"


def keys(group: type, prefix: str = "") -> list[str]:
    found = []
    for field in dataclasses.fields(group):
        default = (
            field.default_factory if field.default_factory is not dataclasses.MISSING else None
        )
        nested = default if isinstance(default, type) else None
        if field.name == "data":
            nested = DATA[group]
        if nested is not None and dataclasses.is_dataclass(nested):
            found += keys(nested, f"{prefix}{field.name}.")
        else:
            found.append(prefix + field.name)
    return found


@pytest.mark.parametrize("kind", list(DATA))
def test_every_key_is_documented(kind: type) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for key in keys(kind):
        if key.startswith("data.degrade."):
            key = key.rpartition(".")[2]
        if key != "task":
            assert f"`{key}`" in text, key
