"""Where the time of `colorize` goes, and how much memory it takes, from 0.3 to 50 megapixels.

Run: python benchmarks/colorize.py [--model NAME] [--threads N] [--megapixels 0.3 2 12 50]

Every size is measured in a process of its own, whose peak memory is therefore that size's alone.
This process stays small and imports only the standard library: on Linux a child's ru_maxrss
starts from its parent's.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

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
    command = [sys.executable, __file__, "--model", arguments.model, *task]
    command += ["--repeats", str(arguments.repeats)]
    if arguments.threads:
        command += ["--threads", str(arguments.threads)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def _measure(arguments: argparse.Namespace) -> dict[str, float]:
    from heliochrome.model.session import open_network
    from heliochrome.model.store import find_model

    network = open_network(find_model(arguments.model), threads=arguments.threads)
    with tempfile.TemporaryDirectory() as folder:
        photo, output = Path(folder, "photo.jpg"), Path(folder, "colorized.jpg")
        _write_photo(photo, arguments.measure)
        runs = [_timed_run(photo, output, network) for _ in range(arguments.repeats)]
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        alone = min(_copy_seconds(photo, output) for _ in range(arguments.repeats))
    best = min(runs, key=lambda run: run["total"])
    bytes_per_unit = 1 if sys.platform == "darwin" else 1024
    return {
        "megapixels": arguments.measure,
        **best,
        "mebibytes": memory * bytes_per_unit / 2**20,
        "ratio": best["total"] / alone,
    }


def _write_photo(path: Path, megapixels: float) -> None:
    """Render in another process, whose memory does not count."""
    code = (
        "import sys, synthetic_photo as s; s.write_photo(s.Path(sys.argv[1]), float(sys.argv[2]))"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(path), str(megapixels)],
        check=True,
        cwd=Path(__file__).parent,
    )


def _timed_run(photo: Path, output: Path, network: Any) -> dict[str, float]:
    from heliochrome.image.read import read_picture
    from heliochrome.image.write import write_picture
    from heliochrome.tasks import colorize as task

    clock = _Clock()
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


class _Clock:
    """Seconds by stage, of functions that are wrapped to be timed."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **options: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                spent = time.perf_counter() - start
                self.seconds[stage] = self.seconds.get(stage, 0.0) + spent

        return wrapped

    @contextmanager
    def watching(self, module: Any, **stages: str) -> Iterator[None]:
        """Time functions of a module, by name, while the block runs."""
        with ExitStack() as stack:
            for name, stage in stages.items():
                timed = self.timed(stage, getattr(module, name))
                stack.enter_context(patch.object(module, name, timed))
            yield


def _compute(arguments: argparse.Namespace) -> dict[str, float]:
    import numpy as np
    import onnx
    from convolution_peak import best_seconds, convolution_peak

    from heliochrome.evaluation.network_cost import count_flops
    from heliochrome.image.picture import Picture
    from heliochrome.model.session import Network, open_network
    from heliochrome.model.store import find_model
    from heliochrome.tasks.colorize import colorize

    stored = find_model(arguments.model)
    network = open_network(stored, threads=arguments.threads)
    asked: list[dict[str, Any]] = []
    recording = Network(
        network.card,
        network.backend,
        lambda given, wanted: asked.append(given) or network.run(given, wanted),
    )
    side = network.card.working_size
    colorize(Picture(np.full((2 * side // 3, side, 1), 128, np.uint8)), recording)
    inputs = asked[0]
    flops = count_flops(onnx.load(stored.path), {name: x.shape for name, x in inputs.items()})
    seconds = best_seconds(lambda: network.run(inputs), _NETWORK_SECONDS)
    peak, (channels, peak_side) = convolution_peak(arguments.threads)
    height, width = inputs["lightness"].shape[2:]
    return {
        "height": height,
        "width": width,
        "gflop": flops / 1e9,
        "seconds": seconds,
        "network_gflops": flops / seconds / 1e9,
        "peak_gflops": peak,
        "peak_channels": channels,
        "peak_side": peak_side,
    }


if __name__ == "__main__":
    sys.exit(main())
