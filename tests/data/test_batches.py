from dataclasses import replace

import numpy as np
import pytest
import torch
from skimage.color import lab2xyz

from autochrome.color import rgb_to_lab
from autochrome.data import BatchMaker, CropSettings, load_store
from autochrome.shards import Photograph, encode_webp, write_shards

CLEAN = CropSettings(side=32, min_scale=0.5, old_photograph_probability=0.0)
AGED = CropSettings(side=32, min_scale=0.5, old_photograph_probability=1.0)
COPIED = replace(AGED, num_copies=1)


def test_a_batch_depends_on_seed_and_step_alone(store):
    first, second = BatchMaker(store, AGED, 4, seed=7), BatchMaker(store, AGED, 4, seed=7)
    first(0)
    for a, b in zip(first(5), second(5), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)
    assert not torch.equal(first(5).lightness, first(6).lightness)
    assert not torch.equal(first(5).lightness, BatchMaker(store, AGED, 4, seed=8)(5).lightness)


@pytest.mark.parametrize("settings", [AGED, COPIED])
def test_ageing_leaves_the_target_alone(store, settings):
    clean, aged = BatchMaker(store, CLEAN, 4, seed=0)(3), BatchMaker(store, settings, 4, seed=0)(3)
    torch.testing.assert_close(clean.lab, aged.lab, rtol=0, atol=0)
    assert not torch.allclose(clean.lightness, aged.lightness)
    torch.testing.assert_close(clean.lightness, aged.clean, rtol=0, atol=0)


def test_shapes_and_ranges(store):
    lightness, lab, label, clean, framed = BatchMaker(store, AGED, 6, seed=0)(0)
    assert lightness.shape == (6, 1, 32, 32)
    assert lab.shape == (6, 3, 8, 8)
    assert label.shape == (6,)
    assert clean.shape == (6, 1, 32, 32)
    assert framed.shape == (6, 8, 8)
    assert lightness.min() >= 0
    assert lightness.max() <= 100
    assert lab.abs().max() < 110


def test_the_truth_of_a_double_exposure_is_its_own_color(tmp_path):
    """Two flat photographs: light adds, so that the mixture's Lab follows from its luminance."""
    colors = np.array([[200, 40, 30], [20, 60, 220]], np.uint8)
    flat = [np.full((32, 32, 3), color, np.uint8) for color in colors]
    rows = [Photograph(str(i), "t", None, encode_webp(rgb, 101)) for i, rgb in enumerate(flat)]
    store = load_store(write_shards(rows, tmp_path))
    twice = replace(CLEAN, double_exposure_probability=1.0)
    batch = BatchMaker(store, twice, 2, seed=0)(0)
    own = BatchMaker(store, CLEAN, 2, seed=0)(0).lab[:, :, 0, 0].double().numpy()
    light = lab2xyz(own)
    for index in range(2):
        lab = batch.lab[index, :, 0, 0].double().numpy()
        share = (lab2xyz(lab) - light[1 - index]) / (light[index] - light[1 - index])
        assert 0.5 <= share[0] <= 0.95
        np.testing.assert_allclose(share, share[0], atol=2e-3)
        np.testing.assert_allclose(batch.clean[index], lab[0], atol=1e-3)
        np.testing.assert_allclose(batch.lightness[index], lab[0], atol=1e-3)


def test_the_truth_of_less_light_is_darker_in_the_same_chromaticity(store):
    dark, whole = (
        BatchMaker(store, replace(CLEAN, underexposure_probability=probability), 4, seed=0)(3)
        for probability in (1.0, 0.0)
    )
    light, light_before = (
        lab2xyz(batch.lab.double().numpy(), channel_axis=1) for batch in (dark, whole)
    )
    share = light / light_before
    expected = np.broadcast_to(share[:, :1, :1, :1], share.shape)
    np.testing.assert_allclose(share, expected, rtol=2e-3)
    assert ((share > 0.25) & (share < 1)).all()
    torch.testing.assert_close(dark.clean, dark.lightness, rtol=0, atol=0)


def test_every_photograph_once_an_epoch(store):
    maker = BatchMaker(store, CLEAN, 2, seed=0)
    seen = torch.cat([maker.indices(step) for step in range(5)])
    assert sorted(seen.tolist()) == list(range(10))


def test_processes_share_an_epoch(store):
    makers = [BatchMaker(store, CLEAN, 1, seed=0, rank=rank, world_size=2) for rank in range(2)]
    seen = torch.cat([maker.indices(step) for step in range(5) for maker in makers])
    assert sorted(seen.tolist()) == list(range(10))


def test_a_whole_window_is_the_photograph_or_its_mirror(tmp_path):
    """A crop as large as a square photograph, at scale 1, reads its pixels unchanged."""
    rgb = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    store = load_store(write_shards([Photograph("a", "t", None, encode_webp(rgb, 101))], tmp_path))
    whole = CropSettings(side=32, min_scale=1.0, old_photograph_probability=0.0)
    lightness = rgb_to_lab(rgb / 255)[..., 0]
    mirrored = 0
    for step in range(12):
        actual = BatchMaker(store, whole, 1, seed=0)(step).lightness[0, 0].numpy()
        is_mirrored = np.abs(actual[:, ::-1] - lightness).max() < 1e-3
        assert is_mirrored or np.abs(actual - lightness).max() < 1e-3
        mirrored += is_mirrored
    assert 0 < mirrored < 12


def test_labels_go_with_their_photographs(store):
    assert store.classes == ("bar", "sea")
    maker = BatchMaker(store, CLEAN, 10, seed=0)
    assert maker(0).label.tolist() == [(1, -1, 0)[i % 3] for i in maker.indices(0).tolist()]
