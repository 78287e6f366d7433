"""Time and memory of `restyle` from 0.25 to 4 megapixels, at each scale, and its share of the peak.

Run: python benchmarks/restyle.py [--model NAME] [--threads N] [--megapixels 0.25 1 4]
     [--scales 1 2 4] [--repeats N] [--json]

Files are not read or written on the clock. "encode" are the passes of the network that measure the
photo, "restyle" those that paint it, "correct" those that look at the draft and correct it, "other"
all else: color spaces, tiles, rounding. A style is measured once for many photos, so its time
stands by itself. Every line is measured in a process of
its own, whose peak memory, photo and result included, is therefore that line's alone; this process
stays small, see measuring.py.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from measuring import Clock, Recorder, peak_mebibytes, render_photo, run_child

MEGAPIXELS = (0.25, 1.0, 4.0)
SCALES = (1, 2, 4)
REPEATS = 3
STAGES = ("encode", "restyle", "correct", "other")
PASSES = STAGES[:-1]
STYLE_MEGAPIXELS = 0.5  # about the size that styles are reduced to


def main() -> int:
    """Print the table, or do one measurement for the process that prints it."""
    arguments = _parse()
    if arguments.measure:
        print(json.dumps(_measure(arguments, *arguments.measure)))
    elif arguments.peak:
        print(json.dumps(_peak(arguments)))
    else:
        _report(arguments)
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time and memory of restyle.")
    parser.add_argument("--model", default="restyler", help="name or path of the network")
    parser.add_argument("--threads", type=int, help="CPU threads of the network")
    parser.add_argument("--megapixels", type=float, nargs="+", default=MEGAPIXELS)
    parser.add_argument("--scales", type=int, nargs="+", default=SCALES)
    parser.add_argument("--repeats", type=int, default=REPEATS, help="the best one counts")
    parser.add_argument("--json", action="store_true", help="print one JSON document, no table")
    parser.add_argument("--measure", type=float, nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--peak", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _report(arguments: argparse.Namespace) -> None:
    peak = _child(arguments, "--peak")
    if not arguments.json:
        print(f"Milliseconds (best of {arguments.repeats}), operations, speed of the passes as a")
        print(f"share of the convolution peak, {peak['gflops']:.0f} GFLOPS, and peak memory")
        columns = (*STAGES, "total", "GFLOP", *PASSES, "MiB")
        print("".join(f"{name:>10}" for name in ("MP", "scale", *columns)))
    found = []
    for megapixels in arguments.megapixels:
        for scale in arguments.scales:
            line = _child(arguments, "--measure", str(megapixels), str(scale))
            line["peak_share"] = {
                stage: speed / peak["gflops"] for stage, speed in line["gflops"].items()
            }
            found.append(line)
            if not arguments.json:
                print(_row(line), flush=True)
    if arguments.json:
        print(json.dumps({"model": arguments.model, "peak": peak, "lines": found}, indent=2))
    else:
        style = min(line["style_seconds"] for line in found)
        print(f"\nMeasuring a style of {STYLE_MEGAPIXELS} MP, once: {1000 * style:.0f} ms")


def _row(line: dict[str, Any]) -> str:
    times = "".join(f"{1000 * line['seconds'][name]:10.0f}" for name in (*STAGES, "total"))
    shares = "".join(f"{line['peak_share'][name]:10.0%}" for name in PASSES)
    gigaflops = sum(line["gflop"].values())
    size = f"{line['megapixels']:10g}{line['scale']:10d}"
    return f"{size}{times}{gigaflops:10.1f}{shares}{line['mebibytes']:10.0f}"


def _child(arguments: argparse.Namespace, *task: str) -> Any:
    command = ["--model", arguments.model, *task, "--repeats", str(arguments.repeats)]
    if arguments.threads:
        command += ["--threads", str(arguments.threads)]
    return run_child(__file__, *command)


def _measure(arguments: argparse.Namespace, megapixels: float, scale: float) -> dict[str, Any]:
    from heliochrome.image.read import read_picture
    from heliochrome.model.session import open_network
    from heliochrome.model.store import find_model
    from heliochrome.tasks.options import RestyleOptions
    from heliochrome.tasks.style_code import style_code

    stored = find_model(arguments.model)
    network = open_network(stored, threads=arguments.threads)
    with tempfile.TemporaryDirectory() as folder:
        photo, painting = Path(folder, "photo.jpg"), Path(folder, "style.jpg")
        render_photo(photo, megapixels)
        render_photo(painting, STYLE_MEGAPIXELS)
        picture, style = read_picture(photo), read_picture(painting)
    clock = Clock()
    with clock.running("style"):
        code = style_code([style], network)
    options = RestyleOptions(scale=int(scale))
    runs = [_timed_run(picture, code, network, options) for _ in range(arguments.repeats)]
    memory = peak_mebibytes()
    best, recorder = min(runs, key=lambda run: run[0]["total"])
    gflop = dict.fromkeys(PASSES, 0.0)
    for outputs in {asked for asked, _ in recorder.runs}:
        gflop[_stage(outputs)] += recorder.gigaflops(stored.path, outputs)
    return {
        "megapixels": megapixels,
        "scale": int(scale),
        "seconds": best,
        "style_seconds": clock.seconds["style"],
        "passes": sum(recorder.runs.values()),
        "gflop": gflop,
        "gflops": {stage: count / best[stage] if count else 0.0 for stage, count in gflop.items()},
        "mebibytes": memory,
    }


def _timed_run(
    picture: Any, code: Any, network: Any, options: Any
) -> tuple[dict[str, float], Recorder]:
    from heliochrome.tasks.restyle import restyle

    clock = Clock()
    recorder = Recorder(_by_stage(network, clock))
    with clock.running("total"):
        restyle(picture, code, recorder.recording(), options)
    seconds = dict.fromkeys(PASSES, 0.0) | clock.seconds
    seconds["other"] = seconds["total"] - sum(seconds[stage] for stage in PASSES)
    return seconds, recorder


def _stage(outputs: tuple[str, ...]) -> str:
    """Tell what a pass that gives these outputs is for."""
    if outputs == ("moments",):
        return "encode"
    return "restyle" if outputs[0].startswith("x") else "correct"


def _by_stage(network: Any, clock: Clock) -> Any:
    """Give a network whose passes are timed by what they are for."""

    def run(inputs: Any, outputs: tuple[str, ...]) -> Any:
        with clock.running(_stage(outputs)):
            return network.run(inputs, outputs)

    return type(network)(network.card, network.backend, run)


def _peak(arguments: argparse.Namespace) -> dict[str, float]:
    from convolution_peak import convolution_peak

    gflops, (channels, side) = convolution_peak(arguments.threads)
    return {"gflops": gflops, "channels": channels, "side": side}


if __name__ == "__main__":
    sys.exit(main())
