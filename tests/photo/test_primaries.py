"""Profiles made of numbers, against those that others publish, and read by LittleCMS."""

from io import BytesIO

import numpy as np
import pytest
from PIL import ImageCms

from autochrome.photo.icc import built_in, parse_profile
from autochrome.photo.primaries import (
    BT709_CURVE,
    BT2020,
    D65,
    DCI,
    EQUAL_ENERGY,
    P3,
    SRGB,
    SRGB_CURVE,
    gray_profile,
    matrix_profile,
)


def test_srgb_equals_the_profile_of_libvips():
    made = parse_profile(matrix_profile(SRGB, D65, SRGB_CURVE), b"RGB ")
    np.testing.assert_allclose(made.to_xyz, built_in("srgb").to_xyz, atol=4e-4)
    np.testing.assert_allclose(made.curves, built_in("srgb").curves, atol=1e-4)


def test_display_p3_equals_the_published_profile():
    """Columns of Apple's Display P3 (libvips has its one negative number at 0)."""
    columns = [
        [0.51512, 0.24120, -0.00105],
        [0.29198, 0.69225, 0.04189],
        [0.15710, 0.06657, 0.78407],
    ]
    made = parse_profile(matrix_profile(P3, D65, SRGB_CURVE), b"RGB ")
    np.testing.assert_allclose(made.to_xyz.T, columns, atol=4e-5)


def test_equals_the_published_matrix_of_bt2020():
    """Rows of BT.2020 to XYZ under D65 (ITU-T H.273), after Bradford to D50."""
    to_xyz = [[0.6370, 0.1446, 0.1689], [0.2627, 0.6780, 0.0593], [0.0, 0.0281, 1.0610]]
    to_d50 = [[1.0479, 0.0229, -0.0502], [0.0296, 0.9904, -0.0171], [-0.0092, 0.0151, 0.7519]]
    made = parse_profile(matrix_profile(BT2020, D65, SRGB_CURVE), b"RGB ")
    np.testing.assert_allclose(made.to_xyz, np.array(to_d50) @ to_xyz, atol=4e-4)


@pytest.mark.parametrize("white", [D65, DCI, EQUAL_ENERGY])
def test_white_is_the_white_of_the_profile_space(white):
    made = parse_profile(matrix_profile(P3, white, (2.6,)), b"RGB ")
    np.testing.assert_allclose(made.to_xyz.sum(axis=1), [0.9642, 1.0, 0.8249], atol=1e-4)


def test_curves():
    x = np.linspace(0, 1, 65536)
    (gamma,) = parse_profile(gray_profile((2.2,)), b"GRAY").curves
    np.testing.assert_allclose(gamma, x**2.2, atol=1e-4)
    (video,) = parse_profile(gray_profile(BT709_CURVE), b"GRAY").curves
    expected = np.where(x < 0.081, x / 4.5, ((x + 0.099) / 1.099) ** (1 / 0.45))
    np.testing.assert_allclose(video, expected, atol=2e-4)


def test_others_read_them():
    for data in (matrix_profile(P3, D65, SRGB_CURVE), gray_profile((2.2,))):
        profile = ImageCms.ImageCmsProfile(BytesIO(data))
        assert "named" in ImageCms.getProfileDescription(profile)


@pytest.mark.parametrize("primaries", [((0.3, 0.3),) * 3, ((0.6, 0.0), (0.3, 0.6), (0.1, 0.1))])
def test_what_spans_no_colors_is_refused(primaries):
    with pytest.raises(ValueError, match="prim"):
        matrix_profile(primaries, D65, SRGB_CURVE)
