"""Upscalers from elsewhere: what their card must say, found out by running them.

An ONNX file states names and shapes of its inputs and outputs. How much it enlarges, which sizes
and which range of values it takes and how far it sees is measured on small pictures.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from heliochrome.errors import CardError, ModelError
from heliochrome.model.backend_import import first_line, import_backend, raise_interrupt
from heliochrome.model.card import ModelCard, TensorFacts, TrainingFacts, UpscalerFacts

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_MULTIPLES = (1, 2, 4, 8, 16, 32, 64)
_LEAST_SIDE = 40  # px of the pictures that are tried: windows and strides of most fit in
_RANGES = ((0.0, 1.0), (0.0, 255.0))  # that are tried, the likelier first
# How far, as a share of full scale, the means over what a pixel became may be from the pixel; less
# than a network for other ranges makes of it.
_MOST_DEVIATION = 0.1
_BORDER = 8  # px that are not looked at: networks pad with zeros
_HALOS = (4, 8, 12, 16, 24, 32, 48)
_WIDEST_HALO = 64
_CORE = 16  # px a side of what is compared between wide and narrow surroundings
# Differences at tile borders that remain: half a level of 8 bits.
_SEAM = 1 / 512


@dataclass(frozen=True, slots=True)
class Origin:
    """What cannot be found out about a network.

    Attributes:
        name: of the network.
        mode: "faithful", or "crisp" where it may invent detail.
        architecture: what it is, in words.
        data: what it was trained on.
        license: of the weights.
        range: of its input's and output's values; None to find it out.

    """

    name: str
    mode: Literal["faithful", "crisp"] = "crisp"
    architecture: str = "not stated"
    data: str = "not stated"
    license: str = "not stated"
    range: tuple[float, float] | None = None


def derive_card(data: bytes, path: Path, origin: Origin) -> ModelCard:
    """Find out what an upscaler does, and put it on a card.

    Args:
        data: the ONNX file.
        path: of the file, for messages.
        origin: what else the card is to say.

    Raises:
        ModelError: the file is not a network that can be loaded.
        CardError: it is not one that enlarges RGB pictures of any size.

    """
    probe = _Probe(path, _open(data, path))
    multiple, scale = probe.measure_sizes()
    limits = probe.measure_range(multiple, scale, origin.range)
    halo = probe.measure_halo(multiple, scale, limits)
    picture = TensorFacts(
        name=probe.input, shape=(1, 3, "H", "W"), range=limits, meaning="RGB, probably sRGB"
    )
    enlarged = TensorFacts(
        name=probe.output, shape=(1, 3, f"{scale}H", f"{scale}W"), range=limits, meaning="as given"
    )
    return ModelCard(
        name=origin.name,
        version="not stated",
        task="upscale",
        architecture=origin.architecture,
        inputs=(picture,),
        outputs=(enlarged,),
        size_multiple=multiple,
        scale=scale,
        halo=halo,
        color_space="sRGB",
        working_size=-(-64 // multiple) * multiple,
        sha256=hashlib.sha256(data).hexdigest(),
        license=origin.license,
        training=TrainingFacts(
            data=origin.data,
            license_notes="made elsewhere",
            steps=0,
            images=0,
            hours=0,
            commit=None,
        ),
        metrics=None,
        upscaler=UpscalerFacts(mode=origin.mode, denoise=False),
    )


def _open(data: bytes, path: Path) -> InferenceSession:
    onnxruntime = import_backend("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # sizes that it does not take are tried on purpose
    try:
        session: InferenceSession = onnxruntime.InferenceSession(
            data, sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # it has its own untyped exceptions
        raise_interrupt(error)
        raise ModelError(
            path, f"cannot be loaded ({first_line(error)})", "give an ONNX file"
        ) from error
    return session


class _Probe:
    """Runs a network of unknown make on pictures that are made for it."""

    def __init__(self, path: Path, session: InferenceSession) -> None:
        """Check that there is one input and one output, of pictures."""
        self._path = path
        self._session = session
        inputs, outputs = session.get_inputs(), session.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1:
            raise self._fault(f"has {len(inputs)} inputs and {len(outputs)} outputs")
        if inputs[0].type != "tensor(float)" or outputs[0].type != "tensor(float)":
            raise self._fault(f"takes {inputs[0].type} and gives {outputs[0].type}")
        shape = inputs[0].shape
        if len(shape) != 4 or shape[1] not in (3, None):
            raise self._fault(f"takes an input of the shape {shape}")
        if isinstance(shape[2], int) or isinstance(shape[3], int):
            raise CardError(
                path,
                f"takes pictures of {shape[3]} x {shape[2]} pixels only",
                "export it with free height and width",
            )
        self.input: str = inputs[0].name
        self.output: str = outputs[0].name

    def measure_sizes(self) -> tuple[int, int]:
        """Give the least multiple that both sides must have, and the scale."""
        for multiple in _MULTIPLES:
            odd = -(-_LEAST_SIDE // multiple) | 1
            height, width = odd * multiple, (odd + 2) * multiple
            result = self._try(_test_picture(height, width))
            if result is None or result.ndim != 4 or result.shape[:2] != (1, 3):
                continue
            scale, rest = divmod(result.shape[2], height)
            if scale and not rest and result.shape[3] == width * scale:
                return multiple, scale
        raise self._fault("gives nothing that is its input enlarged a whole number of times")

    def measure_range(
        self, multiple: int, scale: int, stated: tuple[float, float] | None
    ) -> tuple[float, float]:
        """Give the first range in which what comes out looks like what went in."""
        side = -(-_LEAST_SIDE // multiple) * multiple
        picture = _test_picture(side, side)
        for limits in _RANGES if stated is None else (stated,):
            if self._deviation(picture, scale, limits) <= _MOST_DEVIATION:
                return limits
        raise self._fault("gives pictures that are not like their input")

    def _deviation(
        self, picture: NDArray[np.float32], scale: int, limits: tuple[float, float]
    ) -> float:
        low, high = limits
        result = self._try(picture * np.float32(high - low) + np.float32(low))
        if result is None or not np.isfinite(result).all():
            return float("inf")
        height, width = picture.shape[2:]
        means = result.reshape(3, height, scale, width, scale).mean((2, 4))
        difference = np.abs((means - low) / (high - low) - picture[0])
        return float(difference[:, _BORDER:-_BORDER, _BORDER:-_BORDER].mean())

    def measure_halo(self, multiple: int, scale: int, limits: tuple[float, float]) -> int:
        """Give how much of its surroundings a part needs, up to differences that do not show."""
        low, high = limits
        margin = -(-_WIDEST_HALO // multiple) * multiple
        core = -(-_CORE // multiple) * multiple
        picture = _test_picture(core + 2 * margin, core + 2 * margin)
        whole = self._core(picture * np.float32(high - low) + np.float32(low), margin, core, scale)
        for halo in (-(-halo // multiple) * multiple for halo in _HALOS):
            cut = slice(margin - halo, margin + core + halo)
            part = picture[:, :, cut, cut] * np.float32(high - low) + np.float32(low)
            difference = np.abs(self._core(part, halo, core, scale) - whole).max()
            if difference <= _SEAM * (high - low):
                return halo
        return margin

    def _core(
        self, picture: NDArray[np.float32], margin: int, core: int, scale: int
    ) -> NDArray[np.float32]:
        result = self._try(picture)
        if result is None:
            raise self._fault(f"fails on {picture.shape[3]} x {picture.shape[2]} pixels")
        inside = slice(margin * scale, (margin + core) * scale)
        return result[..., inside, inside]

    def _try(self, picture: NDArray[np.float32]) -> NDArray[np.float32] | None:
        try:
            outputs: list[Any] = self._session.run([self.output], {self.input: picture})
        except Exception:  # a size that it does not take, in whatever words
            return None
        result: NDArray[np.float32] = outputs[0]
        return result

    def _fault(self, problem: str) -> CardError:
        return CardError(
            self._path, problem, "give a network from one RGB picture to one, or write a card"
        )


def _test_picture(height: int, width: int) -> NDArray[np.float32]:
    """Make a picture (1, 3, H, W) in 0..1: soft shapes with edges, and a little noise."""
    y, x = np.mgrid[:height, :width] / 9.0
    soft = np.stack([np.sin(x + phase) * np.cos(y - phase) for phase in (0.0, 1.0, 2.0)])
    edges = np.where(np.sin(0.7 * x + 0.4 * y) > 0.3, 0.15, -0.15)
    noise = np.random.default_rng(0).normal(0, 0.02, soft.shape)
    return np.clip(0.5 + 0.25 * soft + edges + noise, 0, 1).astype(np.float32)[None]
