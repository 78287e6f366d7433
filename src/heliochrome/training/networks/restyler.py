"""The restyler: a photo and the statistics of a style picture in, the restyled photo out.

An encoder gives features at strides 2, 4, 8 and 16. The photo's are brought to the means and
deviations of the style picture's at every level (AdaIN; Huang and Belongie 2017), then decoded:
residual blocks at stride 8, fed from 16, skip connections at 4 and 2, and one PixelShuffle tail for
each scale (Shi et al. 2016). A code, the means and deviations of all levels, also modulates the
decoder through FiLM (Perez et al. 2018). Means and deviations of single channels do not tell how
channels go together, which is what a Gram matrix holds; those of their sums do. Probes are such
sums, learned ones, whose statistics end the code.

Noise is an input too. Where the photo is flat, a network that only convolves has nothing but the
grid of its own cells to make texture of, and draws it (Ulyanov et al. 2017 and Karras et al. 2019
give theirs noise).

The network has no norm of its own. The only statistics of its input that it uses are the code of
the photo, which is an input: a large photo can be taken in tiles under the statistics of the whole.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from heliochrome.training.box import box_kernel
from heliochrome.training.moments import code_of, feature_moments
from heliochrome.training.networks.corrector import Corrector, weighted_grams
from heliochrome.training.networks.squeezenet import SqueezeEncoder

SIZE_MULTIPLE = 16
SCALES = (1, 2, 4)
STRIDES = (2, 4, 8, 16)
LEVELS = (64, 128, 256, 512)
"""Channels of the encoder's features at `STRIDES`."""
PROBES = (64, 96, 128, 128)
"""Sums of the encoder's channels at `STRIDES` of which the code also has the statistics."""
CODE = sum(LEVELS) + sum(PROBES)
FACTORS = 384
"""Directions in which the codes of style pictures differ that modulations are told."""
TAIL_BLOCKS = 2
"""Residual blocks of the tails that enlarge."""
NOISE = 4
"""Planes of standard normal noise, of the photo's size."""
RISEN = 32
"""Channels of the ×4 tail at the photo's size."""
FINISHED = {2: 24, 4: 16}
"""Channels of what tails that enlarge are finished by, by the scale."""
CORRECTIONS = (3, 1, 0)
"""Corrections of a draft at `SCALES`."""
# Beginnings of the names of what starts from a network of ImageNet, and learns slowly.
PRETRAINED = ("encoder.", "corrector.critic.")
# Beginnings of the names of what is neither pretrained nor at an end.
HIDDEN = (
    *("deepest.", "deep.", "blocks.", "middle.", "middle_block.", "fine."),
    *("modulation.", "tail_modulation."),
    *(f"tails.{scale}.blocks." for scale in SCALES),
)


Features = tuple[Tensor, Tensor, Tensor, Tensor]


class StyleEncoder(SqueezeEncoder):
    """SqueezeNet 1.1, padded, on L*, a*, b* and a mask."""

    def __init__(self) -> None:
        super().__init__(4)


def normalize_picture(picture: Tensor) -> Tensor:
    """Bring L* (0..100), a*, b* and the mask (N, 4, H, W) to about [-1, 1]."""
    return torch.cat((picture[:, :1] / 50 - 1, picture[:, 1:3] / 50, picture[:, 3:]), 1)


def weighted_moments(features: Tensor, weight: Tensor, stride: int) -> Tensor:
    """Means of x and x² (N, 2, C) of features (N, C, H / stride, W / stride).

    `weight` (N, 1, H, W) says how much every pixel counts.
    """
    share = F.avg_pool2d(weight, stride)
    share = share / share.sum((2, 3), keepdim=True).clamp_min(1e-12)
    return torch.stack(((features * share).sum((2, 3)), (features.square() * share).sum((2, 3))), 1)


def features_code(features: tuple[Tensor, ...]) -> Tensor:
    """Code (N, 2, C) of the encoder's features, all positions counting alike."""
    return code_of(torch.cat([feature_moments(level.float()) for level in features], 2))


def adapt(features: Tensor, content: Tensor, style: Tensor) -> Tensor:
    """AdaIN: bring features (N, C, h, w) of code `content` to the code `style` (N, 2, C)."""
    gain = style[:, 1] / content[:, 1]
    shift = style[:, 0] - gain * content[:, 0]
    return features * gain[:, :, None, None] + shift[:, :, None, None]


class Whitening(nn.Module):
    """Brings codes to `FACTORS` numbers of mean 0 and like sizes; fixed, not learned.

    All of a code's numbers are positive, some vary a thousand times as much as others, and most of
    them together. A layer fed with them as they are loses nearly all of its units within the first
    steps: whatever shifts all of its weights alike moves every input of its ReLUs the same way.
    """

    # Added to a number's deviation, and to a factor's variance: what hardly varies is not to be
    # made large.
    _LEAST_DEVIATION = 0.02
    _LEAST_VARIANCE = 0.1
    # Codes unlike all those measured are to stay in the range that modulations know.
    _LIMIT = 5.0

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("center", torch.zeros(2 * CODE))
        self.register_buffer("factors", torch.randn(2 * CODE, FACTORS) * (2 * CODE) ** -0.5)

    @torch.no_grad()
    def measure(self, codes: Tensor) -> None:
        """Take the principal components of codes (M, 2, CODE) of many style pictures."""
        flat = codes.flatten(1)
        center, deviation = flat.mean(0), flat.std(0) + self._LEAST_DEVIATION
        _, sizes, directions = torch.linalg.svd((flat - center) / deviation, full_matrices=False)
        count = min(FACTORS, len(sizes))
        gains = (sizes[:count].square() / len(flat) + self._LEAST_VARIANCE).rsqrt()
        factors = torch.zeros(2 * CODE, FACTORS)
        factors[:, :count] = (directions[:count] / deviation).mT * gains
        self.get_buffer("center").copy_(center)
        self.get_buffer("factors").copy_(factors)

    def forward(self, code: Tensor) -> Tensor:
        """Map codes (N, 2, CODE) to (N, FACTORS)."""
        factors = (code.flatten(1) - self.get_buffer("center")) @ self.get_buffer("factors")
        return self._LIMIT * torch.tanh(factors / self._LIMIT)


class Modulation(nn.Module):
    """From a style's and a photo's factors to scales and shifts of convolutions' outputs.

    The photo's tell what AdaIN leaves as it was: of two photos under the same statistics, the
    busier one needs less to look like the style.
    """

    def __init__(self, widths: tuple[int, ...], hidden: int = 512) -> None:
        super().__init__()
        self.widths = widths
        self.enters = nn.Linear(2 * FACTORS, hidden)
        self.hidden = nn.Linear(hidden, hidden)
        self.film = nn.Linear(hidden, 2 * sum(widths))
        nn.init.normal_(self.film.weight, std=0.01)
        nn.init.zeros_(self.film.bias)

    def forward(self, style: Tensor, content: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Give for each width (scale - 1, shift), each (N, width, 1, 1), of 2 x (N, FACTORS)."""
        x = F.silu(self.enters(torch.cat((style, content), 1)))
        x = x + F.silu(self.hidden(x))
        film = self.film(x)[:, :, None, None]
        parts = film.split([width for width in self.widths for _ in (0, 1)], 1)
        return list(zip(parts[::2], parts[1::2], strict=True))


def _probe(channels: int, probes: int) -> nn.Conv2d:
    """Make sums of channels, at first random ones of about a channel's variance."""
    probe = nn.Conv2d(channels, probes, 1, bias=False)
    nn.init.normal_(probe.weight, std=channels**-0.5)
    return probe


def _noise_conv(inputs: int, outputs: int, kernel: int = 1) -> nn.Conv2d:
    """Make a convolution that brings noise in; at first it brings none."""
    conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
    nn.init.zeros_(conv.weight)
    return conv


def _noise_at(noise: Tensor, stride: int) -> Tensor:
    """Give noise (N, NOISE, H, W) at a stride (N, NOISE, H / stride, W / stride), as strong."""
    return F.avg_pool2d(noise, stride) * stride


def _modulated(x: Tensor, film: tuple[Tensor, Tensor]) -> Tensor:
    return F.relu(x * (1 + film[0]) + film[1])


class ResidualBlock(nn.Module):
    """x + conv(relu(film(conv(x)))), without norm (Lim et al. 2017, EDSR)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        with torch.no_grad():
            self.conv2.weight.mul_(0.2)

    def forward(self, x: Tensor, film: tuple[Tensor, Tensor]) -> Tensor:
        """Map (N, width, H, W) to the same shape."""
        return x + self.conv2(_modulated(self.conv1(x), film))


def _shuffle_conv(inputs: int, outputs: int, factor: int) -> nn.Conv2d:
    """Make a convolution before PixelShuffle whose `factor`² phases start alike.

    Aitken et al. 2017 (ICNR): different random phases would show as a checkerboard.
    """
    conv = nn.Conv2d(inputs, outputs * factor**2, 3, padding=1)
    with torch.no_grad():
        conv.weight.copy_(conv.weight[:outputs].repeat_interleave(factor**2, 0))
        assert conv.bias is not None
        conv.bias.zero_()
    return conv


class Smooth(nn.Module):
    """The fixed low-pass filter after a PixelShuffle by 2 or 4.

    A style loss rewards texture, and the cheapest texture is a pattern of the shuffle's phases. The
    filter is a box as wide as the shuffle's factor, by a box of 2 that centers it (Sugawara et al.
    2018): whatever repeats with the period of the phases is 0 after it, whatever is learned.
    """

    def __init__(self, channels: int, factor: int) -> None:
        super().__init__()
        kernel = box_kernel(factor).expand(channels, 1, -1, -1)
        self.register_buffer("kernel", kernel.contiguous(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, channels, H, W) to the same shape."""
        kernel = self.get_buffer("kernel").to(x.dtype)
        return F.conv2d(x, kernel, padding=kernel.shape[-1] // 2, groups=x.shape[1])


class Finish(nn.Module):
    """Detail drawn at half the result's size, to be added to a tail's picture.

    Without it, every cell of 4x4 pixels of an enlarged picture is a sum of few patterns, the same
    everywhere, and the only fine texture that those make is a weave.
    """

    def __init__(self, inputs: int, width: int, noise: int) -> None:
        super().__init__()
        self.rises = _shuffle_conv(inputs, width, 2)
        self.smooth_rise = Smooth(width, 2)
        self.noise = _noise_conv(noise, width, 3)
        self.leaves = _shuffle_conv(width, 3, 2)
        nn.init.zeros_(self.leaves.weight)
        self.smooth = Smooth(3, 2)

    def forward(self, x: Tensor, noise: Tensor, film: tuple[Tensor, Tensor]) -> Tensor:
        """Map (N, inputs, h, w) to (N, 3, 4 * h, 4 * w); noise is (N, planes, 2 * h, 2 * w)."""
        x = self.smooth_rise(F.pixel_shuffle(self.rises(x), 2)) + self.noise(noise)
        return self.smooth(F.pixel_shuffle(self.leaves(_modulated(x, film)), 2))


class Tail(nn.Module):
    """From the decoder's features at stride 2 to a picture at `scale` times the photo's size."""

    def __init__(self, width: int, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.enters = nn.Conv2d(width, width, 3, padding=1)
        self.noise = _noise_conv(4 * NOISE, width)
        count = 0 if scale == 1 else TAIL_BLOCKS
        self.blocks = nn.ModuleList(ResidualBlock(width) for _ in range(count))
        self.widths = (width,) * (1 + count) + ((RISEN,) if scale == 4 else ())
        self.rises = _shuffle_conv(width, RISEN, 2) if scale == 4 else None
        self.smooth_rise = Smooth(RISEN, 2)
        self.fine_noise = _noise_conv(NOISE, RISEN, 3) if scale == 4 else None
        self.factor = 2 if scale == 1 else 4
        last = RISEN if scale == 4 else width
        self.leaves = _shuffle_conv(last, 3, self.factor)
        self.smooth = Smooth(3, self.factor)
        self.finish: Finish | None = None
        if scale != 1:
            # Noise comes at the photo's size, which is half of the result's at ×2.
            self.finish = Finish(last, FINISHED[scale], NOISE * 4 // scale**2)
            self.widths = (*self.widths, FINISHED[scale])

    def forward(self, x: Tensor, noise: Tensor, films: list[tuple[Tensor, Tensor]]) -> Tensor:
        """Map (N, width, H / 2, W / 2) to sRGB in 0..1 (N, 3, scale * H, scale * W).

        `noise` is (N, NOISE, H, W), `films` are for `widths` channels each.
        """
        x = _modulated(self.enters(x) + self.noise(F.pixel_unshuffle(noise, 2)), films[0])
        for block, film in zip(self.blocks, films[1:], strict=False):
            x = block(x, film)
        if self.rises is not None and self.fine_noise is not None:
            x = self.smooth_rise(F.pixel_shuffle(self.rises(x), 2))
            x = _modulated(x + self.fine_noise(noise), films[-2])
        picture = self.smooth(F.pixel_shuffle(self.leaves(x), self.factor))
        if self.finish is not None:
            fine = F.pixel_shuffle(noise, self.scale // 2)
            picture = picture + self.finish(x, fine, films[-1])
        # Steep enough that a gradient from black to white needs no extreme activations.
        return torch.sigmoid(2 * picture)


def _mirrored(_: nn.Module, inputs: tuple[Tensor]) -> Tensor:
    """Surround a convolution's input (N, C, H, W) with 1 mirrored pixel."""
    (x,) = inputs
    # Nothing can be mirrored where there is one row or column: it is repeated.
    mode = "reflect" if min(x.shape[2:]) > 1 else "replicate"
    return F.pad(x, (1, 1, 1, 1), mode=mode)


class Restyler(nn.Module):
    """Encoder, AdaIN at four levels, modulated decoder, three tails on one trunk."""

    def __init__(self, widths: tuple[int, int, int] = (192, 96, 64), blocks: int = 4) -> None:
        """Take the decoder's `widths` at strides 8, 4 and 2, and its residual `blocks`."""
        super().__init__()
        deep, middle, fine = widths
        self.encoder = StyleEncoder()
        self.probes = nn.ModuleList(_probe(*sizes) for sizes in zip(LEVELS, PROBES, strict=True))
        self.whitening = Whitening()
        self.modulation = Modulation((deep, *(deep,) * blocks, middle, middle, fine))
        self.deepest = nn.Conv2d(LEVELS[3], deep, 3, padding=1)
        self.deep = nn.Conv2d(LEVELS[2], deep, 3, padding=1)
        self.blocks = nn.ModuleList(ResidualBlock(deep) for _ in range(blocks))
        self.middle = nn.Conv2d(deep + LEVELS[1], middle, 3, padding=1)
        self.middle_block = ResidualBlock(middle)
        self.fine = nn.Conv2d(middle + LEVELS[0], fine, 3, padding=1)
        # Into the deepest, the middle and the finest level of the decoder.
        self.noise = nn.ModuleList(
            (_noise_conv(NOISE, deep), _noise_conv(NOISE, middle), _noise_conv(4 * NOISE, fine))
        )
        tails = {str(scale): Tail(fine, scale) for scale in SCALES}
        self.tail_modulation = nn.ModuleDict(
            {name: Modulation(tail.widths, 128) for name, tail in tails.items()}
        )
        self.tails = nn.ModuleDict(tails)
        self.corrector = Corrector(max(CORRECTIONS))

    def mirror_borders(self) -> None:
        """Pad features with their mirror image, as in training, where zeros would tell the border.

        Told where it is, the network learns to draw a band along it that serves the statistics of
        the whole: 24 px, 30 levels darker, in restyler 0.6.0. In use, what is drawn there is cut
        off. The critic goes on as it is: drafts end where pictures do.
        """
        for name, part in self.named_modules():
            padded = isinstance(part, nn.Conv2d) and part.padding == (1, 1)
            if padded and not name.startswith("corrector."):
                part.padding = (0, 0)
                part.register_forward_pre_hook(_mirrored)

    def encode(self, picture: Tensor) -> Features:
        """Features of a picture (N, 4, H, W): L*, a*, b* (0 where the mask is 0), mask."""
        return self.encoder(normalize_picture(picture))

    def describe(self, features: Features) -> tuple[Tensor, ...]:
        """Give the maps that the code is of: the features and their probes, each at `STRIDES`."""
        probed = (probe(level) for probe, level in zip(self.probes, features, strict=True))
        return (*features, *probed)

    def code(self, features: Features) -> Tensor:
        """Code (N, 2, CODE) of features, all positions counting alike."""
        return features_code(self.describe(features))

    def decode(self, features: Features, noise: Tensor, content: Tensor, style: Tensor) -> Tensor:
        """Features at stride 2 (N, fine, H / 2, W / 2) for the tails; noise is (N, NOISE, H, W)."""
        codes = (code[:, :, : sum(LEVELS)].split(LEVELS, 2) for code in (content, style))
        targets = zip(features, *codes, strict=True)
        stride2, stride4, stride8, stride16 = (adapt(*level) for level in targets)
        films = self.modulation(self.whitening(style), self.whitening(content))
        # Sizes that are odd at stride 8 have been rounded up at 16.
        rise = F.interpolate(self.deepest(stride16), scale_factor=2.0, mode="bilinear")
        rise = rise[:, :, : stride8.shape[2], : stride8.shape[3]]
        deep, middle, fine = self.noise
        x = self.deep(stride8) + rise + deep(_noise_at(noise, 8))
        x = _modulated(x, films[0])
        for block, film in zip(self.blocks, films[1:], strict=False):
            x = block(x, film)
        x = F.interpolate(x, scale_factor=2.0, mode="bilinear")
        x = self.middle(torch.cat((x, stride4), 1)) + middle(_noise_at(noise, 4))
        x = _modulated(x, films[-3])
        x = self.middle_block(x, films[-2])
        x = F.interpolate(x, scale_factor=2.0, mode="bilinear")
        x = self.fine(torch.cat((x, stride2), 1)) + fine(F.pixel_unshuffle(noise, 2))
        return _modulated(x, films[-1])

    def render(
        self, trunk: Tensor, noise: Tensor, content: Tensor, detail: Tensor, scale: int
    ) -> Tensor:
        """Picture (N, 3, scale * H, scale * W) of the decoder's features and noise."""
        modulation = self.tail_modulation[str(scale)]
        films = modulation(self.whitening(detail), self.whitening(content))
        return self.tails[str(scale)](trunk, noise, films)

    def forward(
        self,
        picture: Tensor,
        noise: Tensor,
        details: Tensor,
        styles: Tensor,
        shown: Tensor,
        mix: Tensor,
        scale: int,
        margin: int = 0,
    ) -> tuple[Tensor, Tensor]:
        """Restyle whole photos after whole pictures, as in training.

        Args:
            picture: photos (N, 4, H, W): L*, a*, b* (0 where the mask is 0), mask.
            noise: standard normal (N, NOISE, H, W).
            details: style pictures (M, 4, h, w).
            styles: the same reduced by `scale`, to the size that the trunk works at.
            shown: style pictures, sRGB in 0..1 (M, 3, h, w).
            mix: share of every style picture in every photo's style (N, M); rows sum to 1.
            scale: 1, 2 or 4.
            margin: px of the photos, at each side, that the results leave out.

        Returns:
            sRGB in 0..1 (N, 3, scale * (H - 2 * margin), scale * (W - 2 * margin)), and the styles'
            codes (N, 2, C).

        """
        features = self.encode(picture)
        style = self.code(self.encode(styles))
        detail = style if scale == 1 else self.code(self.encode(details))
        style, detail = (torch.einsum("nm,mkc->nkc", mix, code) for code in (style, detail))
        content = self.code(features)
        trunk = self.decode(features, noise, content, style)
        draft = self.render(trunk, noise, content, detail, scale)
        border = scale * margin
        draft = draft[:, :, border : draft.shape[2] - border, border : draft.shape[3] - border]
        steps = CORRECTIONS[SCALES.index(scale)]
        if not steps:
            return draft, detail
        wanted = mix.float() @ self.corrector.whole_grams(shown)
        return self.corrector(draft.float(), wanted, steps), detail


class RestylerGraph(nn.Module):
    """The restyler as it is exported: every output of one network, by name.

    The runtime asks for `moments` of the style and of the photo, then for the one scale it needs,
    for `grams` of style and draft, and for corrections; only what leads to an asked output is
    computed.
    """

    def __init__(self, network: Restyler) -> None:
        super().__init__()
        self.network = network

    def forward(
        self,
        picture: Tensor,
        weight: Tensor,
        noise: Tensor,
        content: Tensor,
        style: Tensor,
        detail: Tensor,
        draft: Tensor,
        draft_weight: Tensor,
        now: Tensor,
        wanted: Tensor,
    ) -> tuple[Tensor, ...]:
        """Give moments (N, 2, C), pictures at ×1, ×2 and ×4, Gram matrices (N, GRAMS) of a draft.

        Then the draft after each of the corrections, as if all before had been made; see the model
        card.
        """
        features = self.network.encode(picture)
        levels = zip(self.network.describe(features), 2 * STRIDES, strict=True)
        moments = torch.cat(
            [weighted_moments(level, weight, stride) for level, stride in levels], 2
        )
        trunk = self.network.decode(features, noise, content, style)
        pictures = (self.network.render(trunk, noise, content, detail, each) for each in SCALES)
        corrector = self.network.corrector
        sight = corrector.critic(draft)
        grams = weighted_grams(sight.features, draft_weight)
        corrected = (step(draft, sight, now, wanted) for step in corrector.steps)
        return moments, *pictures, grams, *corrected
