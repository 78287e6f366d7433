"""The training loop: alternating updates, averages, checkpoints; it names no loss."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from heliochrome.errors import TrainingError
from heliochrome.training.checkpoint import Progress, load_checkpoint, save_checkpoint
from heliochrome.training.config import RunConfig, config_to_yaml
from heliochrome.training.data import prefetch
from heliochrome.training.distributed import Processes
from heliochrome.training.ema import WeightAverage
from heliochrome.training.muon import Muon
from heliochrome.training.schedule import rate_factor
from heliochrome.training.task import Task
from heliochrome.training.tasks import open_task


@dataclass(frozen=True)
class TrainRecord:
    """What a run reports now and then; terminal, TensorBoard and tests all read these."""

    step: int
    images: int
    seconds: float
    progress: float
    """Share of the run that is done, 0 to 1."""
    figures: dict[str, float] = field(default_factory=dict)
    pictures: Tensor | None = None
    """Validation pictures (N, 3, H, W) in [0, 1], where the record is of a validation."""


@dataclass
class StopRequest:
    """Set by a signal handler or another thread to end a run at the next step."""

    requested: bool = False


def _gradient_step(
    optimizers: Iterable[torch.optim.Optimizer],
    network: nn.Module,
    clip: float,
    processes: Processes,
) -> float:
    processes.average_gradients(network)
    norm = nn.utils.clip_grad_norm_(network.parameters(), clip)
    for optimizer in optimizers:
        optimizer.step()
    network.zero_grad(set_to_none=True)
    return float(norm)


class Trainer:
    """A run: networks, optimizers and the state that a checkpoint holds."""

    def __init__(self, config: RunConfig, task: Task[Any, Any], processes: Processes) -> None:
        self.config, self.task, self.processes = config, task, processes
        self.generator = processes.prepare(task.generator)
        self.generator.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = WeightAverage(self.generator, config.ema)
        self.objective = task.objective
        self.optimizers = self._optimizers()
        self.progress = Progress()
        # Sizes are few and known: one program for each is faster than one for all.
        self.forward = (
            torch.compile(self.generator, dynamic=False) if config.compile else self.generator
        )

    def _optimizers(self) -> dict[str, torch.optim.Optimizer]:
        settings, game = self.config.generator, self.config.adversarial
        named = list(self.generator.named_parameters())
        hidden = self._hidden_matrices() if settings.hidden_rate else {}
        named = [(name, parameter) for name, parameter in named if name not in hidden]
        encoder = [p for n, p in named if n.startswith(self.task.pretrained)]
        others = [p for n, p in named if not n.startswith(self.task.pretrained)]
        groups = [
            {"params": others, "lr": settings.learning_rate},
            {"params": encoder, "lr": settings.learning_rate * settings.encoder_rate},
        ]
        optimizers: dict[str, torch.optim.Optimizer] = {
            "generator": torch.optim.AdamW(
                groups,
                betas=(settings.beta1, settings.beta2),
                weight_decay=settings.weight_decay,
                fused=True,
            )
        }
        if hidden:
            optimizers["hidden"] = Muon(hidden.values(), settings.hidden_rate)
        if self.objective.discriminator is not None:
            optimizers["discriminator"] = torch.optim.AdamW(
                self.objective.discriminator.parameters(),
                lr=game.learning_rate,
                betas=(game.beta1, game.beta2),
                weight_decay=0.0,
            )
        for optimizer in optimizers.values():
            for group in optimizer.param_groups:
                group["full_rate"] = group["lr"]
        return optimizers

    def _hidden_matrices(self) -> dict[str, nn.Parameter]:
        return {
            name: parameter
            for name, parameter in self.generator.named_parameters()
            if parameter.ndim >= 2 and name.startswith(self.task.hidden)
        }

    @property
    def modules(self) -> dict[str, nn.Module]:
        """Everything with weights, by the name it has in a checkpoint."""
        return {
            "generator": self.generator,
            "average": self.average.network,
            "objective": self.objective,
        }

    def _set_rates(self, progress: float) -> None:
        factor = rate_factor(self.config.schedule, progress, self.config.warmup)
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = group["full_rate"] * factor

    def train_step(self, batch: Any, progress: float) -> dict[str, float]:
        """Update the discriminator, then the generator, on one batch; return the loss terms."""
        self._set_rates(progress)
        step = self.progress.step
        noise = torch.Generator().manual_seed(self.config.seed * 1_000_003 + step)
        prediction = self.objective.predict(self.forward, batch)
        figures = self._discriminator_update(batch, prediction, noise)
        terms = self.objective.generator_terms(batch, prediction, step)
        loss = torch.stack(list(terms.values())).sum()
        if not torch.isfinite(loss):
            raise TrainingError(
                f"step {step}", "the loss is not finite", "lower the learning rate and resume"
            )
        loss.backward()
        learning = [o for name, o in self.optimizers.items() if name != "discriminator"]
        norm = _gradient_step(learning, self.generator, self.config.clip, self.processes)
        self.average.update(self.generator, step)
        return figures | {n: t.item() for n, t in terms.items()} | {"gradient_norm": norm}

    def _discriminator_update(
        self, batch: Any, prediction: Any, noise: torch.Generator
    ) -> dict[str, float]:
        terms = self.objective.discriminator_terms(batch, prediction, noise)
        if not terms or self.objective.discriminator is None:
            return {}
        torch.stack(list(terms.values())).sum().backward()
        network = self.objective.discriminator
        _gradient_step([self.optimizers["discriminator"]], network, 10.0, self.processes)
        return {name: term.item() for name, term in terms.items()}

    def validate(self) -> tuple[dict[str, float], Tensor]:
        """Figures and pictures of the averaged weights on the held-out pictures."""
        return self.task.validate(self.average.network)

    def save(self, folder: Path) -> None:
        """Write a checkpoint, if this process leads."""
        if self.processes.leads:
            save_checkpoint(folder, self.modules, self.optimizers, self.progress)

    def resume(self, folder: Path) -> None:
        """Go on from the checkpoint in `folder`."""
        self.progress = load_checkpoint(folder, self.modules, self.optimizers)


def open_trainer(config: RunConfig, processes: Processes | None = None) -> Trainer:
    """Load the data and build a run's networks."""
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    return Trainer(config, open_task(config), processes or Processes())


def run(trainer: Trainer, folder: Path, stopping: StopRequest) -> Iterator[TrainRecord]:
    """Train to the end of the budget, yielding records; save on every way out.

    `stopping` is asked after every step: when it says so, the run saves and ends early.
    """
    config, clock = trainer.config, Clock(trainer.progress.seconds, trainer.config)
    folder.mkdir(parents=True, exist_ok=True)
    if trainer.processes.leads:
        (folder / "config.yaml").write_text(config_to_yaml(config), encoding="utf-8")
    saved = time.monotonic()
    steps = iter(range(trainer.progress.step, config.steps))
    places = trainer.processes.share(config.batch)
    with contextlib.closing(prefetch(trainer.task.sampler, steps, places)) as batches:
        for batch in batches:
            figures = trainer.train_step(batch, clock.progress(trainer.progress.step))
            trainer.progress = Progress(
                trainer.progress.step + 1,
                trainer.progress.images + config.batch,
                clock.seconds(),
            )
            now, share = trainer.progress, clock.progress(trainer.progress.step)
            ends = share >= 1 or trainer.processes.any(stopping.requested)
            if ends or now.step % config.log_every == 0:
                yield TrainRecord(now.step, now.images, now.seconds, share, figures)
            if ends or now.step % config.validate_every == 0:
                measured, pictures = trainer.validate()
                named = {f"validation/{name}": value for name, value in measured.items()}
                yield TrainRecord(now.step, now.images, now.seconds, share, named, pictures)
            if ends or time.monotonic() - saved > config.checkpoint_minutes * 60:
                trainer.save(folder)
                saved = time.monotonic()
            if ends:
                return


@dataclass
class Clock:
    """Seconds and progress of a run, earlier sessions included."""

    before: float
    config: RunConfig
    started: float = field(default_factory=time.monotonic)

    def seconds(self) -> float:
        """Seconds of training so far."""
        return self.before + time.monotonic() - self.started

    def progress(self, step: int) -> float:
        """Share of the budget used, 0 to 1: of steps or of minutes, whichever is further on."""
        by_steps = step / self.config.steps
        if self.config.minutes is None:
            return by_steps
        return max(by_steps, self.seconds() / (60 * self.config.minutes))
