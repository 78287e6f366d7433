"""The protocol heliochrome-style-1: restyle every photo of a folder after every style picture.

Photos and styles have a short side of 256 pixels. At the scale s a system is given the photo
reduced s times, and its result is compared with the photo as it was, and with the style, on the
features of VGG-19 and SqueezeNet 1.1 (see `heliochrome.training.style_distance`). Direct
optimization of the same distances says how far down they go, color matching and the photo itself
what is cheap.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from heliochrome import __version__
from heliochrome.errors import MissingExtraError, OptionError
from heliochrome.evaluation.contact_sheet import SheetRow, spread_evenly
from heliochrome.evaluation.style_pictures import (
    NamedPicture,
    Trial,
    color_trial,
    gray_trial,
    read_contents,
    read_styles,
)
from heliochrome.evaluation.style_report import (
    ONE_PASS,
    PHOTO,
    SIZE,
    FeatureFacts,
    FolderFacts,
    NetworkFacts,
    StyleReport,
    corrected_name,
    protocol_name,
)
from heliochrome.evaluation.style_table import system_label
from heliochrome.evaluation.truth import hash_of_files, list_photos
from heliochrome.model.session import Network, open_network
from heliochrome.model.store import find_model
from heliochrome.tasks.colorize import colorizer_facts
from heliochrome.tasks.options import (
    MAX_CORRECTIONS,
    SCALES,
    RestyleOptions,
    UpscaleOptions,
    check_range,
)
from heliochrome.tasks.restyle import check_options
from heliochrome.tasks.upscaler_network import check_upscaler

if TYPE_CHECKING:
    from heliochrome.evaluation.style_systems import System
    from heliochrome.training.style_distance import StyleNetworks

CHAIN_SCALE = 4

# The smallest content: a quarter of it must still have features.
_SMALLEST = 64

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Questions:
    """What to measure beside the network, the photo as it is and color matching.

    Attributes:
        scales: enlargements, of 1, 2 and 4.
        optimize_steps: numbers of steps of direct optimization, which takes minutes for a pair.
        optimize_scales: those of `scales` to optimize at.
        corrections: numbers of corrections, 0 to 16, to measure the network under as well, beside
            its card's.
        sheet_rows: how many pairs to keep for the contact sheet, evenly spread over all.

    Raises:
        OptionError: a scale, a number of steps or of corrections is impossible.

    """

    scales: tuple[int, ...] = SCALES
    optimize_steps: tuple[int, ...] = ()
    optimize_scales: tuple[int, ...] = (1,)
    corrections: tuple[int, ...] = ()
    sheet_rows: int = 0

    def __post_init__(self) -> None:
        if not self.scales or not set(self.scales) <= set(SCALES):
            raise OptionError("scales", f"are {self.scales}", "give some of 1, 2 and 4")
        if self.optimize_steps and not set(self.optimize_scales) <= set(self.scales):
            raise OptionError(
                "scales to optimize at",
                f"are {self.optimize_scales}",
                f"give some of {self.scales}",
            )
        if self.optimize_steps and min(self.optimize_steps) < 1:
            raise OptionError("steps", f"are {self.optimize_steps}", "give 1 or more")
        for count in self.corrections:
            check_range("corrections", count, 0, MAX_CORRECTIONS)


Named = TypeVar("Named")


@dataclass(frozen=True, slots=True)
class Chain(Generic[Named]):
    """What goes before and after a restyler in the chain that its one pass is compared with."""

    colorizer: Named
    upscaler: Named


@dataclass(frozen=True, slots=True)
class Models:
    """Names or paths of networks.

    Attributes:
        restyler: None measures the baselines alone.
        chain: the networks before and after it in the chain; None leaves out the chain and the one
            pass beside it.

    """

    restyler: str | Path | None
    chain: Chain[str | Path] | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A report, and the pairs kept for the contact sheet under its headings."""

    report: StyleReport
    sheet: tuple[SheetRow, ...]
    headings: tuple[str, ...]


def run(
    contents: Path,
    styles: Path,
    models: Models,
    *,
    vgg: Path,
    squeezenet: Path,
    size: int = SIZE,
    questions: Questions = Questions(),
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate a stored restyler.

    Args:
        contents: folder of photos.
        styles: folder of style pictures.
        models: what to evaluate.
        vgg: safetensors file of VGG-19.
        squeezenet: safetensors file of SqueezeNet 1.1.
        size: short side to which larger pictures are reduced; figures of the protocol are at 256.
        questions: what else to measure.
        cache: folder for results of optimization; None keeps none.
        progress: called with (trials done, trials in all) after each.

    Raises:
        MissingExtraError: torch is not installed.
        OptionError: the size is too small, or a network has not a scale.
        HeliochromeError: a folder, a picture or a network cannot be read, or a network failed.

    """
    if size < _SMALLEST:
        raise OptionError("size", f"is {size}", f"give {_SMALLEST} or more")
    networks = _load_features(vgg, squeezenet)
    paths = list_photos(contents), list_photos(styles)
    restyler, chain = _open_all(models)
    _check(restyler, chain, questions)
    session = _Session(networks, _courses(restyler, chain, networks, questions, cache))
    pictures = read_contents(paths[0], size), read_styles(paths[1], size)
    session.compare(*pictures, questions.sheet_rows, progress)
    report = StyleReport(
        protocol=protocol_name(size),
        heliochrome_version=__version__,
        size=size,
        data_sha256=hash_of_files([*paths[0], *paths[1]]),
        contents=_folder_facts(paths[0]),
        styles=_folder_facts(paths[1]),
        model=_network_facts(restyler),
        colorizer=_network_facts(None if chain is None else chain.colorizer),
        upscaler=_network_facts(None if chain is None else chain.upscaler),
        features=_feature_facts(networks),
        systems=session.tally.scores(),
        trials=tuple(session.tally.trials),
    )
    return Evaluation(report, tuple(session.sheet), session.headings)


@dataclass(frozen=True, slots=True)
class _Course:
    """How trials of one kind are made of a photo and a style, and the systems that try them."""

    trial: Callable[[NamedPicture, NamedPicture], Trial]
    systems: tuple[System, ...]


class _Session:
    """One run over all pairs."""

    def __init__(self, networks: StyleNetworks, courses: Sequence[_Course]) -> None:
        from heliochrome.evaluation.style_tally import Judge, Tally

        self.courses = courses
        self.judge, self.tally = Judge(networks), Tally()
        self.sheet: list[SheetRow] = []
        self.headings: tuple[str, ...] = ()

    def compare(
        self,
        contents: Sequence[NamedPicture],
        styles: Sequence[NamedPicture],
        sheet_rows: int,
        progress: Progress | None,
    ) -> None:
        pairs = list(itertools.product(contents, styles))
        shown = spread_evenly(sheet_rows, len(pairs))
        for index, (content, style) in enumerate(pairs):
            results = self._take(content, style)
            if index in shown:
                self._show(content, style, results)
            if progress is not None:
                progress(index + 1, len(pairs))

    def _take(
        self, content: NamedPicture, style: NamedPicture
    ) -> dict[tuple[str, int], NDArray[np.uint8]]:
        """Try everything on one pair; results by system and scale."""
        results = {}
        for course in self.courses:
            trial = course.trial(content, style)
            for system in course.systems:
                for name, result in system(trial).items():
                    self.tally.add(trial, name, result, self.judge.measure(trial, result))
                    results[name, trial.scale] = result.pixels
        return results

    def _show(
        self,
        content: NamedPicture,
        style: NamedPicture,
        results: Mapping[tuple[str, int], NDArray[np.uint8]],
    ) -> None:
        chosen = [key for key in results if key[0] != PHOTO]
        self.headings = (
            "photo",
            "style",
            *(f"{system_label(name)}, x{scale}" for name, scale in chosen),
        )
        pictures = (content.pixels, style.pixels, *(results[key] for key in chosen))
        self.sheet.append(SheetRow(f"{content.name} after {style.name}", pictures))


def _courses(
    restyler: Network | None,
    chain: Chain[Network] | None,
    networks: StyleNetworks,
    questions: Questions,
    cache: Path | None,
) -> list[_Course]:
    from heliochrome.evaluation import style_systems
    from heliochrome.evaluation.optimization_cache import OptimizationCache

    optimizer = style_systems.optimizing(
        networks,
        questions.optimize_steps,
        questions.optimize_scales,
        None if cache is None else OptimizationCache(cache),
    )
    systems: tuple[System, ...] = (style_systems.leave, style_systems.match, optimizer)
    if restyler is not None:
        systems += (style_systems.restyling(restyler),)
        systems += tuple(
            style_systems.restyling(restyler, corrected_name(count), count)
            for count in questions.corrections
        )
    courses = [_Course(partial(color_trial, scale=scale), systems) for scale in questions.scales]
    if restyler is not None and chain is not None:
        gray_systems = (
            style_systems.leave,
            style_systems.restyling(restyler, ONE_PASS),
            style_systems.chaining(chain.colorizer, restyler, chain.upscaler),
        )
        courses.append(_Course(partial(gray_trial, scale=CHAIN_SCALE), gray_systems))
    return courses


def _check(restyler: Network | None, chain: Chain[Network] | None, questions: Questions) -> None:
    """Refuse before the work what would fail in it."""
    if chain is not None:
        colorizer_facts(chain.colorizer.card)
        check_upscaler(chain.upscaler.card, UpscaleOptions(scale=CHAIN_SCALE))
    if restyler is not None:
        for scale in (*questions.scales, *(() if chain is None else (CHAIN_SCALE,))):
            for count in (None, *questions.corrections):
                check_options(restyler.card, RestyleOptions(scale=scale, corrections=count))


def _open_all(models: Models) -> tuple[Network | None, Chain[Network] | None]:
    restyler = None if models.restyler is None else _open(models.restyler)
    if models.chain is None:
        return restyler, None
    return restyler, Chain(_open(models.chain.colorizer), _open(models.chain.upscaler))


def _open(model: str | Path) -> Network:
    return open_network(find_model(model))


def _load_features(vgg: Path, squeezenet: Path) -> StyleNetworks:
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("distance on features", "train") from error
    from heliochrome.training.style_distance import load_style_networks

    return load_style_networks(vgg, squeezenet)


def _folder_facts(paths: Sequence[Path]) -> FolderFacts:
    return FolderFacts(paths[0].parent.name, len(paths), hash_of_files(paths))


def _network_facts(network: Network | None) -> NetworkFacts | None:
    if network is None:
        return None
    return NetworkFacts(network.card.name, network.card.version, network.card.sha256)


def _feature_facts(networks: StyleNetworks) -> tuple[FeatureFacts, FeatureFacts]:
    vgg, squeezenet = networks.vgg, networks.squeezenet
    return FeatureFacts(vgg.label, vgg.sha256), FeatureFacts(squeezenet.label, squeezenet.sha256)
