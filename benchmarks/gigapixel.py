"""Memory and time of enlarging a huge TIFF file, and of coloring it in the same pass.

Run: python benchmarks/gigapixel.py [--side 30000] [--rows N] [--scale 2] [--color] [--model NAME] …

A synthetic gray (or RGB) scan is written, the `heliochrome` command enlarges it from file to file,
and the peak of its resident memory is compared with the goal of 1.5 GB. The disk must hold both
files: about 0.7 and 6 GB for the defaults, without color. Linux and macOS only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

GOAL = 1_500_000_000  # bytes resident
_PATCH = 2048  # px a side of what is repeated
_STRIP = 256  # rows written at a time


def main() -> int:
    """Print what the run took; the exit code is 1 where the goal is missed."""
    arguments = _parse()
    if arguments.write is not None:
        _write_scan(arguments)
        return 0
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        photo, output = Path(folder) / "scan.tif", Path(folder) / "enlarged.tif"
        # In a process of its own: on Linux, a child's peak memory starts from its parent's.
        subprocess.run([sys.executable, __file__, *sys.argv[1:], "--write", photo], check=True)
        peak, seconds = _run(_command(arguments, photo, output))
        _report(arguments, photo, output, peak, seconds)
    return int(peak > GOAL)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Memory and time of enlarging a huge TIFF file.")
    parser.add_argument("--side", type=int, default=30_000, help="columns of the scan, px")
    parser.add_argument("--rows", type=int, help="of the scan; default: as many as columns")
    parser.add_argument("--scale", type=int, default=2)
    parser.add_argument("--bits", type=int, choices=(8, 16), default=8)
    parser.add_argument("--channels", type=int, choices=(1, 3), default=1)
    parser.add_argument("--color", action="store_true", help="colorize in the same pass")
    parser.add_argument("--model", help="name or path of the upscaler; default: faithful")
    parser.add_argument("--threads", type=int, help="CPU threads of the networks")
    parser.add_argument("--tile", type=int, help="side of what the network sees at once, px")
    parser.add_argument("--folder", help="where the files go for the time being")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.rows = arguments.rows or arguments.side
    return arguments


def _command(arguments: argparse.Namespace, photo: Path, output: Path) -> list[str]:
    command = [sys.executable, "-m", "heliochrome", "upscale", str(photo), "-o", str(output), "-q"]
    for name in ("scale", "model", "threads", "tile"):
        if getattr(arguments, name) is not None:
            command += [f"--{name}", str(getattr(arguments, name))]
    return [*command, "--color"] if arguments.color else command


def _run(command: list[str]) -> tuple[float, float]:
    """Run a command; give its peak resident memory in bytes, and the seconds it took."""
    start = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"failed: {' '.join(command)}")
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_maxrss * unit, time.perf_counter() - start


def _report(
    arguments: argparse.Namespace, photo: Path, output: Path, peak: float, seconds: float
) -> None:
    columns, rows, scale = arguments.side, arguments.rows, arguments.scale
    megapixels = columns * rows * scale**2 / 1e6
    what = "enlarged and colored" if arguments.color else "enlarged"
    kind = f"{arguments.channels} x {arguments.bits} bits"
    print(f"{columns} x {rows}, {kind}, {what} to {columns * scale} x {rows * scale}")
    print(f"{photo.stat().st_size / 1e9:.2f} GB -> {output.stat().st_size / 1e9:.2f} GB")
    print(f"{seconds:.0f} s, {1000 * seconds / megapixels:.0f} ms per megapixel of the result")
    print(f"{peak / 1e6:.0f} MB resident at most; the goal is {GOAL / 1e6:.0f} MB")


def _write_scan(arguments: argparse.Namespace) -> None:
    import numpy as np

    from heliochrome.image.formats.tiff import Page
    from heliochrome.image.metadata import Metadata
    from heliochrome.image.rows import Rows
    from heliochrome.image.write import write_rows

    side, height, channels = arguments.side, arguments.rows, arguments.channels
    dtype = np.dtype(f"uint{arguments.bits}")
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:_PATCH, :_PATCH] * (2 * np.pi / _PATCH)
    patch = 0.5 + 0.2 * np.sin(x + 2 * np.cos(y)) + 0.1 * np.sign(np.sin(9 * y + 4 * np.cos(x)))
    patch += rng.normal(0, 0.02, patch.shape)
    samples = np.clip(patch, 0, 1)[..., None] * np.linspace(1, 0.8, channels)
    wide = np.tile((samples * np.iinfo(dtype).max).astype(dtype), (1, -(-side // _PATCH), 1))

    def strips() -> Iterator[Rows]:
        for top in range(0, height, _STRIP):
            rows = np.arange(top, min(top + _STRIP, height)) % _PATCH
            yield Rows(np.ascontiguousarray(wide[rows, :side]))

    metadata = Metadata(dpi=(1200, 1200))
    page = Page(height, side, channels, dtype, has_alpha=False, icc_profile=None, metadata=metadata)
    write_rows(strips(), page, arguments.write)


if __name__ == "__main__":
    raise SystemExit(main())
