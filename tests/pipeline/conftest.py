import numpy as np
import pytest

from autochrome import Colorizer


@pytest.fixture(scope="module")
def colorizer(tiny_model):
    return Colorizer.open(tiny_model, device="cpu", num_threads=1)


@pytest.fixture
def gray():
    """Dark on the left, light on the right, a bright band on top: no symmetry."""
    pixels = np.tile(np.linspace(20, 220, 96), (64, 1))
    pixels[:16] = 240 - pixels[:16] / 4
    return pixels.astype(np.uint8)
