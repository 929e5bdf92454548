import os
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
import pyvips
from skimage.color import rgb2lab

from autochrome.errors import PhotoTooLargeError, UnreadablePhotoError
from autochrome.photo import open_photo, photo_from_array, to_array
from autochrome.photo.profile import to_depth


def _lightness(rgb):
    return rgb2lab(rgb)[..., 0]


def _deep(image, kind):
    # Not colourspace(), which leaves the lower byte of RGB empty.
    return (image * 257).cast("ushort").copy(interpretation=kind)


def _kinds(gray):
    rgb = gray.colourspace("srgb")
    return {
        "gray": gray,
        "gray-alpha": gray.bandjoin(100),
        "rgb": rgb,
        "rgba": rgb.bandjoin(100),
        "gray16": _deep(gray, "grey16"),
        "rgb16": _deep(gray.colourspace("srgb"), "rgb16"),
        "rgba16": _deep(gray.colourspace("srgb"), "rgb16")
        .bandjoin(30000)
        .copy(interpretation="rgb16"),
    }


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("kind", _kinds(pyvips.Image.black(1, 1)))
def test_depth_alpha_and_lightness(gray_image, tmp_path, suffix, kind):
    path = tmp_path / f"photo{suffix}"
    _kinds(gray_image)[kind].write_to_file(str(path))
    photo = open_photo(path)
    assert (photo.height, photo.width, photo.suffix) == (64, 96, suffix)
    image = photo.read()
    assert image.format == ("ushort" if "16" in kind else "uchar")
    assert image.hasalpha() == ("alpha" in kind or "rgba" in kind)
    expected = _lightness(np.repeat(gray_image.numpy()[..., None], 3, axis=-1))
    actual = photo.read_lightness(64, 96)
    assert np.abs(actual - expected).max() < 0.01


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".avif", ".gif"])
def test_formats_from_files_and_bytes(gray_image, tmp_path, suffix):
    path = tmp_path / f"photo{suffix}"
    quality = {} if suffix in (".png", ".gif") else {"Q": 95}
    gray_image.colourspace("srgb").write_to_file(str(path), **quality)
    expected = _lightness(np.repeat(gray_image.numpy()[..., None], 3, axis=-1))
    for source in (path, path.read_bytes()):
        photo = open_photo(source)
        assert photo.suffix == (".png" if suffix == ".gif" else suffix)
        assert np.abs(photo.read_lightness(64, 96) - expected).mean() < 1.5


@pytest.mark.parametrize("format_", ["palette.png", "onebit.png", "onebit.tif"])
def test_few_levels(gray_image, tmp_path, format_):
    path = tmp_path / format_
    if format_.startswith("palette"):
        gray_image.colourspace("srgb").pngsave(str(path), palette=True)
    else:
        (gray_image > 100).write_to_file(str(path), bitdepth=1)
    L = open_photo(path).read_lightness(64, 96)
    assert L.min() < 10
    assert L.max() > 80


def test_cmyk_with_and_without_profile(gray_image, tmp_path):
    cmyk = gray_image.colourspace("srgb").icc_transform("cmyk")
    expected = _lightness(cmyk.icc_transform("srgb").numpy())
    for keep in ("all", "none"):
        path = tmp_path / f"{keep}.tif"
        cmyk.tiffsave(str(path), keep=keep)
        photo = open_photo(path)
        assert (photo.read().interpretation, photo.depth) == ("rgb16", 8)
        assert np.abs(photo.read_lightness(64, 96) - expected).max() < 1.5


def test_embedded_profile_is_honored(tmp_path):
    pixels = np.full((16, 16, 3), (40, 200, 90), dtype=np.uint8)
    p3 = pyvips.Image.new_from_array(pixels).icc_transform("p3", input_profile="srgb")
    p3.pngsave(str(tmp_path / "p3.png"))
    back = to_array(to_depth(open_photo(tmp_path / "p3.png").read(), 8)).astype(int)
    assert np.abs(p3.numpy().astype(int) - pixels).max() > 20
    assert np.abs(back - pixels).max() <= 1


def test_srgb_profile_changes_no_pixel(gray_image, tmp_path):
    rgb = gray_image.colourspace("srgb")
    rgb.pngsave(str(tmp_path / "photo.png"), profile="srgb")
    np.testing.assert_array_equal(to_array(open_photo(tmp_path / "photo.png").read()), rgb.numpy())


def test_profile_that_does_not_fit_is_ignored(gray_image, tmp_path):
    rgb = gray_image.colourspace("srgb").icc_transform("p3", input_profile="srgb")
    gray = gray_image.copy()
    gray.set_type(pyvips.GValue.blob_type, "icc-profile-data", rgb.get("icc-profile-data"))
    gray.tiffsave(str(tmp_path / "photo.tif"))
    expected = _lightness(np.repeat(gray_image.numpy()[..., None], 3, axis=-1))
    actual = open_photo(tmp_path / "photo.tif").read_lightness(64, 96)
    assert np.abs(actual - expected).max() < 0.01


@pytest.mark.parametrize("kind", ["b-w", "srgb", "grey16", "rgb16"])
def test_damaged_profile_is_ignored(gray_image, tmp_path, kind):
    image = gray_image.colourspace("srgb") if "rgb" in kind else gray_image
    image = _deep(image, kind) if "16" in kind else image.copy()
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", b"nonsense" * 40)
    image.tiffsave(str(tmp_path / "photo.tif"))
    expected = _lightness(np.repeat(gray_image.numpy()[..., None], 3, axis=-1))
    actual = open_photo(tmp_path / "photo.tif").read_lightness(64, 96)
    assert np.abs(actual - expected).max() < 0.01


def test_nothing_is_printed_about_a_damaged_file(tmp_path):
    code = """
import sys, pyvips
from autochrome.errors import UnreadablePhotoError
from autochrome.photo import open_photo
noise = pyvips.Image.gaussnoise(300, 300, sigma=60, mean=128).cast("uchar")
for suffix in (".jpg", ".png", ".tif", ".webp"):
    data = noise.write_to_buffer(suffix)
    try:
        open_photo(data[: len(data) // 2]).read_lightness(64, 64)
    except UnreadablePhotoError:
        continue
    raise SystemExit(1)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""


def test_floating_point_is_linear_light(gray_image, tmp_path):
    gray_image.colourspace("scrgb").tiffsave(str(tmp_path / "rgb.tif"))
    gray_image.colourspace("scrgb")[0].tiffsave(str(tmp_path / "gray.tif"))
    expected = _lightness(np.repeat(gray_image.numpy()[..., None], 3, axis=-1))
    for name in ("rgb.tif", "gray.tif"):
        photo = open_photo(tmp_path / name)
        assert photo.read().interpretation == "rgb16"
        assert np.abs(photo.read_lightness(64, 96) - expected).max() < 0.02


def test_thumbnail_averages(tmp_path):
    pixels = np.zeros((256, 256), dtype=np.uint8)
    pixels[:, 128:] = 200
    pyvips.Image.new_from_array(pixels).write_to_file(str(tmp_path / "photo.png"))
    L = open_photo(tmp_path / "photo.png").read_lightness(8, 16)
    assert L.shape == (8, 16)
    assert np.abs(L[:, :6]).max() < 3
    assert np.abs(L[:, 10:] - _lightness(np.full(3, 200 / 255))).max() < 3


@pytest.mark.parametrize("name", ["b[0].png", "b[page=2]", "müller 写真 🎞.png", "-.png", "a'b.png"])
def test_any_file_name(gray_image, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(gray_image.pngsave_buffer())
    assert open_photo(path).read_lightness(4, 6).shape == (4, 6)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".gif"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_truncated(gray_image, tmp_path, suffix, share):
    data = gray_image.colourspace("srgb").write_to_buffer(suffix)
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UnreadablePhotoError) as caught:
        open_photo(path).read_lightness(64, 96)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.jpg", b""),
        ("text.jpg", b"Dear Sir,\n" * 100),
        ("table.csv", b"1 2 3\n4 5 6\n"),
        ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
        ("start.jpg", b"\xff\xd8\xff"),
    ],
)
def test_not_a_photograph(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    for source in (path, content):
        with pytest.raises(UnreadablePhotoError):
            open_photo(source)


def test_missing_file_and_folder(tmp_path):
    for path in (tmp_path / "missing.jpg", tmp_path):
        with pytest.raises(UnreadablePhotoError, match="Cannot read"):
            open_photo(path)


def _png_header(width, height):
    def chunk(kind, data):
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def test_too_many_megapixels_are_refused_by_the_header_alone(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(_png_header(100_000, 100_000))
    with pytest.raises(PhotoTooLargeError, match="1e\\+04 megapixels"):
        open_photo(path)


def test_limit_is_inclusive(gray_image, tmp_path):
    gray_image.write_to_file(str(tmp_path / "photo.png"))
    megapixels = 64 * 96 / 1e6
    assert open_photo(tmp_path / "photo.png", max_megapixels=megapixels)
    with pytest.raises(PhotoTooLargeError):
        open_photo(tmp_path / "photo.png", max_megapixels=megapixels * 0.999)


def test_integers_of_32_bits_are_refused(tmp_path, gray_image):
    """Their white may be 255, 65,535 or 4 billion: a guess would make some photograph black."""
    path = tmp_path / "a.tif"
    gray_image.cast("uint").write_to_file(str(path))
    with pytest.raises(UnreadablePhotoError, match="8 or 16 bits"):
        open_photo(path)


@pytest.mark.parametrize("kind", ["char", "short"])
def test_signed_integers_are_refused(tmp_path, gray_image, kind):
    """Their white may be the largest number, and their black 0 or the smallest."""
    path = tmp_path / "a.tif"
    gray_image.cast(kind).write_to_file(str(path))
    with pytest.raises(UnreadablePhotoError, match="without sign"):
        open_photo(path)


def test_a_limit_that_is_no_number_refuses_all(tmp_path, gray_image):
    path = tmp_path / "a.png"
    gray_image.write_to_file(str(path))
    with pytest.raises(PhotoTooLargeError):
        open_photo(path, max_megapixels=float("nan"))


@pytest.mark.parametrize("bands", [1, 2, 3, 4])
def test_small_lightness_of_16_bits_is_not_rounded_to_8(bands):
    gray = np.linspace(2000, 9000, 128 * 128).reshape(128, 128).astype(np.uint16)
    pixels = np.dstack([gray] * (1 if bands < 3 else 3))
    if bands in (2, 4):
        pixels = np.dstack([pixels, np.full_like(gray, 40_000)])
    expected = _lightness(np.repeat(gray[..., None] / 65535, 3, axis=-1))
    expected = expected.reshape(64, 2, 64, 2).mean(axis=(1, 3))
    actual = photo_from_array(pixels).read_lightness(64, 64)
    assert np.abs(actual - expected).max() < 0.02


def test_floating_point_that_is_not_from_0_to_1_is_refused(gray_image):
    light = gray_image.cast("float")
    open_photo((light / 255).tiffsave_buffer()).read_lightness(64, 96)
    with pytest.raises(UnreadablePhotoError, match="far beyond 1"):
        open_photo(light.tiffsave_buffer()).read_lightness(64, 96)


def test_a_tiff_of_an_unknown_kind_is_not_only_called_damaged(gray_image):
    data = bytearray(gray_image.cast("float").tiffsave_buffer())
    (directory,) = struct.unpack("<I", data[4:8])
    (count,) = struct.unpack("<H", data[directory : directory + 2])
    for entry in range(directory + 2, directory + 2 + 12 * count, 12):
        if struct.unpack("<H", data[entry : entry + 2]) == (258,):  # BitsPerSample
            data[entry + 8 : entry + 10] = struct.pack("<H", 64)
    with pytest.raises(UnreadablePhotoError, match="kind of TIFF"):
        open_photo(bytes(data))


def test_a_small_photograph_is_enlarged_about_its_middle():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (9, 14), dtype=np.uint8)
    enlarged = photo_from_array(pixels).read_lightness(72, 100)
    mirrored = photo_from_array(pixels[::-1, ::-1]).read_lightness(72, 100)
    np.testing.assert_allclose(mirrored[::-1, ::-1], enlarged, atol=1)  # a level of 8 bits


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_no_file(tmp_path):
    """It could be read once only; one that nobody writes to would keep us waiting for ever."""
    path = tmp_path / "a.jpg"
    os.mkfifo(path)
    code = f"""
from pathlib import Path
from autochrome.batch.fingerprint import Fingerprint
from autochrome.photo import open_photo
print(Fingerprint.take(Path({str(path)!r})))
open_photo(Path({str(path)!r}))
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert told.stdout == "None\n"
    assert f"{path} is a pipe, not a file. Pass what comes from it to '-'" in told.stderr
