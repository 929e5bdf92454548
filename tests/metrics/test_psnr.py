import math

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from autochrome.metrics import psnr


def test_scikit_image_agrees():
    rng = np.random.default_rng(0)
    true = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    predicted = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    assert psnr(predicted, true) == pytest.approx(peak_signal_noise_ratio(true, predicted))


def test_black_against_white_is_0_db():
    black = np.zeros((2, 2, 3), np.uint8)
    assert psnr(black, 255 - black) == 0


def test_identical_pictures_are_infinite():
    picture = np.full((2, 2, 3), 7, np.uint8)
    assert psnr(picture, picture) == math.inf


@pytest.mark.parametrize("other", [np.zeros((2, 3), np.uint8), np.zeros((2, 2, 3))])
def test_faults_are_refused(other):
    with pytest.raises(ValueError, match="uint8"):
        psnr(np.zeros((2, 2, 3), np.uint8), other)
