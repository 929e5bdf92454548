import numpy as np
import pytest
from skimage.metrics import structural_similarity

from autochrome.metrics import ssim


def random_pair(shape):
    rng = np.random.default_rng(0)
    true = rng.integers(0, 200, shape, dtype=np.uint8)
    return true + rng.integers(0, 50, shape, dtype=np.uint8), true


@pytest.mark.parametrize("shape", [(11, 11, 3), (40, 33, 3), (20, 64, 1)])
def test_scikit_image_agrees(shape):
    predicted, true = random_pair(shape)
    theirs = structural_similarity(
        true,
        predicted,
        channel_axis=-1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert ssim(predicted, true) == pytest.approx(theirs, abs=1e-9)


def test_identical_pictures_are_1():
    predicted, _ = random_pair((16, 16, 3))
    assert ssim(predicted, predicted) == pytest.approx(1)


def test_two_flat_pictures_differ_in_luminance_only():
    dark, bright = np.full((12, 12, 3), 50, np.uint8), np.full((12, 12, 3), 100, np.uint8)
    c1 = (0.01 * 255) ** 2
    expected = (2 * 50 * 100 + c1) / (50**2 + 100**2 + c1)
    assert ssim(dark, bright) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("shape", "dtype"), [((10, 20, 3), np.uint8), ((20, 20), np.uint8), ((20, 20, 3), np.float64)]
)
def test_faults_are_refused(shape, dtype):
    with pytest.raises(ValueError, match="expected"):
        ssim(np.zeros(shape, dtype), np.zeros(shape, dtype))


def test_two_shapes_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        ssim(np.zeros((20, 20, 3), np.uint8), np.zeros((20, 21, 3), np.uint8))
