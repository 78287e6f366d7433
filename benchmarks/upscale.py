"""Time of enlarging by every installed network, in float32, in int8 and through OpenVINO.

Run: python benchmarks/upscale.py [--model NAME …] [--calibrate DIR] [--gate DIR] [--threads N]

Milliseconds are per megapixel of the result, of the whole of `upscale` without files; those of the
CPU are summed over its cores, and say more where the machine has other work. The network's share of
the machine's convolution peak counts the operations of the float32 network, whatever they are done
in: int8 may be above 100%.

int8 is the network of that name beside the other; `--calibrate` makes one instead, and names a
folder of pictures that it takes its ranges from (none of those that are measured on). `--gate`
names a folder of true pictures, as Set5: a variant passes where its PSNR there is at most 0.1 dB
below float32's, and the fastest that passes is named.
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from convolution_peak import best_seconds, convolution_peak
from measuring import Recorder
from PIL import Image

from heliochrome.evaluation.truth import list_photos
from heliochrome.evaluation.upscale_gate import GATE, mean_psnr
from heliochrome.image.picture import Picture
from heliochrome.model.card import CARD_SUFFIX
from heliochrome.model.session import Network, open_network
from heliochrome.model.store import StoredModel, card_paths, find_model, stored_model
from heliochrome.tasks.upscale import upscale
from heliochrome.training.upscale.quantize import SUFFIX, quantize_upscaler

SECONDS = 3.0
_CPU_CALLS = 3
_CALIBRATION_PICTURES, _CALIBRATION_SIDE = 32, 128


@dataclass(frozen=True)
class Variant:
    """A network as it is run."""

    name: str
    network: Network


def main() -> None:
    """Print a table for every network."""
    arguments = _parse()
    peak, (channels, side) = convolution_peak(arguments.threads)
    print(f"Convolution peak: {peak:.0f} GFLOPS (3x3, {channels} channels, {side} x {side})")
    models = [find_model(name) for name in arguments.model] or list(_installed())
    for model in models:
        print(f"\n{model.card.name} {model.card.version}")
        print(f"{'':>17}{'ms/MP':>9}{'CPU ms':>9}{'of peak':>9}{'PSNR':>8}")
        with tempfile.TemporaryDirectory() as folder:
            _measure(model, list(_variants(model, arguments, Path(folder))), arguments, peak)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time of enlarging by every installed network.")
    parser.add_argument("--model", nargs="+", default=[], help="names or paths of networks")
    parser.add_argument(
        "--calibrate", type=Path, help="folder of pictures that int8 takes ranges of"
    )
    parser.add_argument("--gate", type=Path, help="folder of true pictures for the quality gate")
    parser.add_argument("--megapixels", type=float, default=4, help="of the result")
    parser.add_argument("--threads", type=int, help="CPU threads of the network")
    return parser.parse_args()


def _installed() -> Iterator[StoredModel]:
    for path in card_paths():
        name = path.name.removesuffix(CARD_SUFFIX)
        if name.startswith("upscaler-") and not name.endswith(SUFFIX):
            yield stored_model(path)


def _variants(model: StoredModel, arguments: argparse.Namespace, folder: Path) -> Iterator[Variant]:
    stored = [("float32", model)]
    beside = model.path.with_name(f"{model.card.name}{SUFFIX}.onnx")
    if arguments.calibrate is not None:
        pictures = _calibration(arguments.calibrate, model.card.scale)
        stored.append(("int8", quantize_upscaler(model, pictures, folder / beside.name)))
    elif beside.is_file():
        stored.append(("int8", find_model(beside)))
    for name, entry in stored:
        yield Variant(name, open_network(entry, threads=arguments.threads))
    if importlib.util.find_spec("openvino") is None:
        return
    for name, entry in stored:
        # What is in float32 runs in bfloat16 where the processor has it: OpenVINO's own choice.
        network = open_network(entry, threads=arguments.threads, backend="openvino")
        yield Variant(f"{name} OpenVINO", network)


def _calibration(folder: Path, scale: int) -> list[np.ndarray]:
    pictures = []
    for path in list_photos(folder, _CALIBRATION_PICTURES):
        with Image.open(path) as image:
            small = image.convert("RGB").reduce(scale)
        pictures.append(np.asarray(small)[:_CALIBRATION_SIDE, :_CALIBRATION_SIDE])
    return pictures


def _measure(
    model: StoredModel, variants: list[Variant], arguments: argparse.Namespace, peak: float
) -> None:
    photo, passed, exact = _photo(arguments.megapixels, model.card.scale), [], None
    megapixels = photo.width * photo.height * model.card.scale**2 / 1e6
    for variant in variants:
        recorder = Recorder(variant.network)
        upscale(photo, recorder.recording())
        work = recorder.gigaflops(model.path)
        seconds = best_seconds(lambda network=variant.network: upscale(photo, network), SECONDS)
        cpu = _cpu_seconds(photo, variant.network)
        psnr = None if arguments.gate is None else mean_psnr(variant.network, arguments.gate)
        exact = psnr if exact is None else exact
        fails = psnr is not None and exact is not None and psnr < exact - GATE
        passed += [] if fails else [(seconds, variant.name)]
        cells = f"{variant.name:>17}{1000 * seconds / megapixels:9.0f}"
        cells += f"{1000 * cpu / megapixels:9.0f}{work / seconds / peak:9.0%}"
        figure = "" if psnr is None else f"{psnr:8.2f}{'  fails' if fails else ''}"
        print(cells + figure, flush=True)
    if arguments.gate is not None:
        print(f"Fastest within {GATE} dB: {min(passed)[1]}")


def _cpu_seconds(photo: Picture, network: Network) -> float:
    """Least time of all cores together that one of a few calls takes."""
    taken = []
    for _ in range(_CPU_CALLS):
        start = time.process_time()
        upscale(photo, network)
        taken.append(time.process_time() - start)
    return min(taken)


def _photo(megapixels: float, scale: int) -> Picture:
    side = round((megapixels * 1e6) ** 0.5 / scale)
    rows, columns = np.mgrid[:side, :side] / side
    waves = [np.sin(40 * rows * columns + phase) for phase in (0, 1, 2)]
    return Picture(np.rint(127.5 * (1 + np.dstack(waves))).astype(np.uint8))


if __name__ == "__main__":
    main()
