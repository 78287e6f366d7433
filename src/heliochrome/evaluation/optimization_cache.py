"""Results of direct optimization on the disk: each takes minutes, and none ever changes."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from heliochrome.errors import DataError, WriteError
from heliochrome.image.write import store_bytes

if TYPE_CHECKING:
    from heliochrome.training.optimize import OptimizeOptions
    from heliochrome.training.style_distance import StyleNetworks

# To be raised when the optimizer gives other pictures for the same input.
_VERSION = 1

_Timed = tuple[NDArray[np.uint8], float]


@dataclass(frozen=True, slots=True)
class OptimizationCache:
    """A folder with one file per optimization, of the pictures after several numbers of steps."""

    folder: Path

    def load(self, key: str) -> dict[int, _Timed]:
        """Give pictures (H, W, 3) uint8 and seconds by number of steps; empty if not stored.

        Raises:
            DataError: the file is damaged.

        """
        path = self._path(key)
        try:
            with np.load(path, allow_pickle=False) as stored:
                steps = [int(name.removeprefix("pixels_")) for name in stored if "pixels_" in name]
                return {
                    count: (stored[f"pixels_{count}"], float(stored[f"seconds_{count}"]))
                    for count in steps
                }
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise DataError(path, f"is damaged ({error})", "delete it") from error

    def store(self, key: str, results: Mapping[int, _Timed]) -> None:
        """Store pictures (H, W, 3) uint8 and seconds by number of steps.

        Raises:
            WriteError: the folder cannot be made or the file not written.

        """
        arrays = {f"pixels_{count}": pixels for count, (pixels, _) in results.items()}
        times = {f"seconds_{count}": np.array(seconds) for count, (_, seconds) in results.items()}
        data = io.BytesIO()
        np.savez_compressed(data, allow_pickle=False, **arrays, **times)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WriteError(
                self.folder, f"cannot be made ({error.strerror})", "choose another folder"
            ) from error
        store_bytes(self._path(key), data.getvalue())

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.npz"


def optimization_key(
    content: NDArray[np.uint8],
    style: NDArray[np.uint8],
    networks: StyleNetworks,
    options: OptimizeOptions,
) -> str:
    """SHA-256 of all that decides the pictures of an optimization but its number of steps."""
    weights = {name: value for name, value in asdict(options).items() if name != "steps"}
    facts = (_VERSION, weights, networks.vgg.sha256, networks.squeezenet.sha256)
    digest = hashlib.sha256(repr(facts).encode())
    for pixels in (content, style):
        digest.update(repr(pixels.shape).encode())
        digest.update(pixels.tobytes())
    return digest.hexdigest()
