"""Where the time of `colorize` goes, and how much memory it takes, from 0.3 to 50 megapixels.

Run: python benchmarks/colorize.py [--model NAME] [--threads N] [--megapixels 0.3 2 12 50]

Every size is measured in a process of its own, whose peak memory is therefore that size's alone;
this process stays small, see measuring.py.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measuring import Clock, Recorder, peak_mebibytes, render_photo, run_child

MEGAPIXELS = (0.3, 2.0, 12.0, 50.0)
REPEATS = 3
STAGES = ("decode", "lightness", "network", "upsample", "encode", "other")
GOAL = 1.5
_NETWORK_SECONDS = 2.0


def main() -> int:
    """Print the table, or do one measurement for the process that prints it."""
    arguments = _parse()
    if arguments.measure:
        print(json.dumps(_measure(arguments)))
    elif arguments.compute:
        print(json.dumps(_compute(arguments)))
    else:
        _print_all(arguments)
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time and memory of colorize.")
    parser.add_argument("--model", default="colorizer", help="name or path of the network")
    parser.add_argument("--threads", type=int, help="CPU threads of the network")
    parser.add_argument("--megapixels", type=float, nargs="+", default=MEGAPIXELS)
    parser.add_argument("--repeats", type=int, default=REPEATS, help="the best one counts")
    parser.add_argument("--measure", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--compute", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _print_all(arguments: argparse.Namespace) -> None:
    print("Milliseconds (best of repeats), peak memory, and total / (decode + encode) alone")
    print("".join(f"{name:>11}" for name in ("MP", *STAGES, "total", "MiB", "ratio")))
    for megapixels in arguments.megapixels:
        print(_row(_child(arguments, "--measure", str(megapixels))), flush=True)
    found = _child(arguments, "--compute")
    share = found["network_gflops"] / found["peak_gflops"]
    print(f"\nNetwork at {found['height']} x {found['width']}: {found['gflop']:.2f} GFLOP in")
    print(f"  {1000 * found['seconds']:.1f} ms = {found['network_gflops']:.0f} GFLOPS,")
    print(f"  {share:.0%} of this machine's convolution peak of {found['peak_gflops']:.0f} GFLOPS")
    print(
        f"  (3x3, {found['peak_channels']} channels, {found['peak_side']} x {found['peak_side']})"
    )


def _row(found: dict[str, Any]) -> str:
    milliseconds = [1000 * found[name] for name in (*STAGES, "total")]
    times = "".join(f"{value:11.1f}" for value in milliseconds)
    goal = f"  goal {GOAL}" if found["megapixels"] == 12 else ""
    return f"{found['megapixels']:11g}{times}{found['mebibytes']:11.0f}{found['ratio']:11.2f}{goal}"


def _child(arguments: argparse.Namespace, *task: str) -> Any:
    command = ["--model", arguments.model, *task, "--repeats", str(arguments.repeats)]
    if arguments.threads:
        command += ["--threads", str(arguments.threads)]
    return run_child(__file__, *command)


def _measure(arguments: argparse.Namespace) -> dict[str, float]:
    from heliochrome.model.session import open_network
    from heliochrome.model.store import find_model

    network = open_network(find_model(arguments.model), threads=arguments.threads)
    with tempfile.TemporaryDirectory() as folder:
        photo, output = Path(folder, "photo.jpg"), Path(folder, "colorized.jpg")
        render_photo(photo, arguments.measure)
        runs = [_timed_run(photo, output, network) for _ in range(arguments.repeats)]
        memory = peak_mebibytes()
        alone = min(_copy_seconds(photo, output) for _ in range(arguments.repeats))
    best = min(runs, key=lambda run: run["total"])
    return {
        "megapixels": arguments.measure,
        **best,
        "mebibytes": memory,
        "ratio": best["total"] / alone,
    }


def _timed_run(photo: Path, output: Path, network: Any) -> dict[str, float]:
    from heliochrome.image.read import read_picture
    from heliochrome.image.write import write_picture
    from heliochrome.tasks import colorize as task

    clock = Clock()
    run = type(network)(network.card, network.backend, clock.timed("network", network.run))
    start = time.perf_counter()
    with clock.watching(task, lightness="lightness", apply_chroma="upsample"):
        picture = clock.timed("decode", read_picture)(photo)
        result = task.colorize(picture, run).picture
        clock.timed("encode", write_picture)(result, output, overwrite=True)
    total = time.perf_counter() - start
    clock.seconds["other"] = total - sum(clock.seconds.values())
    return {**clock.seconds, "total": total}


def _copy_seconds(photo: Path, output: Path) -> float:
    from heliochrome.image.read import read_picture
    from heliochrome.image.write import write_picture

    start = time.perf_counter()
    write_picture(read_picture(photo), output, overwrite=True)
    return time.perf_counter() - start


def _compute(arguments: argparse.Namespace) -> dict[str, float]:
    import numpy as np
    from convolution_peak import best_seconds, convolution_peak

    from heliochrome.image.picture import Picture
    from heliochrome.model.session import open_network
    from heliochrome.model.store import find_model
    from heliochrome.tasks.colorize import colorize

    stored = find_model(arguments.model)
    network = open_network(stored, threads=arguments.threads)
    recorder = Recorder(network)
    side = network.card.working_size
    colorize(Picture(np.full((2 * side // 3, side, 1), 128, np.uint8)), recorder.recording())
    ((_, shapes),) = recorder.runs
    inputs = {name: np.zeros(shape, np.float32) for name, shape in shapes}
    gigaflops = recorder.gigaflops(stored.path)
    seconds = best_seconds(lambda: network.run(inputs), _NETWORK_SECONDS)
    peak, (channels, peak_side) = convolution_peak(arguments.threads)
    height, width = inputs["lightness"].shape[2:]
    return {
        "height": height,
        "width": width,
        "gflop": gigaflops,
        "seconds": seconds,
        "network_gflops": gigaflops / seconds,
        "peak_gflops": peak,
        "peak_channels": channels,
        "peak_side": peak_side,
    }


if __name__ == "__main__":
    sys.exit(main())
