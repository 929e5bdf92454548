"""What holds for every system in the table."""

import numpy as np
import pytest
import torch

from autochrome.color import ab_gamut
from autochrome.nn import SYSTEMS, HeadSettings, build_system

SETTINGS = HeadSettings(prior=np.full(ab_gamut().num_bins, 1 / ab_gamut().num_bins), num_classes=3)


@pytest.mark.parametrize("name", sorted(SYSTEMS))
def test_a_narrow_one_answers_every_cell(name):
    system = build_system(name, SETTINGS, width=0.125).eval()
    height, width = 2 * system.multiple, 3 * system.multiple
    with torch.inference_mode():
        ab = system.predict_ab(torch.rand(2, 1, height, width) * 100)
    assert ab.shape == (2, 2, height // 4, width // 4)
    assert ab.isfinite().all()


@pytest.mark.parametrize("name", sorted(SYSTEMS))
def test_width_scales_the_weights(name):
    sizes = [
        sum(parameter.numel() for parameter in build_system(name, SETTINGS, width).parameters())
        for width in (0.25, 0.5)
    ]
    assert 0.2 < sizes[0] / sizes[1] < 0.45
