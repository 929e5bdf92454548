"""Photographs of a plain folder: brought to sRGB, and none stops the others."""

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import pyvips

from autochrome.errors import UnreadablePhotoError, UsageError
from autochrome.shards import decode_rgb, pack_folder, read_folder, read_photographs

RED = (201, 61, 40)


def flat(color=RED, side=64):
    return np.full((side, side, 3), color, np.uint8)


def image_of(array):
    height, width, bands = array.shape
    image = pyvips.Image.new_from_memory(array.tobytes(), width, height, bands, "uchar")
    return image.copy(interpretation="srgb" if bands > 2 else "b-w")


def save(array, path):
    image_of(array).write_to_file(str(path))


def huge_png():
    """The head of 50,000 x 50,000 pixels, and no more: who reads it sees its size."""

    def chunk(kind, data):
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def packed(folder, output):
    shards, failures = pack_folder(folder, output)
    return {p.key: decode_rgb(p.image) for p in read_photographs(shards)}, failures


def only(folder):
    """Decode the one photograph of a folder, as `evaluate` does."""
    (photograph,) = read_folder(folder)
    return decode_rgb(photograph.image, photograph.key)


@pytest.fixture
def album(tmp_path):
    (tmp_path / "album").mkdir()
    save(flat(), tmp_path / "album" / "good.png")
    return tmp_path / "album"


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux")
def test_what_cannot_be_read_is_named_and_the_others_are_packed(album):
    (album / "faulty.png").symlink_to("/proc/self/mem")
    (album / "large.png").write_bytes(huge_png())
    pictures, failures = packed(album, album.parent / "out")
    assert list(pictures) == ["good.png"]
    faulty, large = map(str, failures)
    assert "faulty.png: Input/output error" in faulty
    assert "large.png has 2500 megapixels" in large
    assert "--max-megapixels" not in large  # no option of those who read folders


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux")
def test_whoever_needs_all_of_a_folder_hears_which_file_is_faulty(album):
    (album / "faulty.png").symlink_to("/proc/self/mem")
    with pytest.raises(UnreadablePhotoError, match=r"faulty\.png"):
        list(read_folder(album))


def test_more_pixels_than_opencv_takes():
    with pytest.raises(UnreadablePhotoError, match=r"cannot decode large\.png"):
        decode_rgb(huge_png(), "large.png")


def test_a_name_that_is_no_text_is_packed(album):
    try:
        (album / os.fsdecode(b"\xff.png")).write_bytes((album / "good.png").read_bytes())
    except OSError:
        pytest.skip("file names must be text here")
    pictures, failures = packed(album, album.parent / "out")
    assert sorted(pictures) == ["\\xff.png", "good.png"]
    assert failures == []


def test_a_folder_without_photographs(tmp_path):
    (tmp_path / "a.heic").touch()
    with pytest.raises(UsageError) as caught:
        list(read_folder(tmp_path))
    assert caught.value.advice == "Known: .bmp, .jpeg, .jpg, .png, .tif, .tiff, .webp"


def test_plain_photographs_keep_their_bytes(album):
    (photograph,) = read_folder(album)
    assert photograph.image == (album / "good.png").read_bytes()


def test_a_wide_gamut_is_brought_to_srgb(album):
    wide = image_of(flat()).icc_transform("p3", input_profile="srgb")
    assert abs(wide(0, 0)[0] - RED[0]) > 10  # else nothing is tested
    wide.write_to_file(str(album / "good.jpg"), Q=100)
    (album / "good.png").unlink()
    np.testing.assert_allclose(only(album), flat(), atol=2)
    pictures, _ = packed(album, album.parent / "out")
    np.testing.assert_allclose(pictures["good.jpg"], flat(), atol=4)


def test_what_is_transparent_lies_on_white(album):
    half = np.dstack([flat(), np.zeros((64, 64), np.uint8)])
    half[:, 32:, 3] = 255
    half[:, 32:, :3] = (10, 200, 30)
    save(half, album / "good.png")
    expected = half[..., :3].copy()
    expected[:, :32] = 255
    np.testing.assert_array_equal(only(album), expected)
    pictures, _ = packed(album, album.parent / "out")
    np.testing.assert_allclose(pictures["good.png"][:, :20], 255, atol=2)


def test_gray_with_alpha_is_gray_on_white(album):
    save(
        np.dstack([np.full((8, 8), 70, np.uint8), np.full((8, 8), 255, np.uint8)]), album / "g.png"
    )
    (album / "good.png").unlink()
    np.testing.assert_array_equal(only(album), np.full((8, 8, 3), 70))


def test_what_is_converted_is_upright_too(album):
    left_is_white = np.dstack([flat(), np.full((64, 64), 255, np.uint8)])[:, :48]
    left_is_white[:, :24, :3] = 255
    image = image_of(np.ascontiguousarray(left_is_white)).copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", 6)  # to be turned clockwise
    image.write_to_file(str(album / "good.png"))
    upright = only(album)
    assert upright.shape == (48, 64, 3)
    assert (upright[:24] == 255).all()
    assert (upright[24:] == RED).all()


def test_a_damaged_photograph_with_a_profile_is_left_out(album):
    wide = image_of(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    data = wide.icc_transform("p3", input_profile="srgb").pngsave_buffer()
    (album / "cut.png").write_bytes(data[: len(data) * 3 // 4])
    pictures, failures = packed(album, album.parent / "out")
    assert list(pictures) == ["good.png"]
    assert "cut.png" in str(failures[0])
