import struct
from io import BytesIO

import numpy as np
import pytest
import pyvips
import tifftools
from PIL import Image

from autochrome.errors import UnreadablePhotoError
from autochrome.photo import open_photo
from autochrome.photo.directories import tiff_directories


def _directories(data):
    return tiff_directories(BytesIO(data))


@pytest.fixture
def image(gray_image):
    return gray_image.resize(8)


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("little", [False, True])
def test_a_photograph_is_one_page(image, tmp_path, big, little):
    image.tiffsave(str(tmp_path / "a.tif"), bigtiff=big, compression="lzw")
    info = tifftools.read_tiff(tmp_path / "a.tif")
    tifftools.write_tiff(info, tmp_path / "b.tif", bigEndian=not little)
    (directory,) = _directories((tmp_path / "b.tif").read_bytes())
    assert (directory.is_page, directory.has_children) == (True, False)


def test_small_copies_are_no_pages(image):
    """Of a pyramid, only the largest is the photograph, wherever the small ones are kept."""
    kept = {"tile": True, "pyramid": True, "compression": "deflate"}
    below, beside = (image.tiffsave_buffer(subifd=below, **kept) for below in (True, False))
    assert [d.has_children for d in _directories(below)] == [True]
    directories = _directories(beside)
    assert [d.is_page for d in directories] == [True, *[False] * (len(directories) - 1)]
    assert len(directories) > 1
    for data in (below, beside):
        assert open_photo(data).pages == (0,)


def _marked(image, tmp_path, kinds):
    """A TIFF whose pages have these NewSubfileTypes; each is one pixel higher than the last."""
    files = []
    for number, kind in enumerate(kinds):
        path = tmp_path / f"{number}.tif"
        image.crop(0, 0, 40, 10 + number).tiffsave(str(path))
        tifftools.tiff_set(path, overwrite=True, setlist=[("NewSubfileType", str(kind))])
        files.append(path)
    tifftools.tiff_concat(files, tmp_path / "all.tif")
    return open_photo(tmp_path / "all.tif")


def test_the_photograph_after_its_thumbnail_is_taken(image, tmp_path):
    photo = _marked(image, tmp_path, [1, 0, 2, 4])
    assert (photo.pages, photo.page, photo.height) == ((1, 2), 1, 11)
    assert photo.read().height == 11


def test_small_copies_alone_are_taken_for_the_photograph(image, tmp_path):
    assert _marked(image, tmp_path, [1]).pages == (0,)


def test_many_pages(tmp_path):
    pages = [Image.fromarray(np.full((5 + i, 7), i, np.uint8)) for i in range(20)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    photo = open_photo(tmp_path / "a.tif")
    assert photo.pages == tuple(range(20))
    page = open_photo(tmp_path / "a.tif", page=13)
    assert (page.height, page.read().avg()) == (18, 13)


@pytest.mark.parametrize("data", [b"", b"II*\0", b"XX*\0\x08\0\0\0", b"II*\0\xff\xff\xff\xff" * 3])
def test_no_directory(data):
    with pytest.raises(ValueError, match="missing"):
        _directories(data)


def test_pixels_of_the_last_page_are_missing(image, tmp_path):
    """libtiff writes pixels before their directory; other programs after it."""
    image.tiffsave(str(tmp_path / "a.tif"))
    tifftools.write_tiff(
        tifftools.read_tiff(tmp_path / "a.tif"), tmp_path / "b.tif", ifdsFirst=True
    )
    data = (tmp_path / "b.tif").read_bytes()
    assert open_photo(data).read().avg() == pytest.approx(image.avg())
    with pytest.raises(UnreadablePhotoError, match="pixels are missing"):
        open_photo(data[:-5])
    # What we guard against: libvips by itself raises nothing.
    assert pyvips.Image.new_from_buffer(data[:-5], "", fail_on="truncated").avg() > 0


@pytest.mark.parametrize("tag", [254, 256])
def test_of_a_tag_that_comes_twice_the_first_counts(image, tmp_path, tag):
    """As for libtiff; ExifTool would warn."""
    image.tiffsave(str(tmp_path / "a.tif"))
    data = bytearray((tmp_path / "a.tif").read_bytes())
    (offset,) = struct.unpack("<I", data[4:8])
    (count,) = struct.unpack_from("<H", data, offset)
    table = data[offset + 2 : offset + 2 + 12 * count]
    entries = [table[i : i + 12] for i in range(0, len(table), 12)]
    twice = struct.pack("<HHII", tag, 4, 1, 1)
    present = [entry for entry in entries if struct.unpack_from("<H", entry)[0] == tag]
    first = present or [struct.pack("<HHII", tag, 4, 1, 0)]
    others = [entry for entry in entries if entry not in present]
    new = struct.pack("<H", len(others) + 2) + b"".join([*first, twice, *others]) + bytes(4)
    data[4:8] = struct.pack("<I", len(data))
    (directory,) = _directories(bytes(data + new))
    assert directory.is_page
    assert directory.num_pixels == image.width * image.height
