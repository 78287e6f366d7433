"""Cross-entropy against soft color bins."""

from __future__ import annotations

from torch import Tensor


def soft_cross_entropy(
    logits: Tensor, indices: Tensor, shares: Tensor, weights: Tensor | None = None
) -> Tensor:
    """Cross-entropy of a soft target that lies on few classes (Zhang et al. 2016, equation 2).

    `logits` (N, Q, H, W); the target holds `shares` (N, K, H, W), summing to 1 over K, at the
    classes `indices` (N, K, H, W). `weights` (Q,) rebalances classes: a pixel weighs as much as
    its target's mean weight. Returns the mean over pixels, in nats.
    """
    log_probabilities = logits.float().log_softmax(1)
    entropy = -(log_probabilities.gather(1, indices) * shares).sum(1)
    if weights is not None:
        entropy = entropy * (weights[indices] * shares).sum(1)
    return entropy.mean()
