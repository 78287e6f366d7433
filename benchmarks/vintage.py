"""Time and memory of the vintage looks on a synthetic photo, without reading and writing files.

Run: python benchmarks/vintage.py [--megapixels 12] [LOOK…]

Memory is the peak of the process so far, with the photo and the result in it.
"""

from __future__ import annotations

import argparse
import math
import resource
import time

import numpy as np

from heliochrome.image.picture import Picture
from heliochrome.tasks.vintage.apply import vintage
from heliochrome.tasks.vintage.looks import LOOKS
from heliochrome.tasks.vintage.options import VintageOptions
from heliochrome.tasks.vintage.overrides import find_look


def main() -> None:
    """Print one line per look."""
    parser = argparse.ArgumentParser(description="Time and memory of the vintage looks.")
    parser.add_argument("looks", nargs="*", default=[look.name for look in LOOKS])
    parser.add_argument("--megapixels", type=float, default=12)
    arguments = parser.parse_args()
    photo = _photo(arguments.megapixels)
    print(f"{'look':>22}{'seconds':>10}{'core-seconds':>14}{'peak MiB':>10}")
    for name in arguments.looks:
        options = VintageOptions(find_look(name))
        wall, cores = time.perf_counter(), time.process_time()
        vintage(photo, options)
        spent = time.perf_counter() - wall, time.process_time() - cores
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux: kibibytes
        print(f"{name:>22}{spent[0]:10.2f}{spent[1]:14.2f}{peak:10.0f}", flush=True)


def _photo(megapixels: float) -> Picture:
    height = round(math.sqrt(megapixels * 1e6 * 3 / 4))
    width = round(height * 4 / 3)
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[...] = np.linspace(0, 255, width).astype(np.uint8)[:, None]
    pixels[::7, :, 0] = 200
    return Picture(pixels)


if __name__ == "__main__":
    main()
