"""Gray copies for a screen, against the lightness of the whole photograph."""

import numpy as np
import pytest
import pyvips

from autochrome.color import lab_to_rgb
from autochrome.errors import UnreadablePhotoError, UsageError
from autochrome.photo import gray_preview, gray_region, open_photo, to_array
from autochrome.photo.orientation import stored_region, to_upright
from autochrome.photo.profile import lightness, split_alpha

LEFT, TOP, WIDTH, HEIGHT = 7, 5, 31, 22


def decoded(data):
    image = pyvips.Image.new_from_buffer(data, "")
    assert image.interpretation == "b-w"
    return to_array(image)[..., 0].astype(int)


def whole_gray(photo):
    """The gray values of the whole photograph, upright, in float64."""
    L = to_array(lightness(split_alpha(photo.read())[0]).cast("float"))[..., 0]
    lab = np.zeros((*L.shape, 3))
    lab[..., 0] = L
    return to_upright(lab_to_rgb(lab)[..., 0] * 255, photo.orientation)


def photograph(path, image, orientation=1, **save):
    image = image.copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    image.write_to_file(str(path), **save)
    return open_photo(path)


@pytest.fixture
def cmyk_image(gray_image):
    inks = [gray_image * share for share in (0.6, 0.5, 0.8, 0.3)]
    image = inks[0].bandjoin(inks[1:]).cast("uchar")
    return image.copy(interpretation="cmyk")


def assert_region_is_that_of_the_whole(photo):
    expected = whole_gray(photo)[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH]
    assert np.ptp(expected) > 30
    found = decoded(gray_region(photo, LEFT, TOP, WIDTH, HEIGHT))
    assert found.shape == (HEIGHT, WIDTH)
    assert np.abs(found - expected).mean() < 1.5  # as JPEG is
    assert np.abs(found - expected).max() < 8


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_region_is_that_of_the_upright_photograph(tmp_path, gray_image, orientation):
    photo = photograph(tmp_path / "photo.jpg", gray_image, orientation, Q=95)
    assert photo.orientation == orientation
    assert_region_is_that_of_the_whole(photo)


def test_a_region_of_sixteen_bits(tmp_path, gray_image):
    deep = (gray_image * 257 + 100).cast("ushort").copy(interpretation="grey16")
    photo = photograph(tmp_path / "photo.png", deep)
    assert photo.depth == 16
    assert_region_is_that_of_the_whole(photo)


def test_a_region_of_cmyk(tmp_path, cmyk_image):
    assert_region_is_that_of_the_whole(photograph(tmp_path / "photo.tif", cmyk_image))


def test_a_region_of_color_and_alpha(tmp_path, gray_image):
    bands = [gray_image.rot180(), gray_image.flip("vertical"), gray_image * 0.5]
    image = gray_image.bandjoin(bands).cast("uchar").copy(interpretation="srgb")
    assert_region_is_that_of_the_whole(photograph(tmp_path / "photo.png", image))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_whole_and_the_corners_are_regions(tmp_path, gray_image, orientation):
    photo = photograph(tmp_path / "photo.png", gray_image, orientation)
    height, width = photo.upright_size
    expected = whole_gray(photo)
    whole = decoded(gray_region(photo, 0, 0, width, height))
    np.testing.assert_allclose(whole, expected, atol=8)
    last = decoded(gray_region(photo, width - 1, height - 1, 1, 1))
    np.testing.assert_allclose(last, expected[-1:, -1:], atol=2)


@pytest.mark.parametrize(
    "region",
    [(-1, 0, 4, 4), (0, -1, 4, 4), (93, 0, 4, 4), (0, 61, 4, 4), (0, 0, 0, 4), (0, 0, 4, 0)],
)
def test_a_region_outside_is_refused(tmp_path, gray_image, region):
    photo = photograph(tmp_path / "photo.png", gray_image)
    with pytest.raises(UsageError, match="96 x 64"):
        gray_region(photo, *region)


def test_a_region_of_a_damaged_photograph_is_refused(tmp_path, gray_image):
    path = tmp_path / "photo.jpg"
    gray_image.jpegsave(str(path))
    photo = open_photo(path)
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(UnreadablePhotoError):
        gray_region(photo, 0, 50, 96, 14)


def test_a_preview_is_never_enlarged_and_never_too_large(tmp_path, gray_image):
    photo = photograph(tmp_path / "photo.png", gray_image)
    np.testing.assert_allclose(decoded(gray_preview(photo, 1e6)), whole_gray(photo), atol=8)
    small = decoded(gray_preview(photo, 1000))
    assert small.size <= 1000
    assert small.mean() == pytest.approx(whole_gray(photo).mean(), abs=2)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_where_a_region_is_stored(orientation):
    stored = np.arange(12 * 9).reshape(12, 9)
    upright = to_upright(stored, orientation)
    left, top, width, height = stored_region((2, 1, 5, 3), upright.shape, orientation)
    cut = to_upright(stored[top : top + height, left : left + width], orientation)
    np.testing.assert_array_equal(cut, upright[1:4, 2:7])
