import numpy as np
import pytest

from autochrome.data import load_store
from autochrome.shards import Photograph, encode_webp, write_shards

LOSSLESS = 101


def colorful(seed):
    """A smooth random picture; each of its own size."""
    generator = np.random.default_rng(seed)
    height, width = generator.integers(60, 90, 2)
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    waves = [
        np.sin(2 * np.pi * (generator.normal() * x + generator.normal() * y)) for _ in range(3)
    ]
    return np.rint(127.5 + 127.5 * np.stack(waves, axis=-1)).astype(np.uint8)


@pytest.fixture(scope="session")
def pictures():
    return [colorful(seed) for seed in range(10)]


@pytest.fixture(scope="session")
def shards(pictures, tmp_path_factory):
    near_grey = np.full((64, 64, 3), 128, np.uint8)
    near_grey[:32, :, 0] += 3
    images = [*pictures, near_grey]
    rows = [
        Photograph(str(i), "test", ("sea", None, "bar")[i % 3], encode_webp(p, LOSSLESS))
        for i, p in enumerate(images)
    ]
    return write_shards(rows, tmp_path_factory.mktemp("shards"))


@pytest.fixture(scope="session")
def store(shards):
    return load_store(shards)
