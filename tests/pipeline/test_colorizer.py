import io
import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import pyvips
from PIL import Image
from skimage.color import rgb2lab

import autochrome
from autochrome import (
    ColorizeOptions,
    Colorizer,
    ModelError,
    OutputError,
    PhotoTooLargeError,
    UnreadablePhotoError,
    UsageError,
)
from autochrome.color import ab_gamut, decode_logits
from autochrome.photo import open_photo, photo_from_array, to_stored
from autochrome.pipeline import Hint, Variant
from autochrome.pipeline.session import Session

WARM, COOL = (20, 30), (-10, -30)  # what the tiny model makes of light and of dark


@pytest.fixture
def photo_file(gray, tmp_path):
    path = tmp_path / "Großmutter 1910.png"
    Image.fromarray(gray).save(path)
    return path


def _lab(pixels):
    return rgb2lab(np.asarray(pixels)[..., :3] / 255)


def test_predict_is_the_annealed_mean_of_the_logits(colorizer):
    lightness = np.full((64, 64), 70, dtype=np.float32)
    ab = colorizer.predict(lightness)
    assert (ab.shape, ab.dtype) == ((64, 64, 2), np.float32)
    logits = colorizer.session.run(lightness)
    np.testing.assert_allclose(
        ab, np.broadcast_to(decode_logits(logits)[0, 0], ab.shape), atol=1e-3
    )


def test_a_small_photograph_is_seen_at_its_own_size_unless_another_is_asked_for(colorizer):
    manifest = colorizer.manifest
    larger = replace(colorizer, manifest=replace(manifest, input=replace(manifest.input, side=256)))
    small = photo_from_array(np.zeros((200, 300), np.uint8))
    assert larger.predict_distribution(small).lightness.shape == (200, 300)
    assert larger.predict_distribution(small, 256).lightness.shape == (256, 384)


def test_predict_follows_lightness(colorizer):
    lightness = np.repeat([[5.0] * 40 + [95.0] * 40], 64, axis=0)
    ab = colorizer.predict(lightness)
    assert np.abs(ab[30, 5] - COOL).max() < 0.5
    assert np.abs(ab[30, 75] - WARM).max() < 0.5
    middle = ab[30, 38:42].mean(axis=0)  # the edge is where it was
    assert np.abs(middle - np.mean([COOL, WARM], axis=0)).max() < 0.1


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (3, 5), (101, 67), (300, 40)])
def test_predict_any_size(colorizer, shape):
    ab = colorizer.predict(np.full(shape, 95, dtype=np.float32))
    assert ab.shape == (*shape, 2)
    assert np.abs(ab - WARM).max() < 0.5


def test_options_change_the_prediction(colorizer):
    lightness = np.full((16, 16), 55, dtype=np.float32)
    plain = colorizer.predict(lightness)
    for options in (ColorizeOptions(temperature=0.05), ColorizeOptions(temperature=1.0)):
        assert np.abs(colorizer.predict(lightness, options) - plain).max() > 1
    double = colorizer.predict(lightness, ColorizeOptions(saturation=2))
    np.testing.assert_allclose(double, 2 * plain, rtol=1e-5)
    assert not colorizer.predict(lightness, ColorizeOptions(saturation=0)).any()


def test_vividness_favors_saturated_colors(colorizer):
    class Undecided:
        """Gray, or pink."""

        def run(self, lightness):
            colors = [[0, 0], [30, 0]]
            answer = np.full((*np.array(lightness.shape) // 4, 313), -100, np.float32)
            answer[..., [ab_gamut().centers.tolist().index(color) for color in colors]] = 0
            return answer

    undecided = replace(colorizer, session=Undecided())
    lightness = np.full((16, 16), 50, dtype=np.float32)
    for vividness, ratio in ((-1, 0.001), (0, 1), (1 / 3, 10)):
        ab = undecided.predict(lightness, ColorizeOptions(vividness=vividness))
        np.testing.assert_allclose(ab[0, 0], [30 * ratio / (1 + ratio), 0], atol=1e-3)


def test_presets_are_counted_from_the_model(tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    content = json.loads((folder / "manifest.json").read_text())
    content["decode"]["vividness"] = -0.95
    (folder / "manifest.json").write_text(json.dumps(content))
    colorizer = Colorizer.open(folder)
    lightness = np.full((16, 16), 50, dtype=np.float32)

    def predict(**options):
        return colorizer.predict(lightness, ColorizeOptions(**options))[0, 0]

    for preset, vividness in (("natural", -1), ("balanced", -0.95), ("vivid", -0.9)):
        np.testing.assert_array_equal(predict(preset=preset), predict(vividness=vividness))
    np.testing.assert_array_equal(predict(preset="vivid", vividness=0.2), predict(vividness=0.2))
    assert np.abs(predict(preset="vivid") - predict(preset="natural")).max() > 0.1


def test_decoding_again_does_not_run_the_network(colorizer, gray, monkeypatch):
    photo = photo_from_array(gray)
    prediction = colorizer.predict_distribution(photo)
    assert prediction.lightness.shape == (64, 96)
    assert prediction.answer.shape[:2] == (16, 24)
    monkeypatch.setattr(Session, "run", None)
    for options in (
        ColorizeOptions(temperature=0.1, saturation=2),
        ColorizeOptions(preset="vivid", strength=0.3),
        ColorizeOptions(hints=(Hint(5, 5, "#a04040"),), variant=Variant(2, 2)),
    ):
        joined = colorizer.join(photo, prediction, options)
        monkeypatch.undo()
        np.testing.assert_array_equal(joined.numpy(), colorizer.colorize(gray, options))
        monkeypatch.setattr(Session, "run", None)


def test_strength_and_saturation_of_nothing_are_gray(colorizer, gray):
    for options in (ColorizeOptions(strength=0), ColorizeOptions(saturation=0)):
        colored = colorizer.colorize(gray, options)
        np.testing.assert_array_equal(colored, gray[..., None].repeat(3, -1))


def test_variants_of_every_kind(colorizer, gray, photo_file, tmp_path):
    arrays = colorizer.variants(gray, 3)
    np.testing.assert_array_equal(arrays[0], colorizer.colorize(gray))
    assert all((arrays[i] != arrays[j]).any() for i, j in ((0, 1), (0, 2), (1, 2)))
    paths = colorizer.variants(photo_file, 3)
    assert [path.name for path in paths] == [f"Großmutter 1910.color-{i}.png" for i in (1, 2, 3)]
    for path, array in zip(paths, arrays, strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(path)), array)
    named = colorizer.variants(str(photo_file), 2, output=tmp_path / "new.png")
    assert [path.name for path in named] == ["new-1.png", "new-2.png"]
    assert len(colorizer.variants(photo_file.read_bytes(), 2)) == 2
    assert [image.mode for image in colorizer.variants(Image.fromarray(gray), 2)] == ["RGB"] * 2


@pytest.mark.parametrize("n", [0, 1, 17])
def test_number_of_variants(colorizer, gray, n):
    with pytest.raises(UsageError, match="from 2 to 16"):
        colorizer.variants(gray, n)


@pytest.mark.parametrize("wrong", [np.zeros((4, 4, 1)), np.zeros((0, 4)), np.full((4, 4), np.nan)])
def test_predict_refuses(colorizer, wrong):
    with pytest.raises(UsageError):
        colorizer.predict(wrong)


def test_file_beside_the_input(colorizer, photo_file, gray):
    written = colorizer.colorize(str(photo_file))
    assert written == photo_file.with_name("Großmutter 1910.color.png")
    colored = np.asarray(Image.open(written))
    assert np.abs(_lab(colored)[..., 0] - _lab(gray[..., None].repeat(3, -1))[..., 0]).max() < 0.5
    assert colored[40, 2, 2] > colored[40, 2, 0]  # dark is cool
    assert colored[40, 93, 0] > colored[40, 93, 2]  # light is warm
    with pytest.raises(OutputError, match="exists already"):
        colorizer.colorize(photo_file)


def test_result_of_a_file(colorizer, photo_file, tmp_path):
    result = colorizer.colorize_file(photo_file, tmp_path / "new.tif")
    assert (result.width, result.height, result.model) == (96, 64, "tiny")
    assert result.destination == tmp_path / "new.tif"
    assert pyvips.Image.new_from_file(str(result.destination)).bands == 3
    assert (result.source_color.kind, result.skipped) == ("gray", "")


def test_share_of_reduced_colors(colorizer, tmp_path):
    """Nothing light is as colorful as four times the tiny model's warm."""
    Image.fromarray(np.full((64, 96), 235, dtype=np.uint8)).save(tmp_path / "old.png")
    shares = [
        colorizer.colorize_file(
            tmp_path / "old.png",
            tmp_path / f"{saturation}.png",
            ColorizeOptions(saturation=saturation),
        ).reduced_share
        for saturation in (0, 4)
    ]
    assert shares == [0, 1]


def test_color_is_colored_anew_or_left_alone(colorizer, gray, tmp_path):
    """With skip_color nothing is written, and what is in memory comes back as it was."""
    pixels = np.stack([gray, 255 - gray, gray[:, ::-1]], axis=-1)
    source, new = tmp_path / "old.png", tmp_path / "new.png"
    Image.fromarray(pixels).save(source)
    skip = ColorizeOptions(skip_color=True)

    result = colorizer.colorize_file(source, new, skip)
    assert (result.skipped, result.source_color.kind) == ("in color already", "color")
    assert not new.exists()
    assert colorizer.colorize(source, skip) == source
    assert colorizer.colorize(source.read_bytes(), skip) == source.read_bytes()
    np.testing.assert_array_equal(colorizer.colorize(pixels, skip), pixels)
    as_jpeg = colorizer.colorize_bytes(source.read_bytes(), ".jpg", skip)
    assert np.abs(np.asarray(Image.open(io.BytesIO(as_jpeg))).astype(int) - pixels).mean() < 5

    assert colorizer.colorize_file(source, new).skipped == ""
    assert new.exists()
    assert not (colorizer.colorize(pixels) == pixels).all()
    assert colorizer.colorize_file(tmp_path / "old.png", tmp_path / "b.png").skipped == ""


def test_bytes_left_alone_have_the_format_asked_for(colorizer, gray):
    pixels = np.stack([gray, 255 - gray, gray[:, ::-1]], axis=-1)
    skip = ColorizeOptions(skip_color=True, mark=True)
    jpeg, gif = io.BytesIO(), io.BytesIO()
    Image.fromarray(pixels).save(jpeg, "JPEG")
    frames = [Image.fromarray(np.roll(pixels, 8 * i, axis=1)).quantize(64) for i in range(3)]
    frames[0].save(gif, "GIF", save_all=True, append_images=frames[1:])
    for suffix in (None, ".jpeg", ".JPG"):
        assert colorizer.colorize_bytes(jpeg.getvalue(), suffix, skip) == jpeg.getvalue()
    assert colorizer.colorize_bytes(gif.getvalue(), None, skip) == gif.getvalue()
    webp = colorizer.colorize_bytes(gif.getvalue(), ".webp", skip)
    with Image.open(io.BytesIO(webp)) as moving:
        assert (moving.format, moving.n_frames) == ("WEBP", 3)
    png = colorizer.colorize_bytes(gif.getvalue(), ".png", skip)
    with Image.open(io.BytesIO(png)) as still:
        assert still.format == "PNG"
        # The mark says that there is color that was not; here there is none.
        np.testing.assert_array_equal(still.convert("RGB"), frames[0].convert("RGB"))


def test_gray_is_colored_with_skip_color_too(colorizer, gray, photo_file, tmp_path):
    options = ColorizeOptions(skip_color=True)
    assert colorizer.colorize_file(photo_file, tmp_path / "new.png", options).skipped == ""


def test_files_say_what_colored_them(colorizer, photo_file, tmp_path):
    first = colorizer.colorize_file(photo_file, tmp_path / "a.jpg")
    assert (first.warnings, first.lost_metadata) == ((), ())
    xmp = open_photo(tmp_path / "a.jpg").metadata.xmp.decode()
    manifest = colorizer.manifest
    for words in (manifest.name, manifest.weights.sha256, autochrome.__version__):
        assert words in xmp
    again = colorizer.colorize_file(tmp_path / "a.jpg", tmp_path / "b.png")
    assert "colored by Autochrome before" in again.warnings[0]
    assert open_photo(tmp_path / "b.png").metadata.xmp.decode().count("<stEvt:when") == 2


def test_files_say_nothing_when_asked(colorizer, photo_file, tmp_path):
    options = ColorizeOptions(provenance=False)
    colorizer.colorize_file(photo_file, tmp_path / "a.jpg", options)
    assert open_photo(tmp_path / "a.jpg").metadata.xmp == b""


def test_bytes_say_what_colored_them(colorizer, photo_file, caplog):
    data = colorizer.colorize(photo_file.read_bytes())
    assert caplog.text == ""
    colorizer.colorize(data)
    assert "colored by Autochrome before" in caplog.text


def test_mark(colorizer, photo_file, tmp_path):
    for mark in (False, True):
        options = ColorizeOptions(mark=mark)
        colorizer.colorize_file(photo_file, tmp_path / f"{mark}.png", options)
    plain, marked = (np.asarray(Image.open(tmp_path / f"{m}.png")) for m in (False, True))
    rows, columns = np.nonzero((plain != marked).any(axis=-1))
    assert rows.min() > 45
    assert columns.min() > 75


def test_format_that_can_only_be_read_becomes_png(colorizer, gray, tmp_path):
    Image.fromarray(gray).save(tmp_path / "old.gif")
    assert colorizer.colorize(tmp_path / "old.gif").name == "old.color.png"


def test_bytes_keep_their_format(colorizer, photo_file):
    data = photo_file.read_bytes()
    assert colorizer.colorize(data).startswith(b"\x89PNG")
    assert colorizer.colorize_bytes(data, ".jpg").startswith(b"\xff\xd8\xff")
    with pytest.raises(OutputError, match=r"\.gif"):
        colorizer.colorize_bytes(data, ".gif")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float16, np.float32, np.float64])
@pytest.mark.parametrize("bands", [None, 1, 2, 3, 4])
def test_arrays_keep_their_type(colorizer, gray, dtype, bands):
    largest = 1 if np.dtype(dtype).kind == "f" else np.iinfo(dtype).max
    pixels = (gray / 255 * largest).astype(dtype)
    if bands:
        pixels = np.repeat(pixels[..., None], bands, axis=-1)
    before = pixels.copy()
    colored = colorizer.colorize(pixels)
    assert (colored.shape, colored.dtype) == ((64, 96, 4 if bands in (2, 4) else 3), dtype)
    np.testing.assert_array_equal(pixels, before)
    L = rgb2lab(colored[..., :3].astype(float) / largest)[..., 0]
    expected = rgb2lab(np.repeat(gray[..., None], 3, -1) / 255)[..., 0]
    assert np.abs(L - expected).max() < 0.6


def test_strided_array(colorizer, gray):
    np.testing.assert_array_equal(
        colorizer.colorize(gray[::-2, ::-1]), colorizer.colorize(gray[::-2, ::-1].copy())
    )


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((4, 4, 5), dtype=np.uint8),
        np.zeros(4, dtype=np.uint8),
        np.zeros((0, 4), dtype=np.uint8),
        np.zeros((4, 4), dtype=np.int64),
        np.full((4, 4), 2.0),
        np.full((4, 4), np.nan),
        None,
        42,
    ],
)
def test_what_is_not_a_photograph(colorizer, wrong):
    with pytest.raises(UsageError):
        colorizer.colorize(wrong)


def test_output_needs_a_path(colorizer, gray, tmp_path):
    with pytest.raises(UsageError, match="output"):
        colorizer.colorize(gray, output=tmp_path / "a.png")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16"])
def test_pillow_images(colorizer, gray, mode):
    image = Image.fromarray(gray.astype(np.uint16) * 257 if mode == "I;16" else gray)
    image = image if image.mode == mode else image.convert(mode)
    image.info["dpi"] = (300, 300)
    colored = colorizer.colorize(image)
    assert colored.mode == ("RGBA" if mode in ("LA", "RGBA") else "RGB")
    assert (colored.size, colored.info["dpi"]) == (image.size, (300, 300))
    if mode not in ("1", "CMYK"):
        expected = _lab(gray[..., None].repeat(3, -1))[..., 0]
        assert np.abs(_lab(colored)[..., 0] - expected).max() < 1


@pytest.mark.parametrize("mode", ["I", "F"])
def test_pillow_images_without_a_range(colorizer, gray, mode):
    with pytest.raises(UsageError, match="Convert"):
        colorizer.colorize(Image.fromarray(gray).convert(mode))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(colorizer, gray, tmp_path, orientation):
    """The network sees the photograph upright; pixels and tag stay as they were stored."""
    stored = np.ascontiguousarray(to_stored(gray, orientation))
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(stored).save(tmp_path / "photo.png", exif=exif)
    colored = Image.open(colorizer.colorize(tmp_path / "photo.png"))
    assert colored.getexif().get(0x0112, 1) == orientation
    expected = to_stored(colorizer.colorize(gray), orientation)
    assert np.asarray(colored).shape == expected.shape
    assert np.abs(np.asarray(colored).astype(int) - expected).max() <= 1
    pillow = colorizer.colorize(Image.open(tmp_path / "photo.png"))
    np.testing.assert_array_equal(np.asarray(pillow), np.asarray(colored))


def test_orientation_is_what_the_network_sees(colorizer, gray, tmp_path, monkeypatch):
    seen = []
    predict = Session.run
    monkeypatch.setattr(
        Session, "run", lambda self, small: seen.append(small) or predict(self, small)
    )
    exif = Image.Exif()
    for orientation in (1, 6):
        exif[0x0112] = orientation
        Image.fromarray(np.ascontiguousarray(to_stored(gray, orientation))).save(
            tmp_path / "photo.png", exif=exif
        )
        colorizer.colorize(tmp_path / "photo.png", overwrite=True)
    np.testing.assert_allclose(seen[0], seen[1], atol=0.5)


def test_avif_is_stored_upright(colorizer, gray, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(gray).save(tmp_path / "photo.png", exif=exif)
    written = colorizer.colorize(tmp_path / "photo.png", output=tmp_path / "new.avif")
    image = pyvips.Image.new_from_file(str(written))
    assert (image.width, image.height) == (64, 96)


def test_unreadable_and_too_large(colorizer, photo_file, tmp_path):
    (tmp_path / "text.jpg").write_text("Dear Sir")
    with pytest.raises(UnreadablePhotoError):
        colorizer.colorize(tmp_path / "text.jpg")
    with pytest.raises(PhotoTooLargeError):
        colorizer.colorize(photo_file, max_megapixels=0.001)
    with pytest.raises(PhotoTooLargeError):
        colorizer.colorize(np.zeros((100, 100), dtype=np.uint8), max_megapixels=0.001)
    cut = tmp_path / "cut.png"
    cut.write_bytes(photo_file.read_bytes()[:-200])
    with pytest.raises(UnreadablePhotoError):
        colorizer.colorize(cut)
    assert not list(tmp_path.glob("*.color.*"))


def test_threads_give_what_one_thread_gives(colorizer):
    rng = np.random.default_rng(0)
    photos = [rng.integers(0, 256, (40 + i, 50), dtype=np.uint8) for i in range(12)]
    expected = [colorizer.colorize(photo) for photo in photos]
    barrier = threading.Barrier(4)

    def work(part):
        barrier.wait()
        return [colorizer.colorize(photo) for photo in photos[part::4]]

    with ThreadPoolExecutor(4) as executor:
        results = list(executor.map(work, range(4)))
    for part in range(4):
        for actual, wanted in zip(results[part], expected[part::4], strict=True):
            np.testing.assert_array_equal(actual, wanted)


def test_shortcut(tiny_model, gray, photo_file, tmp_path):
    from_array = autochrome.colorize(gray, model=tiny_model)
    written = autochrome.colorize(photo_file, model=tiny_model, output=tmp_path / "new.png")
    np.testing.assert_array_equal(np.asarray(Image.open(written)), from_array)


def test_unknown_model():
    with pytest.raises(ModelError):
        Colorizer.open("no such model")


def test_arrays_of_the_other_byte_order(colorizer, gray):
    deep = gray.astype(np.uint16) * 257
    swapped = colorizer.colorize(deep.astype(deep.dtype.newbyteorder()))
    assert swapped.dtype == deep.dtype.newbyteorder()
    np.testing.assert_array_equal(swapped, colorizer.colorize(deep))


def test_the_photograph_itself_is_not_overwritten(colorizer, photo_file, tmp_path):
    before = photo_file.read_bytes()
    link = tmp_path / "link.png"
    link.symlink_to(photo_file)
    for output in (photo_file, link):
        with pytest.raises(OutputError, match="is the photograph itself"):
            colorizer.colorize(photo_file, output=output, overwrite=True)
    assert photo_file.read_bytes() == before


@pytest.mark.parametrize("name", ["", ".", "/"])
def test_what_is_no_name_of_a_file_is_told(colorizer, name):
    with pytest.raises(UsageError, match="not the name of a photograph"):
        colorizer.colorize(name)


def test_a_pillow_image_that_is_cut_short_is_told(colorizer, gray):
    file = io.BytesIO()
    Image.fromarray(gray).save(file, "PNG")
    with (
        Image.open(io.BytesIO(file.getvalue()[:-60])) as image,
        pytest.raises(UnreadablePhotoError, match="cannot be decoded"),
    ):
        colorizer.colorize(image)


def test_a_profile_that_cannot_be_kept_is_told(colorizer, gray, photo_file, tmp_path, caplog):
    keep = ColorizeOptions(profile="keep")
    assert colorizer.colorize_file(photo_file, tmp_path / "a.png", keep).warnings == ()
    cmyk = pyvips.Image.new_from_array(gray).colourspace("srgb").icc_transform("cmyk")
    cmyk.tiffsave(str(tmp_path / "cmyk.tif"))
    (warning,) = colorizer.colorize_file(tmp_path / "cmyk.tif", tmp_path / "b.tif", keep).warnings
    assert warning.endswith("the result is sRGB")
    assert caplog.text == ""
    colorizer.colorize((tmp_path / "cmyk.tif").read_bytes(), keep)
    assert warning.split(": ")[1] in caplog.text
    assert colorizer.colorize_file(tmp_path / "cmyk.tif", tmp_path / "c.tif").warnings == ()
