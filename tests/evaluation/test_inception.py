from __future__ import annotations

import torch

from heliochrome.evaluation.inception import FID_CLASSES, InceptionV3, _Block, _block_a


def test_parameter_count_is_that_of_torchvision() -> None:
    # torchvision documents 27,161,264 for inception_v3, of which its auxiliary classifier has
    # 3,326,696.
    with torch.device("meta"):
        network = InceptionV3(1000)
    assert sum(weight.numel() for weight in network.parameters()) == 27_161_264 - 3_326_696


def test_weights_have_the_names_that_ports_share() -> None:
    with torch.device("meta"):
        names = InceptionV3().state_dict().keys()
    expected = {
        "Conv2d_1a_3x3.conv.weight",
        "Conv2d_4a_3x3.bn.running_var",
        "Mixed_5b.branch5x5_2.conv.weight",
        "Mixed_6a.branch3x3.conv.weight",
        "Mixed_6e.branch7x7dbl_5.bn.bias",
        "Mixed_7a.branch7x7x3_4.conv.weight",
        "Mixed_7c.branch3x3dbl_3b.conv.weight",
        "Mixed_7c.branch_pool.conv.weight",
        "fc.bias",
    }
    assert expected <= names


def _record_shape(shapes: dict[str, tuple[int, ...]], name: str):
    def record(_module, _inputs, output) -> None:
        shapes[name] = tuple(output.shape[1:])

    return record


def test_shapes_at_every_stage() -> None:
    # Table 1 of Szegedy et al. 2016: 35 x 35 x 192 before the first block, then 35, 17 and 8.
    shapes: dict[str, tuple[int, ...]] = {}
    with torch.device("meta"):
        network = InceptionV3()
        for name in ("maxpool2", "Mixed_5d", "Mixed_6e", "Mixed_7c"):
            network.get_submodule(name).register_forward_hook(_record_shape(shapes, name))
        features, logits = network(torch.empty(2, 3, 299, 299))
    assert shapes == {
        "maxpool2": (192, 35, 35),
        "Mixed_5d": (288, 35, 35),
        "Mixed_6e": (768, 17, 17),
        "Mixed_7c": (2048, 8, 8),
    }
    assert features.shape == (2, 2048)
    assert logits.shape == (2, FID_CLASSES)


def test_the_two_kinds_of_weights_pool_differently() -> None:
    with torch.device("meta"):
        fid, torchvision = InceptionV3(FID_CLASSES), InceptionV3(1000)
    assert not fid.Mixed_5b.pool.count_include_pad
    assert torchvision.Mixed_5b.pool.count_include_pad
    assert isinstance(fid.Mixed_7c.pool, torch.nn.MaxPool2d)
    assert isinstance(torchvision.Mixed_7c.pool, torch.nn.AvgPool2d)


def test_a_block_concatenates_its_branches_in_order() -> None:
    block = _Block(4, _block_a(8), torch.nn.AvgPool2d(3, 1, 1)).eval()
    x = torch.rand(1, 4, 5, 5)
    with torch.no_grad():
        output = block(x)
        pooled = block.branch_pool(block.pool(x))
        first = block.branch1x1(x)
    assert block.outputs == output.shape[1] == 64 + 64 + 96 + 8
    torch.testing.assert_close(output[:, :64], first)
    torch.testing.assert_close(output[:, -8:], pooled)
