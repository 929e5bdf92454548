"""Profiles made of numbers, against those that others publish, and read by LittleCMS."""

from io import BytesIO

import numpy as np
from PIL import ImageCms

from autochrome.photo.icc import built_in, parse_profile
from autochrome.photo.primaries import BT2020, P3, matrix_profile

SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))


def test_srgb_equals_the_profile_of_libvips():
    made = parse_profile(matrix_profile(SRGB), b"RGB ")
    np.testing.assert_allclose(made.to_xyz, built_in("srgb").to_xyz, atol=4e-4)
    np.testing.assert_allclose(made.curves, built_in("srgb").curves, atol=1e-4)


def test_display_p3_equals_the_published_profile():
    """Columns of Apple's Display P3 (libvips has its one negative number at 0)."""
    columns = [
        [0.51512, 0.24120, -0.00105],
        [0.29198, 0.69225, 0.04189],
        [0.15710, 0.06657, 0.78407],
    ]
    made = parse_profile(matrix_profile(P3), b"RGB ")
    np.testing.assert_allclose(made.to_xyz.T, columns, atol=4e-5)


def test_equals_the_published_matrix_of_bt2020():
    """Rows of BT.2020 to XYZ under D65 (ITU-T H.273), after Bradford to D50."""
    to_xyz = [[0.6370, 0.1446, 0.1689], [0.2627, 0.6780, 0.0593], [0.0, 0.0281, 1.0610]]
    to_d50 = [[1.0479, 0.0229, -0.0502], [0.0296, 0.9904, -0.0171], [-0.0092, 0.0151, 0.7519]]
    made = parse_profile(matrix_profile(BT2020), b"RGB ")
    np.testing.assert_allclose(made.to_xyz, np.array(to_d50) @ to_xyz, atol=4e-4)


def test_white_is_the_white_of_the_profile_space():
    made = parse_profile(matrix_profile(P3), b"RGB ")
    np.testing.assert_allclose(made.to_xyz.sum(axis=1), [0.9642, 1.0, 0.8249], atol=1e-4)


def test_others_read_it():
    profile = ImageCms.ImageCmsProfile(BytesIO(matrix_profile(P3)))
    assert "named" in ImageCms.getProfileDescription(profile)
