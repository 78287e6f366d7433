"""Learning-rate schedules over the progress of a run, 0 to 1 (by steps or by the clock)."""

from __future__ import annotations

import math


def rate_factor(schedule: str, progress: float, warmup: float) -> float:
    """Share of the full learning rate at `progress`.

    Rises linearly over the first `warmup` of the run; then `constant` stays, `linear` and
    `cosine` (Loshchilov and Hutter 2017, without restarts) fall to 1% at the end.
    """
    progress = min(max(progress, 0.0), 1.0)
    if progress < warmup:
        return max(progress / warmup, 0.01)
    if schedule == "constant":
        return 1.0
    left = 1 - (progress - warmup) / max(1 - warmup, 1e-9)
    if schedule == "cosine":
        left = 0.5 * (1 - math.cos(math.pi * left))
    return max(left, 0.01)
