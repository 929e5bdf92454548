"""A photograph that several tests say things about."""

import numpy as np
import pytest
import pyvips


@pytest.fixture(scope="session")
def picture() -> pyvips.Image:
    """Gray, 96 x 64 pixels."""
    rows, columns = np.mgrid[:64, :96]
    pixels = ((rows + columns) * 1.4).astype(np.uint8)
    return pyvips.Image.new_from_array(pixels).copy(interpretation="b-w")
