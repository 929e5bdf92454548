import numpy as np
import pytest

from autochrome.color import empirical_prior, rgb_to_lab, smooth_prior
from autochrome.data import load_store
from autochrome.errors import UsageError
from autochrome.shards import Photograph, encode_webp, write_shards


def test_photographs_are_kept_as_they_are(store, pictures):
    assert len(store) == len(pictures)
    for index, picture in enumerate(pictures):
        np.testing.assert_array_equal(store.photograph(index), picture)


def test_near_grey_is_left_out(store):
    assert store.skipped == 1


def test_prior_is_that_of_the_photographs(store, pictures):
    ab = [
        rgb_to_lab(p[::4, ::4].astype(np.float32) / 255)[..., 1:].reshape(-1, 2) for p in pictures
    ]
    expected = smooth_prior(empirical_prior(np.concatenate(ab)))
    np.testing.assert_allclose(store.prior, expected, atol=1e-9)


def test_limit(shards):
    assert len(load_store(shards, limit=3)) == 3


def test_only_grey_is_refused(tmp_path):
    grey = encode_webp(np.full((64, 64, 3), 90, np.uint8))
    with pytest.raises(UsageError, match="no color photograph"):
        load_store(write_shards([Photograph("a", "test", None, grey)], tmp_path))


def test_buffer_grows_for_large_photographs(tmp_path):
    rows = [np.random.default_rng(i).integers(0, 256, (300, 320, 3), np.uint8) for i in range(3)]
    written = write_shards(
        [Photograph(str(i), "test", None, encode_webp(r, 101)) for i, r in enumerate(rows)],
        tmp_path,
    )
    store = load_store(written)
    for index, row in enumerate(rows):
        np.testing.assert_array_equal(store.photograph(index), row)
