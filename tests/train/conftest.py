import resource
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch

from autochrome.data import load_store
from autochrome.shards import Photograph, encode_webp, write_shards
from autochrome.train.recipes import load_recipe

# Threads that wait for each other on a busy machine are slower than one.
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def shards(tmp_path_factory):
    """Eight small pictures, each of two colors."""
    rows = []
    for index in range(8):
        rgb = np.random.default_rng(index).integers(0, 256, (1, 2, 3), np.uint8)
        picture = rgb.repeat(64, axis=0).repeat(36, axis=1)
        rows.append(Photograph(str(index), "test", None, encode_webp(picture, 101)))
    return write_shards(rows, tmp_path_factory.mktemp("shards"))


@pytest.fixture(scope="session")
def store(shards):
    return load_store(shards)


@pytest.fixture
def config():
    """The flagship's recipe for a processor, made small."""
    return replace(load_recipe("lumiere_cpu"), crop_side=32, batch_size=4, warmup_steps=2)


@pytest.fixture(autouse=True)
def float32(monkeypatch):
    """Train in float32 on every machine: tests compare numbers."""
    monkeypatch.setattr("autochrome.train.run.bf16_is_faster", lambda _: False)


@pytest.fixture
def full_disk():
    """Let the system refuse whatever would make a file larger than 100 kB, as a full disk would."""

    @contextmanager
    def refuse():
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # Python ignores SIGXFSZ
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return refuse
