from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from heliochrome.errors import ModelError, OptionError
from heliochrome.training.losses.content import normalized_content_loss
from heliochrome.training.losses.style import relative_gram_loss
from heliochrome.training.networks.perceptual import SqueezeNet, Vgg19
from heliochrome.training.style_distance import (
    CONTENT_LAYERS,
    STYLE_LAYERS,
    StyleNetworks,
    load_style_networks,
    measure_distances,
    style_distances,
    style_grams,
)


@pytest.fixture(scope="module")
def networks() -> StyleNetworks:
    torch.manual_seed(0)
    return StyleNetworks(
        Vgg19().eval().requires_grad_(False), SqueezeNet().eval().requires_grad_(False)
    )


def noise(seed: int, height: int = 32, width: int = 32) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def test_a_picture_is_not_distant_from_itself(networks: StyleNetworks) -> None:
    picture = noise(0)
    found = measure_distances(picture, picture, picture, networks)
    assert (found.style_mean, found.content_mean) == (0, 0)


def test_every_layer_is_the_loss_of_that_layer(networks: StyleNetworks) -> None:
    output, content, style = noise(0), noise(1), noise(2, 48, 32)
    found = measure_distances(output, content, style, networks)
    assert tuple(found.style) == STYLE_LAYERS == (
        "relu1_1", "relu2_1", "relu3_1", "fire3", "fire5", "fire9",
    )  # fmt: skip
    assert tuple(found.content) == CONTENT_LAYERS == ("relu3_1", "fire5")
    for network, layer in ((networks.vgg, "relu3_1"), (networks.squeezenet, "fire5")):
        own, photo, wanted = (
            network.features(picture, [layer])[layer] for picture in (output, content, style)
        )
        gram = relative_gram_loss(own, wanted).item()
        assert found.style[layer] == pytest.approx(gram, rel=1e-4)
        normalized = normalized_content_loss(own, photo).item()
        assert found.content[layer] == pytest.approx(normalized, rel=1e-4)
    assert found.style_mean == pytest.approx(sum(found.style.values()) / 6)
    assert found.content_mean == pytest.approx(sum(found.content.values()) / 2)


def test_grams_of_several_styles_are_their_weighted_mean(networks: StyleNetworks) -> None:
    first, second = noise(1), noise(2, 32, 48)
    alone = [style_grams([style], networks) for style in (first, second)]
    both = style_grams([first, second], networks, [3, 1])
    for name in STYLE_LAYERS:
        expected = 0.75 * alone[0][name] + 0.25 * alone[1][name]
        torch.testing.assert_close(both[name], expected)
    distances = style_distances(networks.features(first), alone[0])
    assert max(value.item() for value in distances.values()) < 1e-10


@pytest.mark.parametrize("weights", [[1.0], [1.0, 0.0], [1.0, float("nan")], [1.0, -1.0]])
def test_impossible_weights_are_refused(networks: StyleNetworks, weights: list[float]) -> None:
    with pytest.raises(OptionError, match="weights"):
        style_grams([noise(0), noise(1)], networks, weights)


def test_what_cannot_be_compared_is_refused(networks: StyleNetworks) -> None:
    with pytest.raises(OptionError, match="one style picture or more"):
        style_grams([], networks)
    with pytest.raises(OptionError, match="one size"):
        measure_distances(noise(0), noise(0, 32, 40), noise(1), networks)
    with pytest.raises(OptionError, match="40 x 15 pixels"):
        networks.features(noise(0, 15, 40))


def test_networks_are_loaded_each_from_its_own_file(
    networks: StyleNetworks, tmp_path: Path
) -> None:
    vgg, squeezenet = tmp_path / "vgg.safetensors", tmp_path / "squeezenet.safetensors"
    save_file(networks.vgg.state_dict(), vgg)
    save_file(networks.squeezenet.state_dict(), squeezenet)
    loaded = load_style_networks(vgg, squeezenet)
    found = measure_distances(noise(0), noise(1), noise(2), loaded)
    assert found == measure_distances(noise(0), noise(1), noise(2), networks)
    with pytest.raises(ModelError, match=r"squeezenet.*is SqueezeNet, not VGG-19"):
        load_style_networks(squeezenet, vgg)
