import numpy as np
import torch
from skimage import color

from heliochrome.training.colorspace import lab_to_srgb, srgb_to_lab


def planes(seed: int) -> torch.Tensor:
    return torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(seed))


def test_lab_agrees_with_scikit_image() -> None:
    rgb = planes(0)
    expected = color.rgb2lab(rgb.permute(0, 2, 3, 1).double().numpy())
    # scikit-image rounds the D65 white point to five digits.
    np.testing.assert_allclose(srgb_to_lab(rgb).permute(0, 2, 3, 1), expected, atol=0.02)


def test_round_trip() -> None:
    rgb = planes(1)
    assert torch.allclose(lab_to_srgb(srgb_to_lab(rgb)), rgb, atol=2e-4)


def test_gray_has_no_chroma() -> None:
    gray = torch.linspace(0, 1, 64).view(1, 1, 8, 8).expand(1, 3, 8, 8)
    assert srgb_to_lab(gray)[:, 1:].abs().max() < 1e-3


def test_gradients_are_finite_at_black_white_and_out_of_gamut() -> None:
    lab = torch.tensor([[0.0, 0, 0], [100, 0, 0], [50, 120, -120], [1, 0, 0]])
    lab = lab.T.reshape(1, 3, 2, 2).clone().requires_grad_()
    lab_to_srgb(lab).sum().backward()
    assert lab.grad is not None
    assert torch.isfinite(lab.grad).all()
