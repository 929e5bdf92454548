"""A frame of a film and a photograph get the same color from the same prediction."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import pyvips

from autochrome.color import rgb_to_lab
from autochrome.metrics import ciede2000
from autochrome.pipeline.join import join_color
from autochrome.pipeline.upsampling import linear_color
from autochrome.video.picture.formats import plane_array
from autochrome.video.picture.planes import small_lightness, write_color
from autochrome.video.picture.tags import ColorTags

SAMPLES = Path(__file__).parents[3] / "samples" / "color"
FULL = ColorTags(1, full_range=True)
SIZE = (96, 144)


@pytest.fixture(scope="module", params=sorted(SAMPLES.glob("*.jpg")), ids=lambda path: path.stem)
def photograph(request):
    """Luma of a photograph, and its own ab, small."""
    pixels = cv2.resize(cv2.imread(str(request.param)), (432, 288), interpolation=cv2.INTER_AREA)
    small = cv2.resize(pixels, SIZE[::-1], interpolation=cv2.INTER_AREA)[..., ::-1]
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), rgb_to_lab(np.float32(small) / 255)[..., 1:]


def lab_of(frame):
    luma, blue, red = (plane_array(frame, index).astype(float) for index in range(3))
    blue, red = ((codes - 128) / 255 for codes in (blue, red))
    k_red, k_green, k_blue = FULL.luma_weights()
    r = luma / 255 + 2 * (1 - k_red) * red
    b = luma / 255 + 2 * (1 - k_blue) * blue
    g = (luma / 255 - k_red * r - k_blue * b) / k_green
    return rgb_to_lab(np.stack([r, g, b], axis=-1).clip(0, 1))


def test_a_frame_looks_like_the_photograph(photograph):
    luma, ab = photograph
    frame = av.VideoFrame(luma.shape[1], luma.shape[0], "yuv444p")
    plane_array(frame, 0)[:] = luma
    color = linear_color(ab.astype(np.float32), small_lightness(frame, SIZE, FULL))
    write_color(frame, color, FULL)
    gray = pyvips.Image.new_from_array(np.repeat(luma[..., None], 3, axis=-1))
    joined = join_color(gray.copy(interpretation="srgb"), color).numpy()
    difference = ciede2000(lab_of(frame), rgb_to_lab(joined / 255))
    assert np.hypot(*ab.transpose(2, 0, 1)).mean() > 5
    assert difference.mean() < 1.2
    assert np.percentile(difference, 95) < 4


def test_lightness_moves_little_where_luma_is_kept(photograph):
    """The price of Y'CbCr, which `join` names: a unit of L* or so, and more in strong color."""
    luma, ab = photograph
    frame = av.VideoFrame(luma.shape[1], luma.shape[0], "yuv444p")
    plane_array(frame, 0)[:] = luma
    color = linear_color(ab.astype(np.float32), small_lightness(frame, SIZE, FULL))
    write_color(frame, color, FULL)
    gray = rgb_to_lab(np.repeat(luma[..., None] / 255, 3, axis=-1))[..., 0]
    moved = np.abs(lab_of(frame)[..., 0] - gray)
    assert 0 < moved.mean() < 1.5
