"""NumPy arrays as libvips images, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

from autochrome.photo.fields import set_blob
from autochrome.photo.threads import begin_work

_FORMATS = {"uint8": "uchar", "uint16": "ushort", "float32": "float"}
_DTYPES = {name: dtype for dtype, name in _FORMATS.items()}


def from_array(array: NDArray[Any]) -> pyvips.Image:
    """Make an image of (H, W) or (H, W, C) uint8, uint16 or float32.

    Raises
    ------
    UsageError
        If this is the fork of a process that has made one; see `begin_work`.
    """
    begin_work()
    height, width = array.shape[:2]
    bands = array.shape[2] if array.ndim == 3 else 1
    data = np.ascontiguousarray(array).tobytes()
    return pyvips.Image.new_from_memory(data, width, height, bands, _FORMATS[array.dtype.name])


def named_array(
    pixels: NDArray[Any], orientation: int = 1, icc_profile: bytes | None = None
) -> pyvips.Image:
    """Make an image of (H, W) or (H, W, 1 to 4) uint8 or uint16 that says what its bands are."""
    image = from_array(pixels)
    kinds = ("b-w", "srgb") if image.format == "uchar" else ("grey16", "rgb16")
    image = image.copy(interpretation=kinds[image.bands >= 3])
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    if icc_profile:
        set_blob(image, "icc-profile-data", icc_profile)
    return image


def to_array(image: pyvips.Image) -> NDArray[Any]:
    """Compute an image into (H, W, C) uint8, uint16 or float32."""
    pixels = np.frombuffer(image.write_to_memory(), dtype=_DTYPES[str(image.format)])
    return pixels.reshape(image.height, image.width, image.bands)


def resize_image(image: pyvips.Image, height: int, width: int) -> pyvips.Image:
    """Resize lazily: bilinear up, a triangle filter down; pixel centers aligned."""
    across, down = width / image.width, height / image.height
    if min(across, down) < 1:
        image = image.resize(min(across, 1), vscale=min(down, 1), kernel="linear", gap=0)
    if max(across, down) <= 1:
        return image
    # Not resize(): what it enlarges is half an output pixel off.
    return image.affine(
        [width / image.width, 0, 0, height / image.height],
        oarea=[0, 0, width, height],
        interpolate=pyvips.Interpolate.new("bilinear"),
        idx=0.5,
        idy=0.5,
        odx=-0.5,
        ody=-0.5,
        extend="copy",
    )


def resize_array(array: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Resize (H, W, C) float32 to (height, width, C); see `resize_image`."""
    return to_array(resize_image(from_array(array), height, width))
