"""Where places lie in another frame."""

import numpy as np
import pytest

from autochrome.video.steady.flow import agreement, compose, fetch, find_places, identity

SIZE = (96, 144)
MARGIN = 12


def texture(seed=0, size=(300, 400)):
    """L* with detail of all sizes."""
    import cv2

    rng = np.random.default_rng(seed)
    layers = [cv2.GaussianBlur(rng.normal(size=size), (0, 0), s) * s for s in (1.5, 4, 12)]
    total = sum(layers)
    return (50 + 18 * total / total.std()).clip(0, 100).astype(np.float32)


def view(image, right, down):
    return np.ascontiguousarray(image[100 + down : 196 + down, 120 + right : 264 + right])


def middle(values):
    return values[MARGIN:-MARGIN, MARGIN:-MARGIN]


@pytest.mark.parametrize("shift", [(0, 0), (3, -2), (-7, 4), (20, 0), (-30, 12)])
def test_finds_a_known_shift(shift):
    image = texture()
    places = find_places(view(image, 0, 0), view(image, *shift))
    found = (places - identity(*SIZE))[30:-30, 40:-40]
    assert np.abs(np.median(found, axis=(0, 1)) + shift).max() < 0.3
    assert places.dtype == np.float32


def test_identity_fetches_the_same():
    values = np.random.default_rng(1).normal(size=(*SIZE, 2)).astype(np.float32)
    np.testing.assert_allclose(fetch(values, identity(*SIZE)), values, atol=1e-6)


def test_fetches_between_pixels_and_the_edge_beyond_it():
    ramp = identity(*SIZE).copy()
    places = ramp + np.float32([2.25, -1.5])
    fetched = fetch(ramp, places)
    np.testing.assert_allclose(middle(fetched), middle(places), atol=0.05)
    assert fetched[:, -1, 0].max() <= SIZE[1] - 1


def test_composition_is_that_of_the_functions():
    def turned(angle, scale):
        places = identity(*SIZE) - np.float32([72, 48])
        matrix = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        return (places @ matrix.T + np.float32([72, 48])).astype(np.float32)

    both = compose(turned(0.05, 0.9), turned(0.03, 0.8))
    np.testing.assert_allclose(middle(both), middle(turned(0.08, 0.72)), atol=0.05)


def test_a_frame_agrees_with_itself_and_not_with_another():
    one, other = texture(0)[:96, :144], texture(1)[:96, :144]
    assert agreement(one, one.copy(), identity(*SIZE)).min() > 0.99
    assert agreement(one, other, identity(*SIZE)).mean() < 0.3


def test_a_faint_picture_does_not_agree_with_another():
    one, other = texture(0)[:96, :144], texture(1)[:96, :144]
    faint = np.float32(0.15) * other + 5
    assert agreement(one, faint, identity(*SIZE)).mean() < 0.3
    assert agreement(faint, one, identity(*SIZE)).mean() < 0.3


def test_what_leads_out_of_the_frame_does_not_agree():
    flat = np.full(SIZE, 50, np.float32)
    agreed = agreement(flat, flat, identity(*SIZE) + np.float32([40, 0]))
    assert (agreed[:, -40:] == 0).all()
    assert agreed[:, :-41].min() > 0.99


@pytest.mark.parametrize(
    ("gain", "offset"), [(0.7, 0), (1.3, 0), (1, 12), (0.8, -8), (0.2, 0), (0.15, 60)]
)
def test_a_change_of_light_does_not_count(gain, offset):
    L = texture()[:96, :144] * 0.5 + 20
    assert agreement(L, gain * L + np.float32(offset), identity(*SIZE)).min() > 0.99


def test_grain_hardly_counts():
    L = texture()[:96, :144]
    rng = np.random.default_rng(3)
    grains = [L + rng.normal(size=SIZE).astype(np.float32) * 4 for _ in range(2)]
    assert agreement(*grains, identity(*SIZE)).mean() > 0.9


def test_something_else_in_a_part_of_the_frame_counts_there_only():
    one = texture(0)[:96, :144]
    other = one.copy()
    other[40:60, 50:80] = 100 - other[40:60, 50:80]
    agreed = agreement(one, other, identity(*SIZE))
    assert agreed[44:56, 54:76].mean() < 0.5
    assert agreed[:30].mean() > 0.9
