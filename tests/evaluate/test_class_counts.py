import numpy as np
import pytest

from autochrome.color import ab_gamut, empirical_prior, rgb_to_lab
from autochrome.errors import UsageError
from autochrome.evaluate import count_classes


def test_counts_are_the_empirical_prior_of_all_pixels():
    rng = np.random.default_rng(0)
    photographs = rng.integers(0, 256, (3, 20, 30, 3), dtype=np.uint8)
    counts = count_classes(photographs, pixel_step=1)
    assert counts.sum() == 3 * 20 * 30
    prior = empirical_prior(rgb_to_lab(photographs.astype(np.float32) / 255)[..., 1:])
    assert counts / counts.sum() == pytest.approx(prior)


def test_every_fourth_pixel_of_a_grey_photograph():
    counts = count_classes([np.full((8, 12, 3), 90, np.uint8)])
    grey = np.flatnonzero((ab_gamut().centers == 0).all(axis=1))
    assert counts[grey] == counts.sum() == 2 * 3


def test_no_photograph_is_refused():
    with pytest.raises(UsageError, match="no photograph"):
        count_classes([])
