import cv2
import numpy as np
import pytest
from PIL import Image

from autochrome.photo import from_array, resize_array, to_array


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (4, 6, 2), (1, 1, 4)])
def test_round_trip(dtype, shape):
    array = (np.random.default_rng(0).random(shape) * 250).astype(dtype)
    back = to_array(from_array(array))
    assert back.dtype == dtype
    np.testing.assert_array_equal(back.reshape(shape), array)


@pytest.mark.parametrize("target", [(64, 96), (100, 150), (131, 97), (17, 25), (16, 24)])
def test_enlarging_equals_opencv(target):
    ab = np.random.default_rng(0).normal(size=(16, 24, 2)).astype(np.float32) * 30
    expected = cv2.resize(ab, target[::-1], interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(resize_array(ab, *target), expected, atol=1e-3)


@pytest.mark.parametrize("target", [(40, 30), (33, 71), (12, 90), (300, 20), (160, 119)])
def test_shrinking_equals_pillow(target):
    smooth = np.random.default_rng(0).normal(size=(16, 12)).astype(np.float32) * 30
    array = cv2.resize(smooth, (120, 160), interpolation=cv2.INTER_CUBIC)
    expected = Image.fromarray(array).resize(target[::-1], Image.Resampling.BILINEAR)
    actual = resize_array(array[..., None], *target)[..., 0]
    inner = np.s_[1:-1, 1:-1]  # Pillow treats the border otherwise
    assert np.abs(actual - np.asarray(expected))[inner].max() < 0.3


@pytest.mark.parametrize("target", [(80, 160), (73, 211), (5, 10), (80, 7), (3, 200)])
def test_a_ramp_is_not_shifted(target):
    ramp = np.broadcast_to(np.linspace(-1, 1, 20)[None, :, None], (10, 20, 1)).astype(np.float32)
    resized = resize_array(ramp, *target)[..., 0]
    np.testing.assert_allclose(resized, -resized[:, ::-1], atol=2e-3)
    assert (np.diff(resized, axis=1) >= -1e-6).all()
