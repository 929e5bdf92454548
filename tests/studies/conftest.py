"""Fixtures that several studies share."""

import numpy as np
import pytest
import torch

from autochrome.shards import Photograph, encode_webp, write_shards

# Threads that wait for each other on a busy machine are slower than one.
torch.set_num_threads(1)


def _write(folder, seeds):
    """Small pictures, each of two colors, of two labels."""
    rows = []
    for index in seeds:
        rgb = np.random.default_rng(index).integers(0, 256, (1, 2, 3), np.uint8)
        picture = rgb.repeat(64, axis=0).repeat(36, axis=1)
        label = ("first", "second")[index % 2]
        rows.append(Photograph(str(index), "test", label, encode_webp(picture, 101)))
    (shard,) = write_shards(rows, folder)
    return shard


@pytest.fixture(scope="session")
def shards(tmp_path_factory):
    """Eight photographs."""
    return _write(tmp_path_factory.mktemp("shards"), range(8))


@pytest.fixture(scope="session")
def validation(tmp_path_factory):
    """Eight others."""
    return _write(tmp_path_factory.mktemp("validation"), range(8, 16))
