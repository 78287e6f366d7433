"""How much time one pass saves: restyling a small gray photo at x4, against three networks in turn.

Run: python benchmarks/one_pass.py [--sides 64 128 256] [--threads N] [--repeats N]

The chain colorizes, restyles at the photo's size, and enlarges four times. Seconds of a clock and
of the CPU, each the least of the repeats; files are not read or written, and the style is measured
beforehand, once for all photos.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from synthetic_photo import render

from heliochrome.image.picture import Picture
from heliochrome.model.session import Network, open_network
from heliochrome.model.store import find_model
from heliochrome.tasks.colorize import colorize
from heliochrome.tasks.options import RestyleOptions, UpscaleOptions
from heliochrome.tasks.restyle import restyle
from heliochrome.tasks.style_code import StyleCode, style_code
from heliochrome.tasks.upscale import upscale

NETWORKS = ("colorizer", "restyler", "upscaler-faithful-x4")
SIDES = (64, 128, 256)
SCALE = 4


def main() -> int:
    """Print one line for every size."""
    arguments = _parse()
    networks = [open_network(find_model(name), threads=arguments.threads) for name in NETWORKS]
    restyler = networks[1]
    code = style_code([_photo(256)], restyler)
    print(f"{'input':>10}{'one pass':>10}{'CPU':>8}{'chain':>10}{'CPU':>8}{'ratio':>8}{'CPU':>8}")
    for side in arguments.sides:
        photo = _photo(side)
        gray = Picture(photo.pixels[..., 1:2].copy())
        passed = _least(partial(_one_pass, gray, code, restyler), arguments.repeats)
        chained = _least(partial(_chain, gray, code, *networks), arguments.repeats)
        times = "".join(f"{took[0]:9.3f}s{took[1]:7.3f}s" for took in (passed, chained))
        ratios = "".join(f"{chained[i] / passed[i]:8.2f}" for i in (0, 1))
        print(f"{photo.width:>5}x{photo.height:<4}{times}{ratios}", flush=True)
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time of one pass and of the chain.")
    parser.add_argument("--sides", type=int, nargs="+", default=SIDES, help="short sides, px")
    parser.add_argument("--threads", type=int, help="CPU threads of the networks")
    parser.add_argument("--repeats", type=int, default=5, help="the best one counts")
    return parser.parse_args()


def _photo(side: int) -> Picture:
    return Picture(np.array(render(side)))


def _one_pass(photo: Picture, code: StyleCode, restyler: Network) -> None:
    restyle(photo, code, restyler, RestyleOptions(scale=SCALE))


def _chain(
    photo: Picture, code: StyleCode, colorizer: Network, restyler: Network, upscaler: Network
) -> None:
    colored = colorize(photo, colorizer).picture
    restyled = restyle(colored, code, restyler).picture
    upscale(restyled, upscaler, UpscaleOptions(scale=SCALE))


def _least(work: Callable[[], None], repeats: int) -> tuple[float, float]:
    work()
    found = []
    for _ in range(repeats):
        started = time.perf_counter(), time.process_time()
        work()
        found.append((time.perf_counter() - started[0], time.process_time() - started[1]))
    return min(wall for wall, _ in found), min(cpu for _, cpu in found)


if __name__ == "__main__":
    sys.exit(main())
