"""Damage in the middle of a file, which libvips decodes to gray or black and only warns of."""

import random
import struct

import pytest
import pyvips
from PIL import Image

from autochrome.errors import UnreadablePhotoError
from autochrome.photo import open_photo

END = b"\xff\xd9"  # of a JPEG


@pytest.fixture
def photograph():
    """Enough detail that a few bytes are a few lines."""
    noise = pyvips.Image.gaussnoise(320, 320, mean=128, sigma=40, seed=1)
    return noise.gaussblur(1).cast("uchar").copy(interpretation="b-w")


def damaged(data, count=4096):
    """Return the bytes with others, of which none begins a marker, in the middle."""
    middle = len(data) // 2
    others = random.Random(0).randbytes(count).replace(b"\xff", b"\x55")
    return data[:middle] + others + data[middle + count :]


def lightness(data):
    return open_photo(data).read_lightness(64, 64)


def _jpeg_without_its_middle(photograph):
    data = photograph.jpegsave_buffer()
    return data[: len(data) // 2] + data[len(data) * 3 // 4 :]


def _tiff(photograph, **how):
    return damaged(photograph.tiffsave_buffer(**how))


DAMAGED = {
    "jpeg without its end": lambda image: image.jpegsave_buffer()[:9000] + END,
    "progressive": lambda image: image.jpegsave_buffer(interlace=True)[:9000] + END,
    "jpeg without its middle": _jpeg_without_its_middle,
    "lzw": lambda image: _tiff(image, compression="lzw"),
    "lzw in tiles": lambda image: _tiff(image, compression="lzw", tile=True),
    "deflate in tiles": lambda image: _tiff(image, compression="deflate", tile=True),
    "jpeg in strips": lambda image: _tiff(image, compression="jpeg"),
    "fax": lambda image: _tiff(image > 128, compression="ccittfax4", bitdepth=1),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_damage_in_the_middle_is_told(photograph, kind):
    data = DAMAGED[kind](photograph)
    # What we guard against: libvips by itself raises nothing.
    assert pyvips.Image.new_from_buffer(data, "", fail_on="truncated").avg() > 0
    with pytest.raises(UnreadablePhotoError, match="damaged or cut short") as told:
        lightness(data)
    assert len(_causes(told.value)) <= 3


def _causes(error):
    """Follow what led to an error, as a batch does, which would never end in a circle."""
    links = []
    while error:
        assert error not in links
        links.append(error)
        error = error.__cause__ or error.__context__
    return links


def _entry(data, tag):
    """Find an entry of the first directory of a TIFF."""
    (offset,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, offset)
    places = range(offset + 2, offset + 2 + 12 * count, 12)
    return next(place for place in places if struct.unpack_from("<H", data, place)[0] == tag)


@pytest.mark.parametrize("tile", [False, True])
@pytest.mark.parametrize("compression", [34712, 50002])
def test_an_unknown_compression_is_named(photograph, compression, tile):
    """JPEG 2000 and JPEG XL; libvips by itself makes them black."""
    data = bytearray(photograph.tiffsave_buffer(compression="lzw", tile=tile))
    struct.pack_into("<H", data, _entry(data, 259) + 8, compression)
    with pytest.raises(UnreadablePhotoError, match=r"not known here .* Save it with LZW"):
        lightness(bytes(data))


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "raw"])
def test_numbers_that_are_no_rgb_are_refused(photograph, tmp_path, compression):
    """libvips by itself takes Y, Cb and Cr for red, green and blue, but where JPEG has them."""
    gray = Image.fromarray(photograph.numpy())
    gray.convert("YCbCr").save(tmp_path / "a.tif", compression=compression)
    with pytest.raises(UnreadablePhotoError, match=r"YCbCr.* Save it as RGB"):
        open_photo(tmp_path / "a.tif")
    color = photograph.bandjoin([photograph, photograph]).copy(interpretation="srgb")
    data = color.tiffsave_buffer(compression="jpeg")
    assert lightness(data) == pytest.approx(lightness(color.tiffsave_buffer()), abs=8)


def test_a_head_that_is_odd_is_no_damage(photograph):
    """Its entries should be sorted; libtiff warns, and reads it all the same."""
    data = bytearray(photograph.tiffsave_buffer(compression="lzw"))
    first, second = _entry(data, 256), _entry(data, 257)
    data[first : first + 12], data[second : second + 12] = (
        data[second : second + 12],
        data[first : first + 12],
    )
    with pytest.raises(pyvips.Error):
        pyvips.Image.new_from_buffer(bytes(data), "", fail_on="warning").avg()
    assert lightness(bytes(data)) == pytest.approx(lightness(photograph.tiffsave_buffer()))


def test_bytes_between_segments_are_no_damage(photograph):
    data = photograph.jpegsave_buffer()
    scan = data.index(b"\xff\xda")
    odd = data[:scan] + b"\x01\x02\x03" + data[scan:]
    with pytest.raises(pyvips.Error, match="extraneous bytes"):
        pyvips.Image.new_from_buffer(odd, "", fail_on="warning").avg()
    assert lightness(odd) == pytest.approx(lightness(data))
