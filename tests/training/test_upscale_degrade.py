import numpy as np
import pytest
from PIL import Image

from heliochrome.training.upscale import degrade as module
from heliochrome.training.upscale.config import UpscaleDegradeConfig
from heliochrome.training.upscale.degrade import (
    STRONGEST_NOISE,
    Scan,
    add_grain,
    add_noise,
    add_screen,
    blur,
    blur_kernel,
    compress,
    convolve,
    degrade,
    resize,
    screen_thresholds,
)

NEVER = UpscaleDegradeConfig(clean=0, again=0, blur=0, noise=0, grain=0, jpeg=0, screen=0)


def picture(side: int = 96, seed: int = 0) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(30, 220, (7, 7, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC))


def scan(pixels: np.ndarray, pitch: float = 4.0) -> Scan:
    return Scan(pixels, np.zeros(pixels.shape[:2], np.float32), pitch)


def flat(level: int = 128, side: int = 96) -> np.ndarray:
    return np.full((side, side, 3), level, np.uint8)


@pytest.mark.parametrize("scale", [2, 4])
def test_clean_pictures_are_reduced_as_the_protocol_does(scale: int) -> None:
    config = UpscaleDegradeConfig(clean=1)
    small, noise = degrade(picture(), scale, config, np.random.default_rng(0))
    size = (96 // scale, 96 // scale)
    wanted = Image.fromarray(picture()).resize(size, Image.Resampling.BICUBIC)
    assert np.array_equal(small, np.asarray(wanted))
    assert noise == 0


def test_whatever_happens_the_picture_has_its_size_and_is_still_there() -> None:
    config = UpscaleDegradeConfig(clean=0, again=1, screen=0.3)
    wanted = np.asarray(Image.fromarray(picture()).reduce(24), float)
    for seed in range(40):
        small, noise = degrade(picture(), 4, config, np.random.default_rng(seed))
        assert small.shape == (24, 24, 3)
        assert small.dtype == np.uint8
        assert 0 <= noise <= 1
        coarse = np.asarray(Image.fromarray(small).reduce(6), float)
        assert np.corrcoef(coarse.ravel(), wanted.ravel())[0, 1] > 0.8


def test_it_hangs_on_the_generator_alone() -> None:
    config = UpscaleDegradeConfig(clean=0, again=1)
    one = degrade(picture(), 4, config, np.random.default_rng(5))
    two = degrade(picture(), 4, config, np.random.default_rng(5))
    assert np.array_equal(one[0], two[0])
    assert one[1] == two[1]
    assert not np.array_equal(one[0], degrade(picture(), 4, config, np.random.default_rng(6))[0])


def test_the_order_is_random(monkeypatch: pytest.MonkeyPatch) -> None:
    config = UpscaleDegradeConfig(clean=0, again=1, blur=1, noise=1, grain=1, jpeg=1, screen=1)
    orders = set()
    for seed in range(12):
        names: list[str] = []
        with monkeypatch.context() as patch:
            for name in ("blur", "add_noise", "add_grain", "compress", "add_screen", "resize"):
                original = getattr(module, name)

                def noted(*given, names=names, name=name, original=original):
                    names.append(name)
                    return original(*given)

                patch.setattr(module, name, noted)
            degrade(picture(), 4, config, np.random.default_rng(seed))
        assert sorted(names[:6]) == sorted(names[6:]) == sorted(set(names))
        orders.add(tuple(names))
    assert len(orders) > 8


@pytest.mark.parametrize("seed", range(6))
def test_blur_keeps_the_mean_and_takes_detail(seed: int) -> None:
    noisy = np.random.default_rng(1).integers(60, 200, (96, 96, 3), np.uint8)
    done = blur(scan(noisy), np.random.default_rng(seed))
    assert done.pixels.mean() == pytest.approx(noisy.mean(), abs=1.5)
    assert done.pixels.std() <= noisy.std() + 0.5


def test_convolution_by_hand() -> None:
    plane = np.zeros((8, 9, 1), np.float32)
    plane[3, 4] = 1
    plane[0, 0] = 1
    kernel = np.arange(9, dtype=np.float32).reshape(3, 3)
    found = convolve(plane, kernel)[..., 0]
    assert np.allclose(found[2:5, 3:6], kernel, atol=1e-5)
    # The corner is mirrored outward, the border pixel included: four pixels there are 1.
    assert found[0, 0] == pytest.approx(kernel[1:, 1:].sum(), abs=1e-5)


def test_kernels_have_sum_one_and_no_preferred_direction() -> None:
    rng = np.random.default_rng(0)
    kernels = [blur_kernel(9, rng, 3.0) for _ in range(300)]
    for kernel in kernels:
        assert kernel.sum() == pytest.approx(1, abs=1e-4)
        assert kernel.min() >= 0
    mean = np.mean(kernels, axis=0)
    assert np.allclose(mean, mean.T, atol=0.01)


@pytest.mark.parametrize("step", [add_noise, add_grain])
@pytest.mark.parametrize("seed", range(8))
def test_noise_that_is_told_is_the_noise_that_is_there(step, seed: int) -> None:
    """Through a blur and a reduction, on a flat picture, where all variation is noise."""
    rng = np.random.default_rng(seed)
    done = resize(blur(step(scan(flat()), rng), rng), 24, Image.Resampling.BICUBIC)
    there = done.pixels[..., 1].astype(float).std()
    told = done.noise.std()
    assert there == pytest.approx(told, rel=0.2, abs=0.4)


def test_the_level_is_a_share_of_the_strongest() -> None:
    config = UpscaleDegradeConfig(clean=0, again=0, blur=0, noise=1, grain=0, jpeg=0, screen=0)
    levels = [degrade(flat(), 2, config, np.random.default_rng(seed)) for seed in range(30)]
    for small, level in levels:
        assert small[..., 1].astype(float).std() == pytest.approx(
            STRONGEST_NOISE * level, rel=0.2, abs=0.5
        )
    assert max(level for _, level in levels) > 0.3


def test_grain_is_in_the_midtones() -> None:
    strengths = [
        add_grain(scan(flat(level)), np.random.default_rng(0)).noise.std() for level in (5, 128)
    ]
    assert strengths[1] > 2 * strengths[0]


def test_poisson_noise_grows_with_the_light() -> None:
    half = flat()
    half[:48], half[48:] = 20, 180
    ratios = []
    for seed in range(20):
        noise = add_noise(scan(half), np.random.default_rng(seed)).noise
        ratios.append(noise[48:].std() / noise[:48].std())
    # √(180 / 20) = 3 where it follows the light, else 1.
    assert all(abs(ratio - 3) < 0.4 or abs(ratio - 1) < 0.1 for ratio in ratios)
    assert {round(ratio) for ratio in ratios} == {1, 3}


@pytest.mark.parametrize("step", [add_noise, add_grain, compress, add_screen, blur])
def test_gray_stays_gray(step) -> None:
    gray = np.repeat(picture()[..., :1], 3, axis=2)
    for seed in range(6):
        pixels = step(scan(gray), np.random.default_rng(seed)).pixels.astype(int)
        assert np.ptp(pixels, axis=2).max() <= 1


def test_screens_keep_tones() -> None:
    for level in (40, 128, 220):
        done = add_screen(scan(flat(level, 192)), np.random.default_rng(3))
        assert done.pixels.mean() == pytest.approx(level, abs=12)
        assert done.pixels.std() > 40


@pytest.mark.parametrize("angle", [0.0, 0.4])
def test_screens_repeat_at_their_period(angle: float) -> None:
    thresholds = screen_thresholds(120, 10.0, angle, (0.0, 0.0))
    assert np.quantile(thresholds, [0.25, 0.5, 0.75]) == pytest.approx([0.25, 0.5, 0.75], abs=0.03)
    spectrum = np.abs(np.fft.rfft2(thresholds - thresholds.mean()))
    y, x = np.unravel_index(spectrum.argmax(), spectrum.shape)
    frequency = np.hypot(np.fft.fftfreq(120)[y], np.fft.rfftfreq(120)[x])
    assert frequency == pytest.approx(0.1, abs=0.01)


def test_jpeg_leaves_blocks() -> None:
    noisy = np.random.default_rng(1).integers(0, 256, (96, 96, 3), np.uint8)
    done = compress(scan(noisy), np.random.default_rng(0)).pixels
    assert not np.array_equal(done, noisy)


def test_without_chances_only_the_size_changes() -> None:
    small, noise = degrade(flat(90), 4, NEVER, np.random.default_rng(0))
    assert (small == 90).all()
    assert noise == 0
