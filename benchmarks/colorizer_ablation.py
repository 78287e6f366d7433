"""Compare training runs of the colorizer on the pictures that they all held out.

    python benchmarks/colorizer_ablation.py --features squeezenet1_1.safetensors \
        --point 0.7 1.9 runs/colorizer-2-photos runs/ablation-hinge ...

Prints, for every run at one operating point (temperature, chroma scale): PSNR over gray's,
CIEDE2000 over gray's, colorfulness over the truth's, and the paired kernel distance to the true
pictures on SqueezeNet's features. All runs must have the same data and seed as the first.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from heliochrome.evaluation.feature_distance import distances
from heliochrome.evaluation.feature_network import load_feature_network, picture_tensor
from heliochrome.training.calibration import Yardstick
from heliochrome.training.colorspace import lab_to_srgb
from heliochrome.training.config import TrainConfig, load_config_of
from heliochrome.training.data import STRIDE, open_data
from heliochrome.training.export import load_colorizer
from heliochrome.training.validation import predict_logits, render, validation_batch

SIDE = 160


def held_out(run: Path) -> Tensor:
    """Lab pictures (N, 3, SIDE, SIDE) that the run never trained on."""
    config = load_config_of(TrainConfig, run / "config.yaml")
    _, held = open_data(config.data, config.seed)
    return validation_batch(held, dataclasses.replace(config.data, crop=SIDE, zoom=(1.0, 1.0)))


@torch.no_grad()
def features_of(network: torch.nn.Module, pictures: Tensor) -> Tensor:
    """Features (N, C) of pictures (N, 3, H, W) in [0, 1], rounded to 8 bits."""
    levels = (pictures.permute(0, 2, 3, 1).numpy() * 255).round().astype(np.uint8)
    return torch.cat([network(picture_tensor(picture)) for picture in levels])


def main() -> None:
    """Print one line per run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--point", nargs=2, type=float, default=(0.7, 1.9))
    arguments = parser.parse_args()
    lab = held_out(arguments.runs[0])
    lightness, yardstick = lab[:, :1], Yardstick(F.avg_pool2d(lab, STRIDE))
    network = load_feature_network(arguments.features)
    truth = features_of(network, lab_to_srgb(lab))
    gray = render(lightness, torch.zeros_like(lab[:, 1:, ::STRIDE, ::STRIDE]))
    kernel = distances(truth, features_of(network, gray)).kernel_paired
    print(f"{len(lab)} pictures; gray: kernel distance {kernel:.2f}")
    temperature, scale = arguments.point
    for run in arguments.runs:
        widths = load_config_of(TrainConfig, run / "config.yaml").generator.widths
        generator, bins = load_colorizer(run, widths)
        chroma = scale * bins.expect(predict_logits(generator, bins, lightness), temperature)
        gain, ratio, difference = yardstick.measure(chroma)
        kernel = distances(truth, features_of(network, render(lightness, chroma))).kernel_paired
        print(
            f"{run.name:20} {gain:+.2f} dB  CIEDE2000 x {difference:.3f}  "
            f"colorfulness {ratio:.3f}  kernel distance {kernel:.2f}"
        )


if __name__ == "__main__":
    main()
