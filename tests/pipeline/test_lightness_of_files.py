from pathlib import Path

import numpy as np
import pytest

from autochrome.color import rgb_to_lab
from autochrome.photo import open_photo, to_array
from autochrome.pipeline import Colorizer

SAMPLES = sorted((Path(__file__).parents[2] / "samples").rglob("*.jpg"))


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer.open(device="cpu", num_threads=1)


def _lightness(pixels):
    unit = pixels / np.iinfo(pixels.dtype).max
    return rgb_to_lab(unit if unit.shape[-1] == 3 else np.repeat(unit, 3, axis=-1))[..., 0]


def _moved(colorizer, path, suffix):
    before = _lightness(to_array(open_photo(path).read()))
    encoded = colorizer.colorize_bytes(path.read_bytes(), suffix)
    return np.abs(_lightness(to_array(open_photo(encoded).read())) - before)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_lightness_is_kept_in_files_that_lose_nothing(colorizer, path, suffix):
    assert _moved(colorizer, path, suffix).max() <= 0.5


@pytest.mark.parametrize("name", ["documerica_554423", "fsa_lc_usf34_073395"])  # the worst two
@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".avif"])
def test_lightness_is_nearly_kept_in_compressed_files(colorizer, name, suffix):
    """At the default quality; `benchmarks/lightness.py` has all samples."""
    (path,) = (path for path in SAMPLES if path.stem == name)
    assert np.percentile(_moved(colorizer, path, suffix), 99) <= 1.05
