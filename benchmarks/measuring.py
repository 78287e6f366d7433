"""What the benchmarks of networks share: processes of their own, clocks, and operations counted.

Peak memory is a process's, so every size is measured in a process of its own. The one that starts
them must stay small and therefore imports only the standard library, as this module does at its
top: on Linux a child's ru_maxrss starts from its parent's.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from heliochrome.model.session import Network


def run_child(script: str, *arguments: str) -> Any:
    """Run a script in a process of its own, and give the JSON document that it prints."""
    done = subprocess.run(
        [sys.executable, script, *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout)


def render_photo(path: Path, megapixels: float) -> None:
    """Write a synthetic photo from another process, whose memory does not count."""
    code = (
        "import sys, synthetic_photo as s; s.write_photo(s.Path(sys.argv[1]), float(sys.argv[2]))"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(path), str(megapixels)],
        check=True,
        cwd=Path(__file__).parent,
    )


def peak_mebibytes() -> float:
    """Give the most memory that this process has had so far."""
    bytes_per_unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * bytes_per_unit / 2**20


class Clock:
    """Seconds by stage, of functions that are wrapped to be timed."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a function so that its time counts for `stage`."""

        def wrapped(*arguments: Any, **options: Any) -> Any:
            with self.running(stage):
                return function(*arguments, **options)

        return wrapped

    @contextmanager
    def running(self, stage: str) -> Iterator[None]:
        """Count the time of the block for `stage`."""
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - start
            self.seconds[stage] = self.seconds.get(stage, 0.0) + spent

    @contextmanager
    def watching(self, module: Any, **stages: str) -> Iterator[None]:
        """Time functions of a module, by name, while the block runs."""
        with ExitStack() as stack:
            for name, stage in stages.items():
                timed = self.timed(stage, getattr(module, name))
                stack.enter_context(patch.object(module, name, timed))
            yield


# The outputs that a network was asked for, and the shapes of its inputs by name.
Run = tuple[tuple[str, ...], tuple[tuple[str, tuple[int, ...]], ...]]


@dataclass
class Recorder:
    """Runs a network for others, and keeps how often it was asked what."""

    network: Network
    runs: Counter[Run] = field(default_factory=Counter)

    def recording(self) -> Network:
        """Give a network that does the same and is recorded."""
        return type(self.network)(self.network.card, self.network.backend, self._run)

    def gigaflops(self, model: Path, outputs: tuple[str, ...] | None = None) -> float:
        """Count 10^9 operations of the recorded runs, or of those for some outputs only."""
        import onnx

        from heliochrome.evaluation.network_cost import count_flops
        from heliochrome.model.pruning import prune

        data, total = model.read_bytes(), 0
        for (asked, shapes), times in self.runs.items():
            if outputs in (None, asked):
                part = onnx.load_from_string(prune(data, asked))
                total += times * count_flops(part, dict(shapes))
        return total / 1e9

    def _run(self, inputs: Mapping[str, Any], outputs: tuple[str, ...]) -> Any:
        shapes = tuple((name, values.shape) for name, values in inputs.items())
        self.runs[outputs, shapes] += 1
        return self.network.run(inputs, outputs)
