import sys
import tracemalloc

import cv2
import numpy as np
import pytest

from autochrome.errors import MissingExtraError, UsageError
from autochrome.evaluate import FULL, PROTOCOLS, SHARDS


def test_the_two_protocols():
    assert {name: protocol.side for name, protocol in PROTOCOLS.items()} == {
        "shards": 128,
        "full": 256,
    }


@pytest.mark.parametrize("protocol", [SHARDS, FULL])
@pytest.mark.parametrize("shape", [(128, 128), (256, 256), (66, 83), (301, 1000), (1000, 129)])
def test_any_photograph_becomes_the_square(protocol, shape):
    prepared = protocol.prepare(np.full((*shape, 3), (10, 200, 30), np.uint8))
    assert prepared.shape == (protocol.side, protocol.side, 3)
    assert (prepared == (10, 200, 30)).all()


def test_a_short_side_that_fits_is_only_cropped():
    photograph = np.random.default_rng(0).integers(0, 256, (128, 161, 3), dtype=np.uint8)
    assert (SHARDS.prepare(photograph) == photograph[:, 16:144]).all()
    upright = photograph.transpose(1, 0, 2)
    assert (SHARDS.prepare(upright) == upright[16:144]).all()


def whole_enlarged(photograph, side):
    """What the protocol says, step by step."""
    height, width = photograph.shape[:2]
    scale = side / min(height, width)
    size = (round(width * scale), round(height * scale))
    large = cv2.resize(photograph, size, interpolation=cv2.INTER_CUBIC)
    top, left = ((length - side) // 2 for length in large.shape[:2])
    return large[top : top + side, left : left + side]


@pytest.mark.parametrize("shape", [(2, 2000), (2000, 2), (67, 101), (67, 800), (100, 37), (9, 140)])
def test_a_small_photograph_is_enlarged_and_cropped(shape):
    photograph = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    np.testing.assert_array_equal(SHARDS.prepare(photograph), whole_enlarged(photograph, 128))


@pytest.mark.parametrize("shape", [(2, 20_000), (20_000, 2), (3, 20_001)])
def test_a_thin_strip_takes_no_memory(shape):
    photograph = np.zeros((*shape, 3), np.uint8)
    tracemalloc.start()
    try:
        assert SHARDS.prepare(photograph).shape == (128, 128, 3)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_smaller_is_the_average_of_areas():
    photograph = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    average = photograph.reshape(128, 2, 128, 2, 3).mean(axis=(1, 3))
    assert np.abs(SHARDS.prepare(photograph) - average).max() <= 0.5


@pytest.mark.parametrize(
    "faulty",
    [
        np.zeros((200, 200), np.uint8),
        np.zeros((200, 200, 4), np.uint8),
        np.zeros((0, 200, 3), np.uint8),
        np.zeros((200, 200, 3)),
    ],
)
def test_faults_are_refused(faulty):
    with pytest.raises(UsageError, match="uint8"):
        SHARDS.prepare(faulty)


def test_a_missing_extra_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MissingExtraError, match=r"autochrome\[evaluate\]"):
        SHARDS.prepare(np.zeros((200, 200, 3), np.uint8))
