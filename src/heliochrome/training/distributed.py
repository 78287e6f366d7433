"""Data-parallel training over processes, as `torchrun` starts them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce


class JointBatchNorm2d(nn.BatchNorm2d):
    """Batch norm over the pictures of all processes (torch's own needs a GPU).

    With equal shares of a batch in every process, the result is that of one process with the
    whole batch.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Normalize (N, C, H, W) with the statistics of all processes' pictures."""
        if not self.training:
            return super().forward(x)
        values = x.float()
        moments = torch.stack((values.mean((0, 2, 3)), values.square().mean((0, 2, 3))))
        mean, square = all_reduce(moments) / dist.get_world_size()
        variance = square - mean.square()
        count = x.numel() // x.shape[1] * dist.get_world_size()
        with torch.no_grad():
            momentum = self.momentum or 0.0
            self.running_mean.lerp_(mean, momentum)  # type: ignore[union-attr]
            unbiased = variance * (count / (count - 1))
            self.running_var.lerp_(unbiased, momentum)  # type: ignore[union-attr]
            self.num_batches_tracked.add_(1)  # type: ignore[union-attr]
        scale = (self.weight * (variance + self.eps).rsqrt())[:, None, None]
        return (values - mean[:, None, None]) * scale + self.bias[:, None, None]


Network = TypeVar("Network", bound=nn.Module)


def _join_batch_norms(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            joint = JointBatchNorm2d(child.num_features, child.eps, child.momentum)
            joint.load_state_dict(child.state_dict())
            setattr(module, name, joint)
        else:
            _join_batch_norms(child)


@dataclass(frozen=True)
class Processes:
    """This process's place among those that train together; alone by default."""

    rank: int = 0
    count: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes files and talks to the user."""
        return self.rank == 0

    def share(self, batch: int) -> range:
        """Places of a whole batch that this process computes."""
        size = batch // self.count
        return range(self.rank * size, (self.rank + 1) * size)

    def prepare(self, network: Network) -> Network:
        """Let a network's batch norms see all processes."""
        if self.count > 1:
            _join_batch_norms(network)
        return network

    def average_gradients(self, network: nn.Module) -> None:
        """Replace every gradient by its mean over the processes."""
        if self.count == 1:
            return
        for parameter in network.parameters():
            if parameter.grad is not None:
                dist.all_reduce(parameter.grad)
                parameter.grad /= self.count

    def any(self, flag: bool) -> bool:
        """Whether `flag` is set in any process: all stop together."""
        if self.count == 1:
            return flag
        votes = torch.tensor(int(flag))
        dist.all_reduce(votes, op=dist.ReduceOp.MAX)
        return bool(votes)


def join_processes() -> Processes:
    """Join the group that `torchrun` describes in the environment; alone without one."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        return Processes()
    dist.init_process_group("gloo")
    return Processes(dist.get_rank(), count)
