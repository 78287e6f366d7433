"""Two gloo processes reach what one process with the doubled batch does."""

import os
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from conftest import MakeConfig
from heliochrome.training.checkpoint import TENSORS
from heliochrome.training.config import config_to_yaml
from heliochrome.training.distributed import Processes
from heliochrome.training.loop import StopRequest, open_trainer, run


def test_shares_partition_a_batch() -> None:
    shares = [Processes(rank, 4).share(8) for rank in range(4)]
    assert [place for share in shares for place in share] == list(range(8))


def test_two_processes_equal_one(make_config: MakeConfig, tmp_path: Path) -> None:
    game = {"loss": "hinge", "weight": 0.1, "width": 8}
    config = make_config(steps=3, batch=4, threads=1, adversarial=game)
    list(run(open_trainer(config), tmp_path / "one", StopRequest()))
    path = tmp_path / "config.yaml"
    path.write_text(config_to_yaml(config))
    command = [
        *(sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"),
        *("-m", "heliochrome", "train", str(path), "-o", str(tmp_path / "two")),
    ]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    subprocess.run(command, check=True, timeout=200, env=environment, capture_output=True)
    one, two = (load_file(tmp_path / name / TENSORS) for name in ("one", "two"))
    assert one.keys() == two.keys()
    for name in one:
        if name.startswith("module.average"):
            # Summation order differs; Adam's first steps turn sign, not size, into movement.
            assert torch.allclose(one[name].float(), two[name].float(), atol=2e-4), name
