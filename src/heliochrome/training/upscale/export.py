"""From an upscaler's run to what the runtime loads: an ONNX file and its card."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from heliochrome.errors import WriteError
from heliochrome.model.card import ModelCard, TensorFacts, TrainingFacts, UpscalerFacts
from heliochrome.training.checkpoint import Progress, load_progress
from heliochrome.training.config import load_config_of
from heliochrome.training.export import CardNotes, mix_weights
from heliochrome.training.export_run import write_card
from heliochrome.training.initialize import start_upscaler
from heliochrome.training.networks.upscaler import Upscaler, fold, halo
from heliochrome.training.onnx_file import Signature, check_parity, round_weights, write_onnx
from heliochrome.training.upscale.config import UpscaleConfig
from heliochrome.training.upscale.task import build_upscaler

TOLERANCE = 1e-3
"""Largest difference between PyTorch and ONNX Runtime that an export may have; a quarter level."""
ODD_SIZES = ((1, 1, 1), (1, 40, 40), (3, 7, 33), (2, 61, 18))


def load_upscaler(run: Path, *, like: UpscaleConfig | None = None) -> Upscaler:
    """Build the folded upscaler of a run folder in evaluation mode, with its averaged weights.

    With `like`, it gets the inputs of that run's network, so that their weights can be mixed.
    """
    config = load_config_of(UpscaleConfig, run / "config.yaml")
    network = build_upscaler(like or config)
    start_upscaler(network, str(run))
    fold(network)
    return network.eval()


def sample_inputs(denoise: bool, count: int, height: int, width: int) -> tuple[Tensor, ...]:
    """Random inputs of the exported graph: picture and, where the network denoises, noise."""
    noise = torch.Generator().manual_seed(height * 1000 + width)
    picture = torch.rand(count, 3, height, width, generator=noise)
    return (picture, torch.rand(count, 1, 1, 1, generator=noise)) if denoise else (picture,)


def signature(denoise: bool) -> Signature:
    """Name inputs and outputs, with free batch, height and width."""
    count, rows, columns = (torch.export.Dim(name) for name in ("count", "rows", "columns"))
    free = {0: count, 2: rows, 3: columns}
    if denoise:
        return Signature(("picture", "noise"), ("enlarged",), (free, {0: count}))
    return Signature(("picture",), ("enlarged",), (free,))


def write_upscaler(network: Upscaler, path: Path) -> float:
    """Write a folded `network` as ONNX and return its largest difference from PyTorch.

    Raises:
        TrainingError: the exporter failed, or the difference is above `TOLERANCE`.

    """
    denoise = network.noise is not None
    write_onnx(network, sample_inputs(denoise, 2, 20, 28), signature(denoise), path)
    samples = (sample_inputs(denoise, *size) for size in ODD_SIZES)
    return check_parity(network, samples, signature(denoise), path, TOLERANCE)


def _tensor_facts(config: UpscaleConfig) -> tuple[tuple[TensorFacts, ...], TensorFacts]:
    picture = TensorFacts(
        name="picture", shape=("N", 3, "H", "W"), range=(0.0, 1.0), meaning="sRGB"
    )
    noise = TensorFacts(
        name="noise",
        shape=("N", 1, 1, 1),
        range=(0.0, 1.0),
        meaning="deviation of the noise to remove, 1 being 40 of 255 levels; 0 leaves all grain",
    )
    enlarged = TensorFacts(
        name="enlarged",
        shape=("N", 3, f"{config.scale}H", f"{config.scale}W"),
        range=(0.0, 1.0),
        meaning="sRGB; not clipped",
    )
    return ((picture, noise) if config.is_crisp else (picture,)), enlarged


def upscaler_card(
    path: Path, config: UpscaleConfig, notes: CardNotes, stages: Sequence[Progress]
) -> ModelCard:
    """Card of an exported upscaler; `stages` are those of its training."""
    inputs, output = _tensor_facts(config)
    size = config.generator
    return ModelCard(
        name=notes.name,
        version=notes.version,
        task="upscale",
        architecture=f"{size.blocks} residual blocks of {size.width} channels, PixelShuffle, on a "
        "bicubic skip",
        inputs=inputs,
        outputs=(output,),
        size_multiple=1,
        scale=config.scale,
        halo=halo(size.blocks),
        color_space="sRGB",
        working_size=config.data.crop // config.scale,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        license=notes.license,
        training=TrainingFacts(
            data=notes.data,
            license_notes=notes.license_notes,
            steps=sum(stage.step for stage in stages),
            images=sum(stage.images for stage in stages),
            hours=round(sum(stage.seconds for stage in stages) / 3600, 2),
            commit=notes.commit,
        ),
        metrics=None,
        upscaler=UpscalerFacts(
            mode="crisp" if config.is_crisp else "faithful", denoise=config.is_crisp
        ),
    )


def export_upscaler(
    run: Path,
    output: Path,
    notes: CardNotes,
    stages: Sequence[Path] = (),
    blend: tuple[Path, float] | None = None,
) -> tuple[ModelCard, float]:
    """Write `output` (an .onnx) and its card beside it from the run folder `run`.

    `stages` and `blend` are as in :class:`heliochrome.training.export_run.ExportOptions`; a crisp
    run may be blended with the faithful one that it began from. Returns the card and the largest
    difference between PyTorch and ONNX Runtime.

    Raises:
        TrainingError: the run has no checkpoint, or ONNX Runtime disagrees with PyTorch.
        ConfigError: the run's configuration cannot be read or is of another task.
        WriteError: the files cannot be written.

    """
    config = load_config_of(UpscaleConfig, run / "config.yaml")
    network = load_upscaler(run)
    if blend is not None:
        mix_weights(network, load_upscaler(blend[0], like=config), blend[1])
    round_weights(network)
    progress = [load_progress(folder) for folder in (*stages, run)]
    draft = output.with_name(f".{output.name}.new")
    try:
        difference = write_upscaler(network, draft)
        card = upscaler_card(draft, config, notes, progress)
        draft.replace(output)
        write_card(card, output)
    except OSError as error:
        raise WriteError(output, f"cannot be written ({error})", "choose another place") from error
    finally:
        draft.unlink(missing_ok=True)
    return card, difference
