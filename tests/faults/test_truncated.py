"""A file that is cut short is refused; never is part of a photograph made gray or black."""

from dataclasses import replace

import numpy as np
import pytest

from autochrome.errors import UnreadablePhotoError
from autochrome.photo import WriteOptions, encode, open_photo

NAMES = [
    *("baseline.jpg", "progressive.jpg", "plain.png", "interlaced.png", "raw.tif", "lzw.tif"),
    *("jpeg.tif", "tiled.tif", "big.tif", "fax.tif", "pages.tif", "lossy.webp", "lossless.webp"),
    *("moving.webp", "still.avif", "still.gif", "moving.gif", "gray.jp2", "deep.jp2", "rgb.j2k"),
    *("deep_rgb.jp2", "plain.heic"),
    *("plain.bmp", "gray.pgm", "rgb.ppm"),
]


def _decoded(data):
    """Everything that would become color: each page, and an animation as a whole."""
    photo = open_photo(data)
    pages = []
    for index in photo.pages:
        page = open_photo(data, page=index) if index else photo
        page.read_lightness(32, 48)
        pages.append(page.read().numpy().tobytes())
    if photo.suffix == ".webp" and len(photo.pages) > 1:
        whole = replace(photo, frames=len(photo.pages))
        encode(whole.read(), whole, ".webp", WriteOptions())
    return pages


def test_every_sample_is_tried(samples):
    assert sorted(NAMES) == sorted(samples)


@pytest.mark.parametrize("name", NAMES)
def test_cut_at_many_places(samples, name):
    data = samples[name]
    complete = _decoded(data)
    cuts = {*np.linspace(1, len(data) - 1, 30).astype(int), *range(len(data) - 4, len(data))}
    refused = 0
    for cut in sorted(cuts):
        try:
            # What is missing may say nothing of the pixels: then they have to be all there.
            assert _decoded(data[:cut]) == complete, cut
        except UnreadablePhotoError:
            refused += 1
    assert refused > 0.8 * len(cuts)


@pytest.mark.parametrize("name", NAMES)
def test_the_error_names_the_file_and_the_cure(samples, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(samples[name][: len(samples[name]) // 2])
    with pytest.raises(UnreadablePhotoError) as caught:
        open_photo(path).check_pixels()
    assert str(path) in caught.value.message
    assert caught.value.advice
    assert "\n" not in str(caught.value)
