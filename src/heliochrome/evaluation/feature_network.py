"""Networks whose features distances between sets of pictures are measured on."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from heliochrome.errors import DataError, ModelError, ModelNotFoundError, OptionError
from heliochrome.evaluation.inception import FID_CLASSES, NUM_FEATURES, InceptionV3
from heliochrome.model.backend_import import import_backend
from heliochrome.training.networks.perceptual import SqueezeNet

# Pictures reach every feature network with at most this short side, so that a distance does not
# depend on the resolution that the same photos happen to be stored at.
SHORT_SIDE = 256

INCEPTION_SIDE = 299

_SMALLEST = 16


class FeatureNetwork(nn.Module):
    """A frozen network that describes pictures by vectors.

    Attributes:
        label: what the network is, for the names of distances: "SqueezeNet", "Inception", ...
        num_features: length D of a description.
        sha256: hash of the weight file; empty when the weights did not come from one.

    """

    label: str
    num_features: int
    sha256: str = ""

    def describe(self, pictures: Tensor) -> tuple[Tensor, Tensor | None]:
        """Features (N, D) and class logits (N, K), None where the network has no classes.

        Args:
            pictures: (N, 3, H, W) float32 sRGB in 0..1.

        """
        raise NotImplementedError

    def forward(self, pictures: Tensor) -> Tensor:
        """Features (N, D) of `pictures`; see `describe`."""
        return self.describe(pictures)[0]

    @property
    def frechet_name(self) -> str:
        """Name of the Fréchet distance on these features: FID only on Inception."""
        return f"{'FID' if self._is_inception else 'FD'}-{self.label}"

    @property
    def kernel_name(self) -> str:
        """Name of the kernel distance on these features: KID only on Inception."""
        return f"{'KID' if self._is_inception else 'KD'}-{self.label}"

    @property
    def _is_inception(self) -> bool:
        return self.label.startswith("Inception")


class SqueezeNetFeatures(SqueezeNet, FeatureNetwork):
    """Average over the picture of the last fire module (fire9) of SqueezeNet 1.1."""

    label = "SqueezeNet"
    num_features = 512

    def describe(self, pictures: Tensor) -> tuple[Tensor, None]:
        """See `FeatureNetwork.describe`; sides of 16 pixels or more."""
        return self.features(pictures, ("fire9",))["fire9"].mean(dim=(2, 3)), None


class InceptionFeatures(FeatureNetwork):
    """Last pool of Inception v3: the network of FID and KID, or torchvision's weights of it.

    Pictures are squeezed to 299 x 299 with antialiasing, which Parmar et al. (2022) show to
    matter; figures therefore differ a little from tools that resize without.
    """

    num_features = NUM_FEATURES

    def __init__(self, classes: int = FID_CLASSES) -> None:
        super().__init__()
        self.label = "Inception" if classes == FID_CLASSES else "Inception-torchvision"
        self.network = InceptionV3(classes)

    def describe(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """See `FeatureNetwork.describe`."""
        x = _resized(pictures, (INCEPTION_SIDE, INCEPTION_SIDE))
        return self.network(2 * x - 1)


class OnnxFeatures(FeatureNetwork):
    """Any feature network in an ONNX file.

    The file's one input is RGB (N, 3, H, W): float32 in 0..1, or uint8 in 0..255; normalization
    is part of the graph. Where H and W are fixed, pictures are squeezed to them. An output named
    "logits" gives the classes; the first other output (or "logits" where it is the only one) the
    features, averaged over the picture where they are (N, D, h, w). A file whose name contains
    "inception" and that gives 2048 features is called Inception; all others by their file name.

    Raises:
        ModelNotFoundError: there is no such file.
        ModelError: the file cannot be loaded, or its input is another.
        BackendError: ONNX Runtime cannot be imported.

    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        onnxruntime = import_backend("onnxruntime")
        weights = _read_weights(path)
        try:
            self.session = onnxruntime.InferenceSession(weights, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's exceptions have no common type
            raise _not_loadable(path, str(error)) from error
        self.input = _sole_input(path, self.session)
        self.outputs = _feature_outputs([entry.name for entry in self.session.get_outputs()])
        self.num_features = self.describe(torch.zeros(1, 3, SHORT_SIDE, SHORT_SIDE))[0].shape[1]
        is_inception = "inception" in path.stem.lower() and self.num_features == NUM_FEATURES
        self.label = "Inception" if is_inception else path.stem

    def describe(self, pictures: Tensor) -> tuple[Tensor, Tensor | None]:
        """See `FeatureNetwork.describe`."""
        height, width = self.input.shape[2:]
        if isinstance(height, int) and isinstance(width, int):
            pictures = _resized(pictures, (height, width))
        if self.input.type == "tensor(uint8)":
            pictures = (pictures.clamp(0, 1) * 255).round().byte()
        # One at a time: many exported networks have a fixed batch of one.
        found = [self._run(picture.unsqueeze(0).numpy()) for picture in pictures]
        features = torch.cat([features for features, _ in found])
        logits = [logits for _, logits in found if logits is not None]
        return features, torch.cat(logits) if logits else None

    def _run(self, picture: NDArray[Any]) -> tuple[Tensor, Tensor | None]:
        outputs = self.session.run(self.outputs, {self.input.name: picture})
        features, *logits = (torch.from_numpy(np.asarray(output)) for output in outputs)
        if features.ndim == 4:
            features = features.mean(dim=(2, 3))
        return features.float(), logits[0].float() if logits else None


def load_feature_network(path: Path) -> FeatureNetwork:
    """Load the feature network of an ONNX or safetensors file.

    A safetensors file may hold SqueezeNet 1.1 (`conv1`, `fire2` to `fire9`) or Inception v3
    (the names of torchvision and of the FID ports; an auxiliary classifier is ignored).

    Raises:
        ModelNotFoundError: there is no such file.
        ModelError: the file is broken or holds neither network.
        OptionError: the file is of another kind.

    """
    if path.suffix == ".onnx":
        network: FeatureNetwork = OnnxFeatures(path)
    elif path.suffix == ".safetensors":
        network = _from_safetensors(path)
    else:
        raise OptionError(
            path, "is not a feature network", "give an .onnx or .safetensors file (never a pickle)"
        )
    network.sha256 = hashlib.sha256(_read_weights(path)).hexdigest()
    return network.eval().requires_grad_(False)


def picture_tensor(pixels: NDArray[np.uint8]) -> Tensor:
    """Give (H, W, 3) uint8 sRGB as (1, 3, h, w) in 0..1, reduced to a short side of 256.

    Smaller pictures stay as they are. Reduction is Pillow's antialiased bicubic.

    Raises:
        DataError: a side is shorter than 16 pixels.

    """
    height, width = pixels.shape[:2]
    if min(height, width) < _SMALLEST:
        raise DataError(
            "picture",
            f"is {width} x {height} pixels",
            f"features need {_SMALLEST} or more on each side",
        )
    scale = min(1.0, SHORT_SIDE / min(height, width))
    if scale < 1.0:
        size = (max(_SMALLEST, round(width * scale)), max(_SMALLEST, round(height * scale)))
        pixels = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))
    return torch.from_numpy(pixels.astype(np.float32) / 255).permute(2, 0, 1).unsqueeze(0)


def _resized(pictures: Tensor, size: tuple[int, int]) -> Tensor:
    if tuple(pictures.shape[-2:]) == size:
        return pictures
    return functional.interpolate(pictures, size, mode="bilinear", antialias=True)


def _from_safetensors(path: Path) -> FeatureNetwork:
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        weights = load(_read_weights(path))
    except SafetensorError as error:
        raise _not_loadable(path, str(error)) from error
    if "fire9.expand3x3.weight" in weights:
        return _filled(path, SqueezeNetFeatures(), weights)
    if "Mixed_7c.branch_pool.conv.weight" in weights and "fc.weight" in weights:
        kept = {
            f"network.{name}": value
            for name, value in weights.items()
            if not name.startswith("AuxLogits.")
        }
        return _filled(path, InceptionFeatures(weights["fc.weight"].shape[0]), kept)
    raise ModelError(
        path,
        "holds neither SqueezeNet 1.1 nor Inception v3",
        "export the network that you want to ONNX and give that",
    )


def _filled(path: Path, network: FeatureNetwork, weights: dict[str, Tensor]) -> FeatureNetwork:
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise _not_loadable(path, str(error)) from error
    return network


def _read_weights(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelNotFoundError(
            path, f"cannot be read ({error.strerror})", "check the path of the feature network"
        ) from error


def _sole_input(path: Path, session: Any) -> Any:
    entries = session.get_inputs()
    shape = entries[0].shape
    is_picture = len(entries) == 1 and len(shape) == 4 and (shape[1] == 3 or shape[1] is None)
    if not is_picture or entries[0].type not in ("tensor(float)", "tensor(uint8)"):
        raise ModelError(
            path,
            "does not take one RGB picture (N, 3, H, W) of float32 or uint8",
            "export it with that input",
        )
    return entries[0]


def _feature_outputs(names: list[str]) -> list[str]:
    """Names of the output with the features and, after it, of the one with the logits."""
    logits = [name for name in names if name == "logits"]
    features = [name for name in names if name != "logits"][:1] or logits
    return features + logits


def _not_loadable(path: Path, reason: str) -> ModelError:
    first_line = (reason.splitlines() or ["unknown reason"])[0]
    return ModelError(path, f"cannot be loaded ({first_line})", "check the file")
