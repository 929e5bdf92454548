import pytest
import torch

from autochrome.data import BatchMaker, CapturedBatches, CropSettings

SETTINGS = CropSettings(
    side=32,
    min_scale=0.5,
    old_photograph_probability=0.5,
    frame_probability=0.5,
    num_copies=1,
    double_exposure_probability=0.5,
    underexposure_probability=0.5,
)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="CUDA graphs need a card")
def test_equals_what_the_maker_makes_one_by_one(store):
    maker = BatchMaker(store.to("cuda"), SETTINGS, 4, seed=3)
    captured = CapturedBatches(maker)
    for step in (0, 1, 2, 7, 3):
        for actual, expected in zip(captured(step), maker(step), strict=True):
            torch.testing.assert_close(actual, expected, rtol=0, atol=0)
