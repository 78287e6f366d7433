from pathlib import Path
from typing import Any

import pytest
import yaml

from heliochrome.errors import ConfigError
from heliochrome.training.config import TrainConfig, config_to_yaml, load_config, parse_config

MINIMAL: dict[str, Any] = {"name": "a", "data": {"sources": [{"path": "photos"}]}}


def test_defaults_are_filled_in() -> None:
    config = parse_config(MINIMAL)
    assert isinstance(config, TrainConfig)
    assert config.data.sources[0].weight == 1.0


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"stesp": 3}, "stesp"),
        ({"steps": "many"}, "steps"),
        ({"steps": 1.5}, "steps"),
        ({"data": {"crop": 40, "sources": []}}, "data.crop"),
        ({"data": {"zoom": [2, 1], "sources": []}}, "data.zoom"),
        ({"adversarial": {"loss": "w-gan"}}, "adversarial.loss"),
        ({"adversarial": {"scales": 4}}, "adversarial.scales"),
        (
            {"adversarial": {"loss": "hinge", "scales": 2}, "data": {"crop": 32, "sources": []}},
            "adversarial.scales",
        ),
        ({"losses": {"temperature": 0}}, "losses.temperature"),
        ({"losses": {"rebalance": 2}}, "losses.rebalance"),
        ({"generator": {"widths": [1, 2]}}, "generator.widths"),
        ({"generator": {"width": 3}}, "generator.width"),
        ({"schedule": "step"}, "schedule"),
        ({"precision": "float16"}, "precision"),
        ({"task": "paint"}, "task"),
        ({"batch": 0}, "batch"),
    ],
)
def test_errors_name_the_key(change: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError, match=f"'{key}"):
        parse_config(MINIMAL | change)


def test_missing_name_is_an_error() -> None:
    with pytest.raises(ConfigError, match="name"):
        parse_config({"data": {}})


def test_resolved_configuration_round_trips(tmp_path: Path) -> None:
    config = parse_config(MINIMAL | {"minutes": 1.5, "losses": {"regression": 2}})
    path = tmp_path / "config.yaml"
    path.write_text(config_to_yaml(config))
    assert load_config(path) == config
    assert yaml.safe_load(path.read_text())["losses"]["regression"] == 2


@pytest.mark.parametrize("content", ["", "- 1\n", "a: [", "\x00"])
def test_unreadable_files_are_typed_errors(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(content)
    with pytest.raises(ConfigError, match="bad.yaml"):
        load_config(path)
    with pytest.raises(ConfigError, match="nowhere"):
        load_config(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize("path", sorted(Path(__file__).parents[2].glob("configs/*.yaml")))
def test_shipped_configurations_are_valid(path: Path) -> None:
    assert load_config(path).name == path.stem


def test_settings_change_single_keys(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(yaml.safe_dump(MINIMAL))
    config = load_config(path, ["losses.regression=2", "adversarial.loss=lsgan", "steps=7"])
    assert (config.losses.regression, config.adversarial.loss, config.steps) == (2.0, "lsgan", 7)
    for wrong in ("steps", "name.x=1", "losses.regresion=2"):
        with pytest.raises(ConfigError):
            load_config(path, [wrong])
