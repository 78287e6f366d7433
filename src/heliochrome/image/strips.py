"""Work on pictures in strips of rows that fit in a processor's cache, on all its cores."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np

# numpy makes a pass over memory per operation: strips must be small enough that a computation's
# twenty or so arrays stay in cache, and large enough that threads seldom meet at the interpreter's
# lock, which they give away and want back at every operation. Where waking a thread is dear, as on
# virtual machines, the second counts for more: with 2**16, two threads took 1.5 times as long as
# one. Measured from 2**15 to 2**20 on two cores, 2**18 is best or nearly so for every caller.
STRIP_PIXELS = 1 << 18
# Just below the 32 MiB up to which glibc adapts to what is freed.
_LARGE_BLOCK = 31 << 20


def map_strips(
    process: Callable[[slice], None], height: int, width: int, *, multiple: int = 1, scale: int = 1
) -> None:
    """Call `process` with row slices that cover `height` rows, several at once on threads.

    numpy releases the interpreter lock, so plain threads suffice. Strips start at multiples of
    `multiple`, and have `scale` times the usual pixels: for work on few or small arrays, of which
    more fits in cache. The first exception of a strip is raised again.
    """
    _keep_freed_memory()
    workers = _available_cores()
    rows = max(1, scale * STRIP_PIXELS // max(width, 1) // multiple) * multiple
    if workers > 1 and height > rows:
        # As many for each: with one strip more than cores, all but one would wait for it.
        rounds = -(-height // (rows * workers))
        rows = -(-height // (rounds * workers * multiple)) * multiple
    strips = [slice(top, min(top + rows, height)) for top in range(0, height, rows)]
    workers = min(len(strips), workers)
    if workers < 2:
        for strip in strips:
            process(strip)
        return
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(process, strips):
            pass


@cache
def _keep_freed_memory() -> None:
    """Let every strip have the memory of the one before.

    glibc returns what is freed to the system at once, unless it has seen a block as large being
    freed before (mallopt(3), M_MMAP_THRESHOLD). Getting the arrays of every strip anew, page by
    page, took up to a third of the time. No page of this block is ever touched.
    """
    np.empty(_LARGE_BLOCK, np.uint8)


def _available_cores() -> int:
    """Cores this process may run on: fewer than the machine's in a container or under taskset."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
