from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from heliochrome.errors import TrainingError
from heliochrome.training.initialize import BGR_MEAN, load_squeezenet, read_tensors
from heliochrome.training.networks.colorizer import Colorizer, Encoder, pool_hints
from heliochrome.training.networks.discriminator import MultiScaleDiscriminator, PatchDiscriminator

BINS = 20


@pytest.fixture
def network() -> Colorizer:
    torch.manual_seed(0)
    network = Colorizer(BINS, (32, 32, 32)).eval()
    torch.nn.init.normal_(network.film.weight, std=0.1)
    return network


def inputs(height: int, width: int) -> dict[str, torch.Tensor]:
    return {
        "lightness": torch.rand(1, 1, height, width) * 100,
        "hints": torch.zeros(1, 2, height, width),
        "mask": torch.zeros(1, 1, height, width),
        "palette": torch.zeros(1, BINS + 2),
    }


@pytest.mark.parametrize("size", [(16, 16), (48, 80), (128, 64)])
def test_logits_have_a_quarter_of_the_size(network: Colorizer, size: tuple[int, int]) -> None:
    assert network(**inputs(*size)).shape == (1, BINS, size[0] // 4, size[1] // 4)


@pytest.mark.parametrize("name", ["lightness", "palette"])
def test_every_input_matters(network: Colorizer, name: str) -> None:
    given = inputs(64, 64)
    before = network(**given)
    given[name] = given[name] + torch.rand_like(given[name])
    assert (network(**given) - before).abs().max() > 1e-4


def test_a_hint_matters_most_where_it_is(network: Colorizer) -> None:
    given = inputs(128, 128)
    before = network(**given)
    given["hints"][:, :, 8:12, 8:12] = 60
    given["mask"][:, :, 8:12, 8:12] = 1
    change = (network(**given) - before).abs().sum(1)[0]
    assert change[2, 2] > 3 * change[20:, 20:].mean()


def test_pooled_hints_average_hinted_pixels_only() -> None:
    hints, mask = torch.zeros(1, 2, 8, 8), torch.zeros(1, 1, 8, 8)
    hints[0, :, 0, 0] = torch.tensor([0.4, -0.6])
    hints[0, :, 0, 1] = torch.tensor([0.2, -0.2])
    mask[0, 0, 0, :2] = 1
    pooled = pool_hints(hints, mask, 4)
    assert torch.allclose(pooled[0, :, 0, 0], torch.tensor([0.3, -0.4, 1.0]))
    assert pooled[0, :, 1, 1].tolist() == [0, 0, 0]


def test_squeezenet_starts_the_encoder_as_if_it_saw_gray(squeezenet_file: Path) -> None:
    encoder = Encoder()
    load_squeezenet(encoder, squeezenet_file)
    tensors = read_tensors(squeezenet_file)
    lightness = torch.rand(1, 1, 17, 17) * 100
    gray = (2.55 * lightness).expand(1, 3, 17, 17) - torch.tensor(BGR_MEAN).view(1, 3, 1, 1)
    expected = F.conv2d(gray, tensors["conv1.weight"], tensors["conv1.bias"], stride=2)
    ours = encoder.conv1(torch.cat((lightness / 50 - 1, torch.zeros(1, 3, 17, 17)), 1))
    # The original has no padding: its first row is our second.
    assert torch.allclose(ours[:, :, 1:-1, 1:-1][:, :, :6, :6], _shifted(gray, tensors), atol=1e-2)
    assert expected.shape[1] == ours.shape[1]
    assert torch.equal(encoder.fire5.expand3x3.weight, tensors["fire5.expand3x3.weight"])


def _shifted(gray: torch.Tensor, tensors: dict[str, torch.Tensor]) -> torch.Tensor:
    # Our padded windows start at -1, 1, 3...: crop one pixel so that the unpadded ones do too.
    windows = F.conv2d(gray[:, :, 1:, 1:], tensors["conv1.weight"], tensors["conv1.bias"], stride=2)
    return windows[:, :, :6, :6]


def test_other_files_are_refused(tmp_path: Path, squeezenet_file: Path) -> None:
    with pytest.raises(TrainingError, match="cannot be read"):
        load_squeezenet(Encoder(), tmp_path / "nowhere.safetensors")
    (tmp_path / "junk.safetensors").write_bytes(b"junk")
    with pytest.raises(TrainingError, match="cannot be read"):
        load_squeezenet(Encoder(), tmp_path / "junk.safetensors")


def test_patch_scores_cover_the_picture() -> None:
    assert PatchDiscriminator(3, 16)(torch.rand(2, 3, 32, 32)).shape == (2, 1, 7, 7)


def test_spectral_norm_bounds_every_layer() -> None:
    torch.manual_seed(0)
    discriminator = PatchDiscriminator(3, 16)
    with torch.no_grad():
        for layer in discriminator.layers:
            layer.parametrizations.weight.original.mul_(50)
    for _ in range(30):
        discriminator(torch.rand(1, 3, 32, 32))
    discriminator.eval()
    for layer in discriminator.layers:
        largest = torch.linalg.matrix_norm(layer.weight.flatten(1), 2)
        assert largest.item() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("scales", [1, 2, 3])
def test_scales_halve(scales: int) -> None:
    maps = MultiScaleDiscriminator(3, scales, 8)(torch.rand(1, 3, 64, 64))
    assert [scores.shape[-1] for scores in maps] == [15, 7, 3][:scales]
