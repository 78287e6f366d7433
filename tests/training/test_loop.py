import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from conftest import MakeConfig
from heliochrome.errors import TrainingError
from heliochrome.training.checkpoint import TENSORS, load_checkpoint
from heliochrome.training.config import TrainConfig
from heliochrome.training.ema import WeightAverage
from heliochrome.training.loop import StopRequest, Trainer, TrainRecord, open_trainer, run
from heliochrome.training.schedule import rate_factor


def train(config: TrainConfig, folder: Path, stop_at: int | None = None) -> Trainer:
    trainer, stopping = open_trainer(config), StopRequest()
    if (folder / TENSORS).exists():
        trainer.resume(folder)
    for record in run(trainer, folder, stopping):
        stopping.requested = record.step + 1 == stop_at
    return trainer


def weights(trainer: Trainer) -> dict[str, torch.Tensor]:
    return {
        f"{name}.{key}": value
        for name, module in trainer.modules.items()
        for key, value in module.state_dict().items()
    }


@pytest.mark.parametrize("loss", ["none", "hinge", "wgan-gp"])
def test_resume_is_exact(make_config: MakeConfig, tmp_path: Path, loss: str) -> None:
    config = make_config(adversarial={"loss": loss, "weight": 0.1, "width": 8})
    straight = train(config, tmp_path / "straight")
    train(config, tmp_path / "halves", stop_at=2)
    resumed = train(config, tmp_path / "halves")
    assert resumed.progress.step == straight.progress.step == 4
    expected = weights(straight)
    for name, value in weights(resumed).items():
        assert torch.equal(value, expected[name]), name


def test_training_learns(make_config: MakeConfig, tmp_path: Path) -> None:
    config = make_config(
        steps=60,
        batch=8,
        generator={"learning_rate": 3e-3, "encoder_rate": 1.0},
        validate_every=60,
        ema=0.9,
        data={"degrade": {"emulsion": 0.0, "tone": 0.0, "grain": 0.0, "blur": 0.0, "jpeg": 0.0}},
    )
    records = list(run(open_trainer(config), tmp_path, StopRequest()))
    losses = [r.figures["classification"] for r in records if "classification" in r.figures]
    assert sum(losses[-10:]) < 0.75 * sum(losses[:10])
    last = records[-1]
    assert last.figures["validation/psnr_gain"] > 1
    assert last.pictures is not None
    assert last.pictures.shape == (4, 3, 32, 32)


@pytest.mark.parametrize("loss", ["minimax", "lsgan", "wgan-gp", "hinge"])
def test_both_players_move(make_config: MakeConfig, tmp_path: Path, loss: str) -> None:
    game = {"loss": loss, "weight": 0.5, "scales": 2, "width": 8, "feature_matching": 1.0}
    config = make_config(
        steps=2,
        data={"crop": 64},
        adversarial=game,
        losses={"regression": 1.0, "total_variation": 0.1},
    )
    trainer = open_trainer(config)
    before = {name: value.clone() for name, value in weights(trainer).items()}
    records = list(run(trainer, tmp_path, StopRequest()))
    after = weights(trainer)
    for player in ("generator.classify.weight", "objective.discriminator.discriminators.1"):
        assert any(
            not torch.equal(before[name], value)
            for name, value in after.items()
            if name.startswith(player)
        )
    terms = {"classification", "regression", "total_variation", "adversarial", "discriminator"}
    assert terms | {"feature_matching"} <= set(records[0].figures)
    assert ("gradient_penalty" in records[0].figures) == (loss == "wgan-gp")


def test_generator_waits_while_the_discriminator_warms_up(
    make_config: MakeConfig, tmp_path: Path
) -> None:
    game = {"loss": "hinge", "weight": 1.0, "width": 8, "warmup_steps": 2}
    records = list(run(open_trainer(make_config(adversarial=game)), tmp_path, StopRequest()))
    steps = [r for r in records if "discriminator" in r.figures]
    assert ["adversarial" in record.figures for record in steps] == [False, False, True, True]


def test_time_budget_ends_a_run(make_config: MakeConfig, tmp_path: Path) -> None:
    trainer = open_trainer(make_config(steps=100_000, minutes=0.02))
    records = list(run(trainer, tmp_path, StopRequest()))
    assert records[-1].progress >= 1
    assert trainer.progress.step < 1000
    assert (tmp_path / TENSORS).exists()


def test_a_loss_that_is_not_finite_stops_the_run(make_config: MakeConfig, tmp_path: Path) -> None:
    trainer = open_trainer(make_config())
    with torch.no_grad():
        trainer.generator.classify.bias.fill_(float("nan"))
    with pytest.raises(TrainingError, match="not finite"):
        list(run(trainer, tmp_path, StopRequest()))


def test_damaged_and_foreign_checkpoints_are_refused(
    make_config: MakeConfig, tmp_path: Path
) -> None:
    trainer = train(make_config(steps=1), tmp_path / "run")
    other = open_trainer(make_config(generator={"widths": [64, 32, 32]}))
    with pytest.raises(TrainingError, match="another network"):
        other.resume(tmp_path / "run")
    whole = (tmp_path / "run" / TENSORS).read_bytes()
    (tmp_path / "run" / TENSORS).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TrainingError, match="no whole checkpoint"):
        load_checkpoint(tmp_path / "run", trainer.modules, trainer.optimizers)
    with pytest.raises(TrainingError, match="no whole checkpoint"):
        load_checkpoint(tmp_path / "nowhere", trainer.modules, trainer.optimizers)


def test_average_follows_with_rising_decay() -> None:
    network = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(network.weight)
    average = WeightAverage(network, 0.5)
    torch.nn.init.ones_(network.weight)
    average.update(network, 0)
    # (1 + 0) / (10 + 0) = 0.1 of the old weight is kept.
    assert average.network.weight.item() == pytest.approx(0.9)
    average.update(network, 1000)
    assert average.network.weight.item() == pytest.approx(0.95)


@pytest.mark.parametrize(
    ("schedule", "half", "end"), [("constant", 1, 1), ("linear", 0.5, 0.01), ("cosine", 0.5, 0.01)]
)
def test_schedules(schedule: str, half: float, end: float) -> None:
    assert rate_factor(schedule, 0.05, 0.1) == pytest.approx(0.5)
    assert rate_factor(schedule, 0.55, 0.1) == pytest.approx(half)
    assert rate_factor(schedule, 1.0, 0.1) == pytest.approx(end)
    assert rate_factor(schedule, 2.0, 0.1) == pytest.approx(end)


def _wait_for(process: subprocess.Popen[str], folder: Path) -> None:
    deadline = time.monotonic() + 120
    while not list(folder.glob("events*")) and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.2)
    time.sleep(1)


def test_interrupt_saves_and_exits_cleanly(make_config: MakeConfig, tmp_path: Path) -> None:
    from heliochrome.training.config import config_to_yaml

    path, folder = tmp_path / "long.yaml", tmp_path / "run"
    path.write_text(config_to_yaml(make_config(steps=100_000, threads=1)))
    command = [sys.executable, "-m", "heliochrome", "train", str(path), "-o", str(folder)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        _wait_for(process, folder)
        process.send_signal(signal.SIGINT)
        _, messages = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "stopped" in messages
    trainer = open_trainer(make_config(steps=100_000))
    trainer.resume(folder)
    assert trainer.progress.step > 0


def test_records_are_plain_values() -> None:
    record = TrainRecord(1, 2, 3.0, 0.5)
    assert record.figures == {}
