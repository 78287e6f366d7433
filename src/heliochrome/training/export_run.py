"""Exports a finished colorizer run: calibrates on its held-out pictures, writes ONNX and card."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from heliochrome.errors import WriteError
from heliochrome.image.write import store_bytes
from heliochrome.model.card import CARD_SUFFIX, ModelCard
from heliochrome.training.bins import ChromaBins
from heliochrome.training.calibration import (
    Grid,
    OperatingPoint,
    choose_point,
    confidence_table,
    frontier,
    prior_shift,
)
from heliochrome.training.checkpoint import load_progress
from heliochrome.training.config import TrainConfig, load_config_of
from heliochrome.training.data import STRIDE, open_data
from heliochrome.training.export import (
    CardNotes,
    colorizer_card,
    fold_batch_norms,
    load_colorizer,
    mix_weights,
    parity,
    write_colorizer,
)
from heliochrome.training.networks.colorizer import Colorizer
from heliochrome.training.objective import measure_shares
from heliochrome.training.onnx_file import round_weights
from heliochrome.training.validation import predict_logits, validation_batch


@dataclass(frozen=True)
class ExportOptions:
    """How to export a run.

    `stages` are the folders of the run's earlier stages, whose steps and hours the card adds up.
    `blend` is another run, mostly the stage before, and the share of its weights that is mixed
    in: between a calm network and one fine-tuned from it lie all shades of both (network
    interpolation; Wang et al. 2018, ESRGAN, section 3.4).

    The operating point is the one of `grid` with the lowest CIEDE2000 on the held-out pictures
    among those at least `least_colorfulness` as colorful as the truth.
    """

    notes: CardNotes
    stages: tuple[Path, ...] = ()
    blend: tuple[Path, float] | None = None
    working_size: int = 224
    grid: Grid = field(default_factory=Grid)
    least_colorfulness: float = 0.85


@dataclass(frozen=True)
class Exported:
    """What an export wrote, and the frontier that its operating point was chosen from."""

    network: Path
    card: ModelCard
    difference: float
    """Largest difference of logits between PyTorch and ONNX Runtime."""
    points: Sequence[OperatingPoint]


@dataclass(frozen=True)
class _Calibration:
    points: list[OperatingPoint]
    chosen: OperatingPoint
    shift: Tensor
    table: tuple[list[float], list[float]]


def _calibrate(
    generator: Colorizer, bins: ChromaBins, config: TrainConfig, options: ExportOptions
) -> _Calibration:
    sampler, held = open_data(config.data, config.seed)
    # Squares as large as the short side of a 4:3 picture at the working size.
    side = round(options.working_size * 0.75 / 16) * 16
    lab = validation_batch(held, dataclasses.replace(config.data, crop=side, zoom=(1.0, 1.0)))
    logits = predict_logits(generator, bins, lab[:, :1])
    shares = measure_shares(bins, sampler)
    points = frontier(logits, bins, lab, shares, options.grid)
    chosen = choose_point(points, options.least_colorfulness)
    shift = prior_shift(shares, chosen.rebalance)
    truth = torch.nn.functional.avg_pool2d(lab[:, 1:], STRIDE)
    shifted = logits + shift.view(1, -1, 1, 1)
    return _Calibration(points, chosen, shift, confidence_table(shifted, bins, truth, chosen))


def export_run(run: Path, output: Path, options: ExportOptions) -> Exported:
    """Write `output` (an .onnx) and its card beside it from the run folder `run`.

    Raises:
        TrainingError: the run has no checkpoint, or ONNX Runtime disagrees with PyTorch.
        ConfigError, DataError: the run's configuration or pictures cannot be read.
        WriteError: the files cannot be written.

    """
    config = load_config_of(TrainConfig, run / "config.yaml")
    generator, bins = load_colorizer(run, config.generator.widths)
    if options.blend is not None:
        calm, _ = load_colorizer(options.blend[0], config.generator.widths)
        mix_weights(generator, calm, options.blend[1])
    progress = [load_progress(folder) for folder in (*options.stages, run)]
    fold_batch_norms(generator)
    round_weights(generator)
    found = _calibrate(generator, bins, config, options)
    generator.shift_logits(found.shift)
    draft = output.with_name(f".{output.name}.new")
    try:
        write_colorizer(generator, len(bins), draft)
        difference = parity(generator, len(bins), draft)
        card = colorizer_card(
            draft,
            bins,
            options.notes,
            progress,
            _plain(found.chosen),
            found.table,
            options.working_size,
        )
        draft.replace(output)
        write_card(card, output)
    except OSError as error:
        raise WriteError(output, f"cannot be written ({error})", "choose another place") from error
    finally:
        draft.unlink(missing_ok=True)
    return Exported(output, card, difference, found.points)


def _plain(point: OperatingPoint) -> OperatingPoint:
    rounded = {k: float(np.round(v, 4)) for k, v in dataclasses.asdict(point).items()}
    return OperatingPoint(**rounded)


def write_card(card: ModelCard, network: Path) -> None:
    """Write `card` beside its network, whole or not at all."""
    path = network.with_suffix(CARD_SUFFIX)
    store_bytes(path, (card.model_dump_json(indent=1) + "\n").encode())
