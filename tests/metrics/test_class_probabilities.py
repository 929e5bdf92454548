import numpy as np

from autochrome.color import ab_gamut
from autochrome.metrics import class_probabilities


def test_one_positive_probability_for_each_bin():
    probabilities = class_probabilities()
    assert probabilities.shape == (ab_gamut().num_bins,)
    assert probabilities.min() == 1e-5
    # The floor adds at most 1e-5 a bin to a sum of 1.
    assert 1 <= probabilities.sum() < 1 + 313e-5


def test_grey_is_the_most_common_and_vivid_colors_are_rare():
    centers, probabilities = ab_gamut().centers, class_probabilities()
    assert tuple(centers[probabilities.argmax()]) == (0, 0)
    chroma = np.hypot(*centers.T)
    assert probabilities[chroma < 25].sum() > 0.8
    assert probabilities[chroma > 80].sum() < 0.01


def test_the_shared_table_is_read_only():
    assert not class_probabilities().flags.writeable
