"""What a clip says of its color: matrix, range, primaries and transfer of its Y'CbCr."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.format import VideoFormat
from numpy.typing import NDArray

from autochrome.color.spaces import WHITE, XYZ_TO_RGB

_SMALL = 576  # lines up to which an untagged clip is taken for BT.601, as players do
_BT709, _BT601, _BT2020 = 1, 6, 9
_UNSPECIFIED, _FULL = 0, 2  # ranges, by FFmpeg's numbers
_LIMITED_GRAY = ("h264", "hevc", "vp9", "av1")  # where gray without a tag takes 16 to 235

LUMA = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
}
"""K_R and K_B by the number of the matrix (ITU-T H.273, table 4): BT.709, FCC, BT.601 twice, SMPTE
240M, BT.2020."""

_D65, _C, _DCI = (0.3127, 0.3290), (0.310, 0.316), (0.314, 0.351)
PRIMARIES = {
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), _C),
    5: ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _D65),
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    7: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    8: ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _C),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _DCI),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65),
    22: ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65),
}
"""Chromaticities of red, green, blue and white (ITU-T H.273, table 2); all others are BT.709's."""


@dataclass(frozen=True)
class ColorTags:
    """How Y'CbCr is to be understood, by the numbers of ITU-T H.273.

    Parameters
    ----------
    matrix : of `LUMA`.
    primaries, transfer : as the clip has them; 2 is "unspecified".
    full_range : whether Y' takes all codes, rather than 16 to 235 (of 8 bits).
    """

    matrix: int
    primaries: int = 2
    transfer: int = 2
    full_range: bool = False

    def luma_scale(self, depth: int) -> tuple[float, float]:
        """Return the codes of black and white of Y' at a depth in bits."""
        if self.full_range:
            return 0.0, float(2**depth - 1)
        return 16.0 * 2 ** (depth - 8), 235.0 * 2 ** (depth - 8)

    def chroma_scale(self, depth: int) -> tuple[float, float]:
        """Return the code of no chroma, and the codes from Cb = -0.5 to 0.5, at a depth in bits."""
        span = 2.0**depth - 1 if self.full_range else 224.0 * 2 ** (depth - 8)
        return 2.0 ** (depth - 1), span

    def rgb_to_ycc(self, rgb: NDArray[np.floating]) -> NDArray[np.floating]:
        """Convert (..., 3) R'G'B' in [0, 1] to Y' in [0, 1], Cb and Cr in [-0.5, 0.5]."""
        red, green, blue = self.luma_weights()
        luma = rgb @ np.array([red, green, blue], dtype=rgb.dtype)
        cb = (rgb[..., 2] - luma) / (2 * (1 - blue))
        cr = (rgb[..., 0] - luma) / (2 * (1 - red))
        return np.stack([luma, cb, cr], axis=-1)

    def luma_weights(self) -> tuple[float, float, float]:
        """Return what R', G' and B' each add to Y'; their sum is 1."""
        red, blue = LUMA[self.matrix]
        return red, 1 - red - blue, blue


def read_tags(context: VideoCodecContext) -> ColorTags:
    """Read what a decoder knows, and settle what it does not as players do.

    R'G'B' and palettes become Y'CbCr of full range, so that their grays keep their codes. Gray
    pictures without a tag are of full range too, but for what codecs of films make of them.
    """
    pixels = VideoFormat(context.pix_fmt or "yuv420p")
    matrix = context.colorspace
    if is_rgb(pixels):
        matrix = _BT709
    elif matrix not in LUMA:
        wide = context.color_primaries == _BT2020
        matrix = _BT2020 if wide else guess_matrix(context.height)
    untagged_gray = (
        pixels.name.startswith(("gray", "mono", "ya"))
        and context.color_range == _UNSPECIFIED
        and context.codec.canonical_name not in _LIMITED_GRAY
    )
    full = context.color_range == _FULL or pixels.name.startswith("yuvj")
    return ColorTags(
        matrix,
        context.color_primaries,
        context.color_trc,
        full or is_rgb(pixels) or untagged_gray,
    )


def is_rgb(pixels: VideoFormat) -> bool:
    """Tell whether a format holds R'G'B', as it is or in a palette, and no luma."""
    return pixels.is_rgb or pixels.has_palette


def guess_matrix(height: int) -> int:
    """Choose the matrix of a clip that does not say, as players do."""
    return _BT601 if height <= _SMALL else _BT709


@cache
def ratios_to_rgb(primaries: int) -> NDArray[np.float32]:
    """Return the (3, 3) matrix from X, Y and Z over those of white to linear R, G and B.

    Equal ratios give equal R, G and B: white is white whatever the primaries.
    """
    if primaries not in PRIMARIES:
        return np.array(XYZ_TO_RGB * WHITE, dtype=np.float32)
    xyz = np.array([(x, y, 1 - x - y) for x, y in PRIMARIES[primaries]]).T
    white = xyz[:, 3] / xyz[1, 3]
    columns = xyz[:, :3] * np.linalg.solve(xyz[:, :3], white)
    return np.array(np.linalg.inv(columns / white[:, None]), dtype=np.float32)
