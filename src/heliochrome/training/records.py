"""TensorBoard's view of a run's records."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from heliochrome.training.loop import TrainRecord


def picture_grid(pictures: Tensor, columns: int = 8, most: int = 64) -> Tensor:
    """Arrange up to `most` pictures (N, 3, H, W) in rows, as one (3, rows * H, columns * W)."""
    count = min(len(pictures), most) // columns * columns or len(pictures)
    columns = min(columns, count)
    chosen = pictures[: count // columns * columns]
    _, channels, height, width = chosen.shape
    rows = len(chosen) // columns
    grid = chosen.view(rows, columns, channels, height, width).permute(2, 0, 3, 1, 4)
    return grid.reshape(channels, rows * height, columns * width)


class TensorBoardLog:
    """Writes scalars and image grids of records below a folder."""

    def __init__(self, folder: Path) -> None:
        self.writer = SummaryWriter(str(folder))

    def add(self, record: TrainRecord) -> None:
        """Write one record at its step."""
        for name, value in record.figures.items():
            self.writer.add_scalar(name, value, record.step)
        if record.pictures is not None:
            self.writer.add_image("validation", picture_grid(record.pictures), record.step)

    def close(self) -> None:
        """Flush and close the files."""
        self.writer.close()
