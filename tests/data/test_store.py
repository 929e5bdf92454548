import subprocess
import sys
from pathlib import Path

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


def test_the_number_of_rows_reserves_no_memory(shards, pictures, monkeypatch):
    """Small photographs in large numbers would be refused for what they do not need."""
    monkeypatch.setattr("autochrome.data.store.count_photographs", lambda _: 1 << 32)
    assert len(load_store(shards)) == len(pictures)


def test_photographs_cross_the_borders_of_blocks(shards, pictures, monkeypatch):
    monkeypatch.setattr("autochrome.data.store._BLOCK_PIXELS", 10_000)
    store = load_store(shards)
    for index, picture in enumerate(pictures):
        np.testing.assert_array_equal(store.photograph(index), picture)


_PEAK = """
import numpy as np
from autochrome.data.store import _Pixels

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024

before, pixels = peak(), _Pixels()
for value in range(192):
    pixels.append(np.full((512, 683, 3), value, np.uint8))  # 1 MiB
joined = pixels.tensor()
assert joined[:: 512 * 683, 0].tolist() == list(range(192))
print(peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_photographs_never_lie_in_memory_twice():
    process = [sys.executable, "-c", _PEAK]
    megabytes = float(subprocess.run(process, capture_output=True, text=True, check=True).stdout)
    assert megabytes < 1.5 * 192
