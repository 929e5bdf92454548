import importlib.util
from pathlib import Path

import numpy as np
import pytest
import pyvips

from autochrome.errors import PhotoMemoryError, PhotoTooLargeError
from autochrome.photo import open_photo


@pytest.fixture(scope="session")
def icc():
    """Makes small ICC profiles: see `icc.py`."""
    spec = importlib.util.spec_from_file_location("icc", Path(__file__).with_name("icc.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def gray_image():
    """96 x 64 pixels, a smooth ramp with texture, 8-bit gray."""
    rows, columns = np.mgrid[:64, :96]
    pixels = (rows + columns) * 1.4 + 15 * ((rows // 4 + columns // 4) % 2)
    return pyvips.Image.new_from_array(pixels.astype(np.uint8)).copy(interpretation="b-w")


@pytest.fixture
def check_limits(monkeypatch):
    """Check that 0.12 megapixels of a format are refused before its decoder, by name, is called."""

    def check(data, decoder):
        monkeypatch.setattr(decoder, None)
        with pytest.raises(PhotoTooLargeError):
            open_photo(data, max_megapixels=0.1)
        monkeypatch.setattr("autochrome.photo.limits._ALWAYS_FITS", 0)
        monkeypatch.setattr("autochrome.photo.limits.available_memory", lambda: 1_000_000)
        with pytest.raises(PhotoMemoryError):
            open_photo(data)

    return check
