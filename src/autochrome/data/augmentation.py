"""Make the lightness of a modern photograph look like that of an old one.

Only L* changes: the color target stays that of the clean photograph. Two on one film
(`expose_twice`) or one in less light (`underexpose`) are no damage: they have a target of their
own. Each picture of a batch draws its own. Plates before about 1873 saw only blue, orthochromatic
film was blind to red, panchromatic film followed, often behind a filter; then come printing,
fading, scratches, grain, soft lenses and a scanner's JPEG. Many are copies of prints.
"""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from autochrome.tensor_color import constant, luminance_to_lightness

# Sensitivity to linear R, G, B of the emulsions; a random mix of them makes each plate.
_EMULSIONS = (
    (0.33, 0.34, 0.33),  # panchromatic
    (0.55, 0.35, 0.10),  # panchromatic behind a yellow or red filter
    (0.03, 0.47, 0.50),  # orthochromatic
    (0.00, 0.10, 0.90),  # blue-sensitive plate
)

_NUM_SCRATCHES = 3
_NUM_SPECKS = 8

# ITU-T T.81, table K.1: luminance quantisation at quality 50.
_JPEG_LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)


def _uniform(count: int, low: float, high: float, generator: Generator) -> Tensor:
    """Draw (count, 1, 1, 1) numbers, one for each picture."""
    drawn = torch.rand(count, generator=generator, device=generator.device)
    return (low + (high - low) * drawn).view(-1, 1, 1, 1)


def _sometimes(
    probability: float, changed: Tensor, original: Tensor, generator: Generator
) -> Tensor:
    """Change each picture with a probability."""
    chosen = _uniform(len(original), 0, 1, generator) < probability
    return torch.where(chosen, changed, original)


def expose_twice(linear: Tensor, probability: float, generator: Generator) -> Tensor:
    """Make some pictures of a batch double exposures: a film that saw another one as well.

    What no photograph shows no network knows by heart (mixup, Zhang, Cisse, Dauphin, Lopez-Paz
    2018, arXiv 1710.09412; here of light, and the stronger picture has 0.5 to 0.95 of it).

    Parameters
    ----------
    linear : (N, 3, H, W) linear sRGB in [0, 1].
    probability : how many of the pictures.
    generator : on the tensor's device.

    Returns
    -------
    The same, with light of the picture at the other end of the batch in some; a picture that is
    its own other end, as one alone is, stays as it is.
    """
    share = _uniform(len(linear), 0.5, 0.95, generator)
    return _sometimes(probability, linear.flip(0).lerp(linear, share), linear, generator)


def underexpose(linear: Tensor, probability: float, generator: Generator) -> Tensor:
    """Take light from some pictures of a batch, up to two stops.

    That is no damage either: what is dark has less color, in L*a*b*, and the target says so.

    Parameters
    ----------
    linear : (N, 3, H, W) linear sRGB in [0, 1].
    probability : how many of the pictures.
    generator : on the tensor's device.
    """
    stops = _uniform(len(linear), 0, 2, generator)
    return _sometimes(probability, linear * 2**-stops, linear, generator)


def mix_channels(linear: Tensor, generator: Generator) -> Tensor:
    """Expose a random emulsion: (N, 3, H, W) linear sRGB to (N, 1, H, W) luminance."""
    emulsions = constant(_EMULSIONS, linear.device)
    drawn = torch.rand(len(linear), len(emulsions), generator=generator, device=linear.device)
    # Squared exponentials: mostly one emulsion, seldom an even mix.
    share = (-drawn.clamp(min=1e-6).log()) ** 2
    return torch.einsum("ne,ec,nchw->nhw", share / share.sum(1, keepdim=True), emulsions, linear)[
        :, None
    ]


def change_tone(lightness: Tensor, generator: Generator) -> Tensor:
    """Apply a random gamma, then fade: raise the blacks, lower the whites."""
    count = len(lightness)
    gamma = torch.exp(_uniform(count, -0.45, 0.45, generator))
    black = _uniform(count, 0, 18, generator)
    white = _uniform(count, 82, 100, generator)
    return black + (white - black) * (lightness.clamp(0, 100) / 100) ** gamma


def add_grain(lightness: Tensor, generator: Generator) -> Tensor:
    """Add Gaussian grain of a random strength, up to 6 L*."""
    grain = torch.randn(lightness.shape, generator=generator, device=lightness.device)
    return lightness + _uniform(len(lightness), 0.5, 6, generator) * grain


def blur(lightness: Tensor, generator: Generator) -> Tensor:
    """Blur with a random amount of a 5x5 binomial kernel."""
    tap = constant((1.0, 4.0, 6.0, 4.0, 1.0), lightness.device) / 16
    kernel = (tap[:, None] * tap).expand(1, 1, 5, 5)
    blurred = F.conv2d(F.pad(lightness, (2, 2, 2, 2), mode="replicate"), kernel)
    return lightness.lerp(blurred, _uniform(len(lightness), 0.3, 1, generator))


@cache
def _dct_matrix(device: torch.device) -> Tensor:
    """Orthonormal 8-point DCT-II, (frequency, sample)."""
    n = torch.arange(8, dtype=torch.float32, device=device)
    matrix = torch.cos(math.pi / 8 * (n + 0.5) * n[:, None]) / 2
    matrix[0] /= math.sqrt(2)
    return matrix


def compress_jpeg(lightness: Tensor, generator: Generator) -> Tensor:
    """Compress as a JPEG of a random quality, 20 to 80; H and W must be multiples of 8.

    The quantization acts on L* scaled to 0..255, which is close to the gamma-coded luma a
    real JPEG holds.
    """
    quality = _uniform(len(lightness), 20, 80, generator)
    return quantize_blocks(lightness * 2.55, quality) / 2.55


def quantize_blocks(luma: Tensor, quality: Tensor) -> Tensor:
    """Quantize the 8x8 block DCT of luma (N, 1, H, W) in 0..255 at qualities (N, 1, 1, 1)."""
    count, _, height, width = luma.shape
    dct = _dct_matrix(luma.device)
    # The scaling of the Independent JPEG Group's library.
    scale = torch.where(quality < 50, 50 / quality, 2 - quality / 50)
    table = constant(_JPEG_LUMINANCE, luma.device)
    step = (table * scale).clamp(min=1).view(count, 1, 1, 8, 8)
    pixels = (luma - 128).view(count, height // 8, 8, width // 8, 8).transpose(2, 3)
    quantized = (dct @ pixels @ dct.T / step).round() * step
    restored = dct.T @ quantized @ dct
    return restored.transpose(2, 3).reshape(luma.shape) + 128


def mount_in_frames(
    lightness: Tensor, lab: Tensor, probability: float, generator: Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Lay neutral frames over some pictures, as scans show the film's rebate or the paper.

    Without them a network takes the black edge of a scanned negative for night or fire, and
    colors all that it encloses.

    Parameters
    ----------
    lightness : (N, 1, H, W) L* in [0, 100].
    lab : (N, 3, H/4, W/4), the target; neutral where a frame covers most of the cell.
    probability : how many of the pictures get a frame.
    generator : on the tensors' device.

    Returns
    -------
    Both, changed where there is a frame, and the cells it covers, (N, H/4, W/4) bool.
    """
    count, _, height, width = lightness.shape
    device = lightness.device
    chosen = _uniform(count, 0, 1, generator) < probability
    # One to four sides; the widths of an edge differ as those of a crooked scan do.
    sides = (torch.rand(count, 4, generator=generator, device=device) < 0.8).float()
    sides *= 0.02 + 0.13 * torch.rand(count, 4, generator=generator, device=device)
    left, right, top, bottom = sides[:, :, None].unbind(1)
    x = (torch.arange(width, device=device) + 0.5) / width
    y = (torch.arange(height, device=device) + 0.5) / height
    beside = (x < left) | (x > 1 - right)
    above = (y < top) | (y > 1 - bottom)
    covered = ((beside[:, None, :] | above[:, :, None])[:, None]) & chosen
    black = _uniform(count, 0, 1, generator) < 0.8
    tone = torch.where(
        black, _uniform(count, 0, 12, generator), _uniform(count, 75, 100, generator)
    )
    grain = torch.randn(lightness.shape, generator=generator, device=device)
    tone = (tone + _uniform(count, 0, 2, generator) * grain).clamp(0, 100)
    stride = height // lab.shape[2]
    covered_cells = F.avg_pool2d(covered.float(), stride) > 0.5
    neutral = F.pad(F.avg_pool2d(tone, stride), (0, 0, 0, 0, 0, 2))
    return (
        torch.where(covered, tone, lightness),
        torch.where(covered_cells, neutral, lab),
        covered_cells[:, 0],
    )


def scratch(lightness: Tensor, generator: Generator) -> Tensor:
    """Scratch and dust each picture: thin lines, nearly upright, and specks, darker or lighter.

    Both are drawn as distances, without a loop: to `_NUM_SCRATCHES` lines and to
    `_NUM_SPECKS` points a picture.
    """
    count, _, height, width = lightness.shape
    device = lightness.device

    def draw(number: int, low: float, high: float) -> Tensor:
        drawn = torch.rand(count, number, 1, 1, generator=generator, device=device)
        return low + (high - low) * drawn

    y = torch.arange(height, device=device).view(-1, 1)
    x = torch.arange(width, device=device)
    line = draw(_NUM_SCRATCHES, 0, width) + draw(_NUM_SCRATCHES, -0.15, 0.15) * y
    begin, length = draw(_NUM_SCRATCHES, -0.5, 1), draw(_NUM_SCRATCHES, 0.2, 1.5)
    along = (y > begin * height) & (y < (begin + length) * height)
    scratches = ((x - line).abs() < draw(_NUM_SCRATCHES, 0.3, 0.9)) & along
    center_y, center_x = draw(_NUM_SPECKS, 0, height), draw(_NUM_SPECKS, 0, width)
    specks = (y - center_y) ** 2 + (x - center_x) ** 2 < draw(_NUM_SPECKS, 0.3, 2) ** 2
    damaged = (scratches.any(1) | specks.any(1))[:, None]
    tone = torch.where(
        _uniform(count, 0, 1, generator) < 0.5,
        _uniform(count, 0, 15, generator),
        _uniform(count, 80, 100, generator),
    )
    return torch.where(damaged, lightness.lerp(tone, 0.8), lightness)


def copy_on_film(lightness: Tensor, generator: Generator) -> Tensor:
    """Copy each picture as a camera copies a print: the print's grain, blurred, and a new tone."""
    for damage, share in ((add_grain, 0.7), (blur, 0.6), (change_tone, 0.5)):
        lightness = _sometimes(share, damage(lightness, generator), lightness, generator)
    return lightness


def age_photographs(
    linear: Tensor,
    lightness: Tensor,
    probability: float,
    generator: Generator,
    num_copies: int = 0,
) -> Tensor:
    """Make the network's input: L*, some of it as an old photograph would show it.

    Parameters
    ----------
    linear : (N, 3, H, W) linear sRGB in [0, 1]; H and W multiples of 8.
    lightness : (N, 1, H, W), their exact L*.
    probability : how many of the pictures are aged, always the first of the batch (whose order
        is random anyway); the others stay as they are.
    generator : on the tensor's device.
    num_copies : how often an aged picture is copied on film after it was printed.

    Returns
    -------
    (N, 1, H, W) L* in [0, 100].
    """
    # As many as can be hit, so that the work is small, and its shape the same for every batch.
    num_aged = math.ceil(probability * len(linear))
    if num_aged == 0:
        return lightness
    first = lightness[:num_aged]
    aged = luminance_to_lightness(mix_channels(linear[:num_aged], generator))
    for damage, share in (
        *((blur, 0.4), (change_tone, 0.7)),
        *((copy_on_film, 1.0),) * num_copies,
        *((scratch, 0.15), (add_grain, 0.4), (compress_jpeg, 0.3)),
    ):
        aged = _sometimes(share, damage(aged, generator), aged, generator)
    share = probability * len(linear) / num_aged
    aged = _sometimes(share, aged.clamp(0, 100), first, generator)
    return torch.cat([aged, lightness[num_aged:]])
