"""A photograph as a surveillance camera at night would show it.

A small sensor gets few photons: shot noise, and the noise of reading it out, which the
camera smooths to blotches before it records the still, too dark, as H.264.
"""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from autochrome.color import linear_to_srgb, rgb8_to_lab, srgb_to_linear
from autochrome.color.spaces import RGB_TO_XYZ
from autochrome.shards.extra import import_extra

_ELECTRONS = (20.0, 80.0)
"""What white brings to a pixel: as few as a night's worst and best moments."""

_READ_NOISE = 2.0
"""Standard deviation, in electrons."""

_EXPOSURE = (0.15, 0.45)
"""Linear light that white is recorded as."""

_SMOOTHING = 0.5
"""Standard deviation of the Gaussian that makes noise coarse, in pixels of the sensor."""

_CRF = 30
"""Moderate for a film; a block is an eighth of so small a picture, and is lost with it sooner."""


def surveillance(rgb: NDArray[np.uint8], position: int) -> NDArray[np.float32]:
    """Record a photograph at night, at half resolution.

    Parameters
    ----------
    rgb : (H, W, 3) uint8 sRGB.
    position : in the set, from 0; the seed of light and noise.

    Returns
    -------
    (H, W) float32 L* in [0, 100], enlarged again.

    Raises
    ------
    MissingExtraError
        If OpenCV is not installed.
    """
    cv2 = import_extra("cv2")
    height, width = rgb.shape[:2]
    linear = srgb_to_linear(rgb.astype(np.float32) / 255) @ RGB_TO_XYZ[1].astype(np.float32)
    half = ((width + 1) // 2, (height + 1) // 2)
    sensor = cv2.resize(linear, half, interpolation=cv2.INTER_AREA)
    exposed = cv2.GaussianBlur(_expose(sensor, position), (0, 0), _SMOOTHING)
    recorded = _record(np.rint(255 * linear_to_srgb(exposed.clip(0, 1))).astype(np.uint8))
    lightness = rgb8_to_lab(np.repeat(recorded[..., None], 3, axis=-1))[..., 0]
    enlarged = cv2.resize(lightness, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(enlarged.clip(0, 100), np.float32)


def _expose(light: NDArray[np.float32], position: int) -> NDArray[np.float64]:
    """Count electrons for light (H, W) in [0, 1]; returns linear light, underexposed."""
    generator = np.random.default_rng(position)
    white = generator.uniform(*_ELECTRONS)
    electrons = generator.poisson(light * white) + generator.normal(0, _READ_NOISE, light.shape)
    return np.asarray(generator.uniform(*_EXPOSURE) * electrons / white)


def _record(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Encode a still (H, W) as a clip of one H.264 frame, and decode it."""
    height, width = gray.shape
    # 4:2:0 has even sides; its two color planes, half a picture in all, are neutral.
    luma = np.pad(gray, ((0, height % 2), (0, width % 2)), mode="edge")
    planes = np.pad(luma, ((0, len(luma) // 2), (0, 0)), constant_values=128)
    encoder = av.VideoCodecContext.create("libx264", "w")
    encoder.width, encoder.height = luma.shape[1], luma.shape[0]
    encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, 25)
    # One thread: how a frame is sliced must not depend on the machine.
    encoder.options = {"crf": str(_CRF), "threads": "1"}
    still = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    packets = [*encoder.encode(still), *encoder.encode(None)]
    decoder = av.VideoCodecContext.create("h264", "r")
    (frame,) = [frame for packet in (*packets, None) for frame in decoder.decode(packet)]
    return np.asarray(frame.to_ndarray()[:height, :width], np.uint8)
