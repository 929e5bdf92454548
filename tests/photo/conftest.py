import numpy as np
import pytest
import pyvips


@pytest.fixture
def gray_image():
    """96 x 64 pixels, a smooth ramp with texture, 8-bit gray."""
    rows, columns = np.mgrid[:64, :96]
    pixels = (rows + columns) * 1.4 + 15 * ((rows // 4 + columns // 4) % 2)
    return pyvips.Image.new_from_array(pixels.astype(np.uint8)).copy(interpretation="b-w")
