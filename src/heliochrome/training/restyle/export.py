"""From a restyler's run to what the runtime loads: an ONNX file and its card."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from heliochrome.errors import WriteError
from heliochrome.model.card import (
    CorrectorFacts,
    ModelCard,
    RestylerFacts,
    TensorFacts,
    TrainingFacts,
)
from heliochrome.training.checkpoint import Progress, load_progress
from heliochrome.training.config import load_config_of
from heliochrome.training.export import CardNotes, mix_weights
from heliochrome.training.export_run import write_card
from heliochrome.training.initialize import load_generator
from heliochrome.training.networks.corrector import CRITIC_LEVELS, GRAMS
from heliochrome.training.networks.restyler import (
    CODE,
    CORRECTIONS,
    LEVELS,
    NOISE,
    PROBES,
    SCALES,
    SIZE_MULTIPLE,
    Restyler,
    RestylerGraph,
)
from heliochrome.training.onnx_file import Signature, check_parity, round_weights, write_onnx
from heliochrome.training.restyle.config import RestyleConfig

HALO = 128
"""Surroundings of a tile, px, that are read with it.

Half of the receptive field is 231 px, but what lies beyond 128 px reaches the result through the
stride-16 level alone; its share in all influence is tested, and tiles that large would be mostly
surroundings.
"""
ENCODER_HALO = 112
"""The same of the encoder alone: half of its receptive field, 103 px, rounded up."""
CORRECTOR_HALO = 128
"""The same of a correction. Slopes come from up to 206 px away, little of them from beyond this."""
STYLE_SIZE = 512
TOLERANCE = 2e-3
"""Largest difference between PyTorch and ONNX Runtime that an export may have."""
ODD_SIZES = ((1, 16, 16), (1, 48, 208), (3, 80, 48))


def load_restyler(run: Path) -> Restyler:
    """Build the restyler of a run folder in evaluation mode, with its averaged weights."""
    config = load_config_of(RestyleConfig, run / "config.yaml")
    network = Restyler(config.generator.widths, config.generator.blocks)
    load_generator(network, run)
    return network.eval()


def _sample_picture(count: int, height: int, width: int, noise: torch.Generator) -> Tensor:
    lightness = torch.rand(count, 1, height, width, generator=noise) * 100
    chroma = torch.randn(count, 2, height, width, generator=noise) * 20
    return torch.cat((lightness, chroma, torch.ones_like(lightness)), 1)


@torch.no_grad()
def sample_inputs(network: Restyler, count: int, height: int, width: int) -> tuple[Tensor, ...]:
    """Random inputs of the exported graph: picture, weight, noise, and three codes of pictures.

    Codes that no picture has would drive the network where rounding errors grow.
    """
    noise = torch.Generator().manual_seed(height * 1000 + width)
    picture = _sample_picture(count, height, width, noise)
    weight = torch.rand(count, 1, height, width, generator=noise)
    described = [_sample_picture(count, 64, 64, noise) for _ in range(3)]
    # Smoother ones after the first, so that styles differ from the photo.
    smooth = [F.avg_pool2d(each, 3, 1, 1) for each in described[1:]]
    codes = (network.code(network.encode(each)) for each in (described[0], *smooth))
    grain = torch.randn(count, NOISE, height, width, generator=noise)
    # Of another size than the photo: theirs do not depend on each other.
    shown = [torch.rand(count, 3, height + 16, width, generator=noise) for _ in range(2)]
    shown[1] = F.avg_pool2d(shown[1], 3, 1, 1)
    counted = torch.rand(count, 1, height + 16, width, generator=noise)
    now, wanted = (network.corrector.grams(each, counted) for each in shown)
    return picture, weight, grain, *codes, shown[0], counted, now, wanted


def signature() -> Signature:
    """Name inputs and outputs, with free batch, height and width."""
    count = torch.export.Dim("count")
    rows, columns = (
        SIZE_MULTIPLE * torch.export.Dim(name, max=4096) for name in ("rows", "columns")
    )
    draft_rows, draft_columns = (
        SIZE_MULTIPLE * torch.export.Dim(name, max=4096) for name in ("draft_rows", "draft_columns")
    )
    free = {0: count, 2: rows, 3: columns}
    draft = {0: count, 2: draft_rows, 3: draft_columns}
    code = {0: count}
    return Signature(
        (
            *("picture", "weight", "noise", "content", "style", "detail"),
            *("draft", "draft_weight", "now", "wanted"),
        ),
        (
            "moments",
            *(f"x{scale}" for scale in SCALES),
            "grams",
            *(f"corrected{step}" for step in range(1, max(CORRECTIONS) + 1)),
        ),
        (free, free, free, code, code, code, draft, draft, code, code),
    )


def write_restyler(network: Restyler, path: Path) -> float:
    """Write `network` as ONNX and return its largest difference from PyTorch.

    Raises:
        TrainingError: the exporter failed, or the difference is above `TOLERANCE`.

    """
    graph = RestylerGraph(network).eval()
    write_onnx(graph, sample_inputs(network, 2, 48, 64), signature(), path)
    samples: Iterator[tuple[Tensor, ...]] = (sample_inputs(network, *size) for size in ODD_SIZES)
    return check_parity(graph, samples, signature(), path, TOLERANCE)


def _tensor_facts() -> tuple[tuple[TensorFacts, ...], tuple[TensorFacts, ...]]:
    def code(name: str, meaning: str) -> TensorFacts:
        return TensorFacts(name=name, shape=("N", 2, CODE), range=(-1e3, 1e3), meaning=meaning)

    def draft(name: str, meaning: str) -> TensorFacts:
        shape = ("N", 3, "DH", "DW")
        return TensorFacts(name=name, shape=shape, range=(0.0, 1.0), meaning=meaning)

    def grams(name: str, meaning: str) -> TensorFacts:
        return TensorFacts(name=name, shape=("N", GRAMS), range=(0.0, 1e4), meaning=meaning)

    inputs = (
        TensorFacts(
            name="picture",
            shape=("N", 4, "H", "W"),
            range=(-128.0, 128.0),
            meaning="CIE L*, a*, b* (0 where the mask is 0), mask: 1 where color is known",
        ),
        TensorFacts(
            name="weight",
            shape=("N", 1, "H", "W"),
            range=(0.0, 1.0),
            meaning="how much each pixel counts for moments",
        ),
        TensorFacts(
            name="noise",
            shape=("N", NOISE, "H", "W"),
            range=(-6.0, 6.0),
            meaning="standard normal noise, of which texture is made where the photo is flat",
        ),
        code("content", "the photo's code: mean and deviation of each encoder channel"),
        code("style", "the code of the style picture reduced by the scale"),
        code("detail", "the code of the style picture as it is"),
        draft("draft", "a restyled picture, sRGB"),
        TensorFacts(
            name="draft_weight",
            shape=("N", 1, "DH", "DW"),
            range=(0.0, 1.0),
            meaning="how much each of its pixels counts for Gram matrices",
        ),
        grams("now", "Gram matrices of the critic's layers on the whole draft"),
        grams("wanted", "the same of the style picture as it is"),
    )
    outputs = tuple(
        TensorFacts(
            name=f"x{scale}",
            shape=("N", 3, *((f"{scale}H", f"{scale}W") if scale > 1 else ("H", "W"))),
            range=(0.0, 1.0),
            meaning=f"sRGB, {scale} times the photo's size",
        )
        for scale in SCALES
    )
    moments = code("moments", "weighted means of x and of x² of each encoder channel")
    corrected = (
        draft(f"corrected{step}", f"the draft after correction {step}")
        for step in range(1, max(CORRECTIONS) + 1)
    )
    return inputs, (moments, *outputs, grams("grams", "Gram matrices of the draft"), *corrected)


def restyler_card(path: Path, notes: CardNotes, stages: Sequence[Progress]) -> ModelCard:
    """Card of an exported restyler; `stages` are those of its training."""
    inputs, outputs = _tensor_facts()
    return ModelCard(
        name=notes.name,
        version=notes.version,
        task="restyle",
        architecture="SqueezeNet-1.1-shaped encoder, AdaIN at strides 2 to 16, FiLM-modulated "
        "residual decoder with noise, PixelShuffle tails, corrections down the slope of a "
        "SqueezeNet-1.1-shaped critic",
        inputs=inputs,
        outputs=outputs,
        size_multiple=SIZE_MULTIPLE,
        scale=1,
        halo=HALO,
        color_space="CIELAB, D65 in; sRGB out",
        working_size=256,
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
        colorizer=None,
        restyler=RestylerFacts(
            channels=(*LEVELS, *PROBES),
            style_size=STYLE_SIZE,
            scales=SCALES,
            encoder_halo=ENCODER_HALO,
            noise=NOISE,
            corrector=CorrectorFacts(
                channels=CRITIC_LEVELS, halo=CORRECTOR_HALO, steps=CORRECTIONS
            ),
        ),
    )


def export_restyler(
    run: Path,
    output: Path,
    notes: CardNotes,
    stages: Sequence[Path] = (),
    blend: tuple[Path, float] | None = None,
) -> tuple[ModelCard, float]:
    """Write `output` (an .onnx) and its card beside it from the run folder `run`.

    `stages` and `blend` are as in :class:`heliochrome.training.export_run.ExportOptions`. Returns
    the card and the largest difference between PyTorch and ONNX Runtime.

    Raises:
        TrainingError: the run has no checkpoint, or ONNX Runtime disagrees with PyTorch.
        ConfigError: the run's configuration cannot be read or is of another task.
        WriteError: the files cannot be written.

    """
    network = load_restyler(run)
    if blend is not None:
        mix_weights(network, load_restyler(blend[0]), blend[1])
    round_weights(network)
    progress = [load_progress(folder) for folder in (*stages, run)]
    draft = output.with_name(f".{output.name}.new")
    try:
        difference = write_restyler(network, draft)
        card = restyler_card(draft, notes, progress)
        draft.replace(output)
        write_card(card, output)
    except OSError as error:
        raise WriteError(output, f"cannot be written ({error})", "choose another place") from error
    finally:
        draft.unlink(missing_ok=True)
    return card, difference
