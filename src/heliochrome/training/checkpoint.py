"""Checkpoints as safetensors + JSON: nothing is pickled, and a resumed run goes on bit for bit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from heliochrome.errors import TrainingError

TENSORS, FACTS = "checkpoint.safetensors", "checkpoint.json"


@dataclass(frozen=True)
class Progress:
    """How far a run has come."""

    step: int = 0
    images: int = 0
    seconds: float = 0.0


def _optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    return {
        f"{index}.{key}": value.detach().clone()
        for index, state in optimizer.state_dict()["state"].items()
        for key, value in state.items()
    }


def _restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        index, key = name.split(".", 1)
        like = parameters[int(index)]
        if value.shape == like.shape:
            # Fused optimizers walk memory: moments must be laid out as their weights are
            # (channels_last), and files keep only the plain order.
            value = torch.empty_like(like, requires_grad=False).copy_(value)
        state.setdefault(int(index), {})[key] = value
    whole = optimizer.state_dict()
    whole["state"] = state
    optimizer.load_state_dict(whole)


def save_checkpoint(
    folder: Path,
    modules: Mapping[str, nn.Module],
    optimizers: Mapping[str, torch.optim.Optimizer],
    progress: Progress,
) -> None:
    """Write the state of a run into `folder`, atomically.

    Tensors and facts carry the same step: a crash between the two renames is noticed on load.
    """
    tensors = {
        f"module.{name}.{key}": value.detach().clone().contiguous()
        for name, module in modules.items()
        for key, value in module.state_dict().items()
    }
    for name, optimizer in optimizers.items():
        for key, value in _optimizer_tensors(optimizer).items():
            tensors[f"optimizer.{name}.{key}"] = value.contiguous()
    tensors["step"] = torch.tensor(progress.step)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / (TENSORS + ".new"))
    (folder / (FACTS + ".new")).write_text(json.dumps(asdict(progress)), encoding="utf-8")
    (folder / (TENSORS + ".new")).replace(folder / TENSORS)
    (folder / (FACTS + ".new")).replace(folder / FACTS)


def section(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Tensors whose names begin with `prefix`, without it."""
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def load_progress(folder: Path) -> Progress:
    """How far the run in `folder` had come when it was saved last.

    Raises:
        TrainingError: there is no whole checkpoint.

    """
    try:
        return Progress(**json.loads((folder / FACTS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise TrainingError(folder, f"holds no whole checkpoint ({error})", "start anew") from error


def load_checkpoint(
    folder: Path,
    modules: Mapping[str, nn.Module],
    optimizers: Mapping[str, torch.optim.Optimizer],
) -> Progress:
    """Restore what :func:`save_checkpoint` wrote and return how far the run had come.

    Raises:
        TrainingError: there is none, it is damaged, or it is of another network.

    """
    progress = load_progress(folder)
    try:
        tensors = load_file(folder / TENSORS)
    except (OSError, SafetensorError) as error:
        raise TrainingError(folder, f"holds no whole checkpoint ({error})", "start anew") from error
    if int(tensors["step"]) != progress.step:
        raise TrainingError(folder, "holds halves of two checkpoints", "start anew")
    try:
        for name, module in modules.items():
            module.load_state_dict(section(tensors, f"module.{name}."))
        for name, optimizer in optimizers.items():
            _restore_optimizer(optimizer, section(tensors, f"optimizer.{name}."))
    except (RuntimeError, ValueError, KeyError) as error:
        raise TrainingError(
            folder, "is of another network or configuration", "use the run's own config.yaml"
        ) from error
    return progress
