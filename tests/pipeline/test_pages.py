"""Multi-page TIFFs and animations, through the colorizer."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pyvips
import tifftools
from PIL import Image

from autochrome import (
    ColorizeOptions,
    Colorizer,
    OutputError,
    PhotoTooLargeError,
    UnreadablePhotoError,
)
from autochrome.photo import pages as photo_pages
from autochrome.photo import to_stored
from autochrome.photo.naming import result_name
from autochrome.pipeline import Hint

DURATIONS = [50, 120, 80]


@pytest.fixture
def pages(gray):
    """Three pages that differ in size, depth and bands."""
    deep = gray[:40].astype(np.uint16) * 257
    rgba = np.dstack([gray[:, :50]] * 3 + [np.full((64, 50), 99, np.uint8)])
    return [gray, deep, rgba]


@pytest.fixture
def multipage(pages, tmp_path):
    first, *others = map(Image.fromarray, pages)
    path = tmp_path / "a, b.tif"  # tifftools takes a comma in a name for something else
    first.save(path, save_all=True, append_images=others, compression="tiff_lzw")
    return path


def _animation(path, gray):
    frames = [np.roll(gray, 8 * i, axis=1) for i in range(3)]
    images = [Image.fromarray(np.dstack([frame] * 3)) for frame in frames]
    how = {"lossless": True} if path.suffix == ".webp" else {}
    images[0].save(path, save_all=True, append_images=images[1:], duration=DURATIONS, loop=0, **how)
    return path


def _read(path, **how):
    return pyvips.Image.new_from_buffer(Path(path).read_bytes(), "", **how)


def test_every_page_of_a_tiff(colorizer, multipage, pages, tmp_path):
    result = colorizer.colorize_file(multipage, tmp_path / "out,1.tif")
    assert (result.pages, result.warnings) == (3, ())
    assert (result.width, result.height) == (96, 64)
    for index, pixels in enumerate(pages):
        image = _read(result.destination, page=index)
        expected = colorizer.colorize(pixels)
        np.testing.assert_array_equal(image.numpy(), expected)
        assert image.get("n-pages") == 3
        assert image.get_typeof("icc-profile-data")
    assert {path.name for path in tmp_path.iterdir()} == {multipage.name, "out,1.tif"}


@pytest.fixture
def partly_in_color(gray, tmp_path):
    """Four pages: gray, in color, gray, in color."""
    color = np.stack([gray, 255 - gray, gray[:, ::-1]], axis=-1)
    first, *others = map(Image.fromarray, [gray, color, gray[:40], color[:50]])
    path = tmp_path / "album.tif"
    first.save(path, save_all=True, append_images=others)
    return path


@pytest.mark.parametrize("suffix", [".tif", ".jpg"])
def test_pages_in_color_are_left_alone(colorizer, partly_in_color, tmp_path, suffix):
    skip = ColorizeOptions(skip_color=True, mark=True)
    result = colorizer.colorize_file(partly_in_color, tmp_path / f"out{suffix}", skip)
    assert (result.skipped, result.source_color.kind) == ("", "gray")
    if suffix == ".jpg":
        assert len(result.warnings) == 1  # that it holds one page
        return
    assert result.warnings == ("In color already, and left so: 2 of 4 pages",)
    assert colorizer.colorize(partly_in_color.read_bytes(), skip) == result.destination.read_bytes()
    colorizer.colorize_file(partly_in_color, tmp_path / "all.tif", replace(skip, skip_color=False))
    for page in range(4):
        new, source = (_read(path, page=page) for path in (result.destination, partly_in_color))
        anew = _read(tmp_path / "all.tif", page=page)
        assert new.bands == 3
        is_left = page in (1, 3)
        assert ((new - source).abs().max() == 0) == is_left
        assert ((new - anew).abs().max() == 0) != is_left
        assert (new.get_typeof("xmp-data") == 0) == is_left


def test_what_is_in_color_on_every_page_is_skipped(colorizer, partly_in_color, tmp_path):
    with Image.open(partly_in_color) as album:
        album.seek(1)
        in_color = album.copy()
    in_color.save(tmp_path / "color.tif", save_all=True, append_images=[in_color])
    skip = ColorizeOptions(skip_color=True)
    result = colorizer.colorize_file(tmp_path / "color.tif", tmp_path / "out.tif", skip)
    assert (result.skipped, result.source_color.kind) == ("in color already", "color")
    data = (tmp_path / "color.tif").read_bytes()
    assert colorizer.colorize(data, skip) == data


def test_hints_are_for_the_first_page(colorizer, multipage, tmp_path):
    hinted = ColorizeOptions(hints=(Hint(90, 60, "#ff0000"),))  # page 2 has 40 lines
    with_hint = colorizer.colorize_file(multipage, tmp_path / "hinted.tif", hinted)
    assert with_hint.warnings == ("The hints color the first of the 3 pages",)
    plain = colorizer.colorize_file(multipage, tmp_path / "plain.tif")
    changed = [
        (_read(with_hint.destination, page=n) - _read(plain.destination, page=n)).abs().max() > 0
        for n in range(3)
    ]
    assert changed == [True, False, False]


def test_pages_are_looked_for_once(colorizer, multipage, tmp_path, monkeypatch):
    """Else the work grows with the square of their number."""
    asked = []
    look = photo_pages.tiff_directories
    monkeypatch.setattr(photo_pages, "tiff_directories", lambda file: asked.append(1) or look(file))
    assert colorizer.colorize_file(multipage, tmp_path / "out.tif").pages == 3
    assert len(asked) == 1


def test_every_page_of_bytes(colorizer, multipage, tmp_path):
    options = ColorizeOptions(provenance=False)  # it has the time
    colorizer.colorize_file(multipage, tmp_path / "out.tif", options)
    colored = colorizer.colorize(multipage.read_bytes(), options)
    assert colored == (tmp_path / "out.tif").read_bytes()


@pytest.mark.parametrize(
    ("index", "suffix", "words"),
    [
        *((0, suffix, ()) for suffix in (".jpg", ".webp", ".avif", ".png", ".tif")),
        *((1, suffix, ("holds 8 of the 16 bits",)) for suffix in (".jpg", ".webp", ".avif")),
        *((1, suffix, ()) for suffix in (".png", ".tif")),
        *((2, suffix, ()) for suffix in (".webp", ".avif", ".png", ".tif")),
        (2, ".jpg", ("laid on white",)),
        (3, ".jpg", ("holds 8 of the 16 bits", "laid on white")),
    ],
)
def test_what_of_the_pixels_a_format_cannot_hold_is_said(
    colorizer, pages, tmp_path, caplog, index, suffix, words
):
    deep_with_alpha = pages[2].astype(np.uint16) * 257
    kind = ("b-w", "grey16", "srgb", "rgb16")[index]
    path = tmp_path / "old.png"
    image = pyvips.Image.new_from_array([*pages, deep_with_alpha][index], interpretation=kind)
    image.write_to_file(path)
    warnings = colorizer.colorize_file(path, tmp_path / f"new{suffix}").warnings
    assert len(warnings) == len(words)
    assert all(word in warning for word, warning in zip(words, warnings, strict=True))
    assert caplog.text == ""
    colorizer.colorize_bytes(path.read_bytes(), suffix)
    assert len(caplog.records) == len(words)
    assert all(word in caplog.text for word in words)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_first_page_where_there_is_room_for_one(colorizer, multipage, tmp_path, suffix):
    result = colorizer.colorize_file(multipage, tmp_path / f"out{suffix}")
    assert result.pages == 1
    (warning,) = result.warnings
    assert "one of the 3 pages" in warning
    assert "TIFF" in warning
    assert _read(result.destination).height == 64


def test_a_page_that_fails_leaves_nothing(colorizer, multipage, tmp_path, monkeypatch):
    destination = tmp_path / "out.tif"
    destination.write_bytes(b"precious")
    with pytest.raises(PhotoTooLargeError):
        colorizer.colorize_file(
            multipage, destination, overwrite=True, max_megapixels=64 * 96 / 1e6 - 0.001
        )
    color = Colorizer.color

    def fail_on_the_last(self, photo, options):
        if photo.page == 2:
            raise UnreadablePhotoError("damaged")
        return color(self, photo, options)

    monkeypatch.setattr(Colorizer, "color", fail_on_the_last)
    with pytest.raises(UnreadablePhotoError):
        colorizer.colorize_file(multipage, destination, overwrite=True)
    assert destination.read_bytes() == b"precious"
    assert {path.name for path in tmp_path.iterdir()} == {multipage.name, "out.tif"}


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_every_frame_of_an_animation(colorizer, gray, tmp_path, suffix):
    source = _animation(tmp_path / f"a{suffix}", gray)
    written = colorizer.colorize(source)
    assert written.name == "a.color.webp"
    before, after = _read(source, n=-1), _read(written, n=-1)
    assert (after.get("n-pages"), after.get("page-height")) == (3, 64)
    assert after.get("delay") == before.get("delay") == DURATIONS
    assert after.get("loop") == before.get("loop")
    assert (after.width, after.height) == (96, 3 * 64)
    rgb = after.numpy()[..., :3].astype(int)
    for index in range(3):
        frame = rgb[64 * index : 64 * (index + 1)]
        # Light is warm and dark is cool wherever it has moved to.
        rolled = np.roll(gray, 8 * index, axis=1)
        warm = (frame[..., 0] - frame[..., 2])[32:]
        assert warm[rolled[32:] > 190].mean() > 10
        assert warm[rolled[32:] < 50].mean() < 0


def test_animation_as_something_else(colorizer, gray, tmp_path):
    source = _animation(tmp_path / "a.gif", gray)
    png = colorizer.colorize_file(source, tmp_path / "a.png")
    assert (png.pages, len(png.warnings)) == (1, 1)
    assert "WebP" in png.warnings[0]
    tiff = colorizer.colorize_file(source, tmp_path / "a.tif")
    assert (tiff.pages, len(tiff.warnings)) == (3, 1)
    assert _read(tiff.destination).get("n-pages") == 3


def test_limit_counts_all_frames(colorizer, gray, tmp_path):
    source = _animation(tmp_path / "a.gif", gray)
    frame = 64 * 96 / 1e6
    colorizer.colorize_file(source, tmp_path / "a.webp", max_megapixels=3 * frame)
    with pytest.raises(PhotoTooLargeError):
        colorizer.colorize_file(source, tmp_path / "b.webp", max_megapixels=3 * frame - 0.001)


def test_no_room_for_the_frames(colorizer, gray, tmp_path, monkeypatch):
    source = _animation(tmp_path / "a.gif", gray)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(OutputError, match="TMPDIR"):
        colorizer.colorize_file(source, tmp_path / "a.webp")
    assert not (tmp_path / "a.webp").exists()


def test_gif_that_stands_still_becomes_png(colorizer, gray, tmp_path):
    Image.fromarray(gray).save(tmp_path / "a.gif")
    assert result_name(tmp_path / "a.gif") == "a.color.png"
    assert colorizer.colorize((tmp_path / "a.gif").read_bytes()).startswith(b"\x89PNG")
    moving = _animation(tmp_path / "b.gif", gray)
    assert colorizer.colorize(moving.read_bytes())[8:12] == b"WEBP"
    assert result_name(tmp_path / "missing.gif") == "missing.color.png"


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_autorotate_turns_pixels_and_tag(colorizer, gray, tmp_path, suffix, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "described"
    stored = Image.fromarray(np.ascontiguousarray(to_stored(gray, orientation)))
    stored.save(tmp_path / "in.png", exif=exif)
    options = ColorizeOptions(autorotate=True)
    written = colorizer.colorize(tmp_path / "in.png", options, output=tmp_path / f"a{suffix}")
    colored = Image.open(written)
    assert colored.getexif().get(0x0112, 1) == 1
    expected = colorizer.colorize(gray).astype(int)
    difference = np.abs(np.asarray(colored.convert("RGB")).astype(int) - expected)
    assert colored.size == (96, 64)
    assert difference.mean() < (0.1 if suffix in (".png", ".tif") else 4)


def test_large_photographs_are_turned_on_disk(colorizer, gray, tmp_path, monkeypatch):
    """Through a temporary file that is gone afterwards, with the same result."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(gray).save(tmp_path / "in.png", exif=exif)
    options = ColorizeOptions(autorotate=True, provenance=False)  # it has the time
    in_memory = colorizer.colorize(tmp_path / "in.png", options, output=tmp_path / "a.png")
    monkeypatch.setattr("autochrome.photo.turn._IN_MEMORY", 0)
    monkeypatch.setattr(pyvips.Image, "copy_memory", None)
    on_disk = colorizer.colorize(tmp_path / "in.png", options, output=tmp_path / "b.png")
    assert in_memory.read_bytes() == on_disk.read_bytes()
    assert list((tmp_path / "temporary").iterdir()) == []


def test_every_frame_of_an_animation_has_the_mark(colorizer, gray, tmp_path):
    source = _animation(tmp_path / "old.webp", gray)
    plain = ColorizeOptions(quality=100)
    colorizer.colorize_file(source, tmp_path / "plain.webp", plain)
    colorizer.colorize_file(source, tmp_path / "marked.webp", replace(plain, mark=True))
    before, after = (
        _read(tmp_path / name, n=3).numpy()[..., :3].astype(int).reshape(3, *gray.shape, 3)
        for name in ("plain.webp", "marked.webp")
    )
    height, width = gray.shape
    changed = np.abs(before - after).max(axis=-1) > 40
    assert changed[:, height // 2 :, width // 2 :].any(axis=(1, 2)).all()
    with Image.open(tmp_path / "marked.webp") as moving:
        assert moving.n_frames == 3


@pytest.fixture
def infrared(gray, tmp_path):
    """A scan whose fourth band, dark, is marked as neither color nor transparency."""
    path = tmp_path / "scan.tif"
    Image.fromarray(np.dstack([gray] * 3 + [gray // 8])).save(path)
    tifftools.tiff_set(path, overwrite=True, setlist=[("ExtraSamples", "0")])
    return path


@pytest.mark.parametrize("suffix", [".tif", ".png", ".jpg"])
def test_infrared_is_no_transparency(colorizer, gray, infrared, tmp_path, suffix):
    """Taken for it, the photograph would be laid on white, or hardly be seen."""
    result = colorizer.colorize_file(infrared, tmp_path / f"out{suffix}")
    (warning,) = result.warnings
    assert "infrared" in warning
    pixels = _read(result.destination).numpy()
    assert pixels.shape[-1] == 3
    expected = colorizer.colorize(np.dstack([gray] * 3))
    assert np.abs(pixels.astype(int) - expected).mean() < (8 if suffix == ".jpg" else 1e-9)


def test_infrared_of_some_page(colorizer, gray, infrared, tmp_path, caplog):
    Image.fromarray(gray).save(tmp_path / "first.tif")
    tifftools.tiff_concat([tmp_path / "first.tif", infrared], tmp_path / "both.tif")
    result = colorizer.colorize_file(tmp_path / "both.tif", tmp_path / "out.tif")
    assert [_read(result.destination, page=page).bands for page in (0, 1)] == [3, 3]
    assert "infrared" in " ".join(result.warnings)


def test_transparency_is_kept(colorizer, gray, tmp_path):
    alpha = np.full_like(gray, 99)
    Image.fromarray(np.dstack([gray] * 3 + [alpha])).save(tmp_path / "a.tif")
    result = colorizer.colorize_file(tmp_path / "a.tif", tmp_path / "out.tif")
    assert (_read(result.destination)[3].min(), result.warnings) == (99, ())
