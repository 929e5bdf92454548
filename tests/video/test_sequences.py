"""Films that are sequences of images."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
import pyvips

from autochrome.color import rgb_to_lab
from autochrome.errors import OutputError, UnreadableVideoError, UsageError
from autochrome.photo.naming import READABLE_SUFFIXES
from autochrome.video import VideoOptions, colorize_frames, colorize_video, parse_scene_hint
from autochrome.video.container.numbering import is_sequence, list_images


def read(path):
    return pyvips.Image.new_from_file(str(path)).numpy()


def write_images(pattern, picture, numbers, dtype=np.uint8):
    for number in numbers:
        path = pattern.with_name(pattern.name % number)
        path.parent.mkdir(exist_ok=True)
        gray = picture(number).astype(dtype) * (257 if dtype == np.uint16 else 1)
        kind = "grey16" if dtype == np.uint16 else "b-w"
        pyvips.Image.new_from_array(gray, interpretation=kind).write_to_file(str(path))
    return str(pattern)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("a/%05d.png", True),
        ("a/%d.tif", True),
        ("new/", True),
        ("film.mp4", False),
        ("50%.mp4", False),
        ("a%05d/film.mp4", False),
        ("udp://127.0.0.1:1/", False),
        ("-", False),
    ],
)
def test_what_names_a_sequence(address, expected):
    assert is_sequence(address) is expected


def test_a_folder_is_a_sequence(tmp_path):
    assert is_sequence(tmp_path)


def test_a_film_may_be_called_like_a_pattern(tmp_path, colorizer, make_clip):
    source = make_clip(tmp_path / "50%done.mkv")
    result = colorize_video(source, tmp_path / "50%done.color.mkv", colorizer=colorizer)
    assert result.frames == 20
    assert (tmp_path / "50%done.color.mkv").is_file()


def test_a_file_is_no_sequence_whatever_it_is_called(tmp_path):
    source = tmp_path / "50%done.avi"
    assert is_sequence(source)
    source.touch()
    assert not is_sequence(source)


@pytest.mark.parametrize(("dtype", "suffix"), [(np.uint8, "png"), (np.uint16, "tif")])
def test_each_image_has_an_output_with_its_number(tmp_path, colorizer, picture, dtype, suffix):
    numbers = range(95, 107)
    source = write_images(tmp_path / "in" / f"%03d.{suffix}", picture, numbers, dtype)
    destination = tmp_path / "out" / f"f_%05d.{suffix}"
    result = colorize_video(source, str(destination), colorizer=colorizer)
    assert (result.frames, result.scenes, result.warnings) == (12, 1, ())
    grays = [read(source % number) for number in numbers]
    expected = list(colorize_frames(grays, colorizer=colorizer))
    for number, frame in zip(numbers, expected, strict=True):
        colored = read(tmp_path / "out" / f"f_{number:05d}.{suffix}")
        assert colored.dtype == dtype
        np.testing.assert_array_equal(colored, frame)
    assert len(list((tmp_path / "out").iterdir())) == 12


def test_images_of_a_folder_come_in_the_order_of_their_numbers(tmp_path, colorizer, picture):
    write_images(tmp_path / "in" / "shot%d.png", picture, range(8, 13))
    (tmp_path / "in" / "notes.txt").write_text("no image")
    images = list_images(str(tmp_path / "in"))
    assert list(images) == [8, 9, 10, 11, 12]
    assert images[10].name == "shot10.png"
    colorize_video(tmp_path / "in", f"{tmp_path}/out/", colorizer=colorizer)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {f"shot{number}.png" for number in range(8, 13)}


def test_images_without_numbers_are_numbered_from_one(tmp_path, picture):
    for name in ("b.png", "a.png", "c7.png"):
        write_images(tmp_path / name, lambda _: picture(0), [()])
    assert list(list_images(str(tmp_path))) == [1, 2, 3]


def test_images_of_every_format_that_is_read_are_found(tmp_path):
    for number, suffix in enumerate(sorted(READABLE_SUFFIXES)):
        (tmp_path / f"{number}{suffix}").touch()
    assert len(list_images(str(tmp_path))) == len(READABLE_SUFFIXES)


def test_hidden_files_are_no_images(tmp_path, picture):
    write_images(tmp_path / "%05d.png", picture, [1, 2])
    for name in ("._00001.png", ".autochrome-00002.png.part.png"):
        (tmp_path / name).write_bytes(b"no image")
    images = list_images(str(tmp_path))
    assert {number: file.name for number, file in images.items()} == {
        1: "00001.png",
        2: "00002.png",
    }


def test_missing_numbers_are_told_of(tmp_path, colorizer, picture):
    source = write_images(tmp_path / "in" / "%03d.png", picture, [1, 2, 5])
    result = colorize_video(source, str(tmp_path / "out" / "%03d.png"), colorizer=colorizer)
    assert result.warnings == ("2 numbers are missing among the images",)
    assert (tmp_path / "out" / "005.png").exists()


@pytest.mark.parametrize("codec", ["h264", "ffv1"])
def test_images_become_a_film(tmp_path, colorizer, picture, codec):
    source = write_images(tmp_path / "in" / "%03d.png", picture, range(10))
    film = tmp_path / "film.mkv"
    options = VideoOptions(codec=codec, rate=Fraction(25), crf=1)
    result = colorize_video(source, film, options, colorizer=colorizer)
    assert result.frames == 10
    with av.open(str(film)) as container:
        frames = list(container.decode(video=0))
        assert container.streams.video[0].average_rate == 25
    times = [float(frame.pts * frame.time_base) for frame in frames]
    np.testing.assert_allclose(times, np.arange(10) / 25, atol=1e-3)
    for index, frame in enumerate(frames):
        luma = frame.to_ndarray()[:48, :64] if codec == "h264" else frame.to_ndarray()[0]
        wanted = 16 + picture(index).astype(float) * 219 / 255
        np.testing.assert_allclose(luma, wanted, atol=0.6 if codec == "ffv1" else 4)
    assert np.ptp(frames[0].to_ndarray(format="rgb24").astype(int), axis=-1).max() > 10


def test_a_film_becomes_images(tmp_path, colorizer, clip, picture):
    result = colorize_video(clip, f"{tmp_path}/out/", colorizer=colorizer)
    assert result.frames == 20
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [f"{number:05d}.png" for number in range(1, 21)]
    colored = read(tmp_path / "out" / "00003.png") / 255
    L = rgb_to_lab(np.repeat(picture(2)[..., None], 3, axis=-1) / 255)[..., 0]
    # An 8-bit film has 219 levels.
    np.testing.assert_allclose(rgb_to_lab(colored)[..., 0], L, atol=1.0)


def test_images_that_films_are_scanned_to_are_read(tmp_path, colorizer, picture):
    """DPX of 10 bits: white is white, and 16 bits come out."""
    (tmp_path / "in").mkdir()
    for number in range(3):
        gray = picture(number).astype(np.uint16) * 4
        gray[0, 0] = 1023
        with av.open(str(tmp_path / "in" / f"{number:03d}.dpx"), "w", format="image2") as container:
            stream = container.add_stream("dpx", rate=24)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "gbrp10le"
            pixels = np.repeat(gray[..., None], 3, axis=-1)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="gbrp10le")))
            container.mux(stream.encode(None))
    colorize_video(tmp_path / "in", f"{tmp_path}/out/", colorizer=colorizer)
    colored = read(tmp_path / "out" / "002.png")
    assert colored.dtype == np.uint16
    assert (colored[0, 0] > 65520).all()  # shifted from 10 to 16 bits it would be 65472
    L = rgb_to_lab(np.repeat(picture(2)[..., None] * 4.0, 3, axis=-1) / 1023)[..., 0]
    difference = np.abs(rgb_to_lab(colored / 65535)[..., 0] - L)
    assert difference.ravel()[1:].max() < 0.05


def test_nothing_is_written_over_or_twice(tmp_path, colorizer, picture):
    source = write_images(tmp_path / "in" / "%d.png", picture, range(3))
    write_images(tmp_path / "out" / "%d.png", picture, [2])
    with pytest.raises(OutputError, match=r"2\.png exists already"):
        colorize_video(source, str(tmp_path / "out" / "%d.png"), colorizer=colorizer)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["2.png"]
    colorize_video(source, str(tmp_path / "out" / "%d.png"), colorizer=colorizer, overwrite=True)
    assert read(tmp_path / "out" / "2.png").ndim == 3
    with pytest.raises(UsageError, match="over an image that is read"):
        colorize_video(source, f"{tmp_path}/in/", colorizer=colorizer, overwrite=True)
    assert read(source % 2).ndim == 2


def test_two_images_of_one_name_are_refused(tmp_path, colorizer, picture):
    write_images(tmp_path / "in" / "a%d.png", picture, [1])
    (tmp_path / "in" / "a1.ppm").write_bytes(b"P5 1 1 255\n0")
    with pytest.raises(UsageError, match="written twice"):
        colorize_video(tmp_path / "in", f"{tmp_path}/out/", colorizer=colorizer)


def test_what_is_done_before_a_damaged_image_stays_whole(tmp_path, colorizer, picture):
    from autochrome.errors import UnreadablePhotoError

    source = write_images(tmp_path / "in" / "%02d.png", picture, range(20))
    data = (tmp_path / "in" / "16.png").read_bytes()
    (tmp_path / "in" / "16.png").write_bytes(data[: len(data) // 2])
    with pytest.raises(UnreadablePhotoError, match=r"16\.png"):
        colorize_video(source, str(tmp_path / "out" / "%02d.png"), colorizer=colorizer)
    written = sorted((tmp_path / "out").iterdir())
    assert 0 < len(written) < 16
    assert all(read(path).shape == (48, 64, 3) for path in written)


@pytest.mark.parametrize("destination", ["out/", "film.mkv"])
def test_images_of_several_sizes_are_refused(tmp_path, colorizer, picture, destination):
    source = write_images(tmp_path / "in" / "%d.png", picture, [1])
    write_images(tmp_path / "in" / "%d.png", lambda index: picture(index, 40, 64), [2])
    with pytest.raises(UsageError, match=r"2\.png is 64 x 40"):
        colorize_video(source, f"{tmp_path}/{destination}", colorizer=colorizer)
    assert not (tmp_path / "film.mkv").exists()


@pytest.mark.parametrize(
    ("source", "where"), [("nothing/%d.png", "like"), ("empty", "in"), (".", "in")]
)
def test_no_images_are_an_error(tmp_path, colorizer, source, where):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableVideoError, match=f"no images {where} {tmp_path}"):
        colorize_video(f"{tmp_path}/{source}", f"{tmp_path}/out/", colorizer=colorizer)


def test_a_pattern_has_one_number(tmp_path, colorizer):
    with pytest.raises(UsageError, match="several numbers"):
        colorize_video(f"{tmp_path}/%d_%d.png", f"{tmp_path}/out/", colorizer=colorizer)


def ab_at(path, x, y):
    return rgb_to_lab(read(path)[None, None, y, x] / 255)[0, 0, 1:]


@pytest.mark.parametrize("kind", ["film", "images"])
def test_hints_are_followed_in_images(tmp_path, colorizer, clip, picture, kind):
    source = clip
    if kind == "images":
        source = write_images(tmp_path / "in" / "%05d.png", picture, range(1, 7))
    hints = tuple(map(parse_scene_hint, ("1:32,24=#a06080", "3:1,1=#808080")))
    options = VideoOptions(hints=hints)
    result = colorize_video(source, f"{tmp_path}/out/", options, colorizer=colorizer)
    assert "There is no scene 3: its hints are not used" in result.warnings
    wanted = rgb_to_lab(np.array([[[0xA0, 0x60, 0x80]]]) / 255)[0, 0, 1:]
    for name in ("00001.png", "00006.png"):
        np.testing.assert_allclose(ab_at(tmp_path / "out" / name, 32, 24), wanted, atol=6)


def test_hints_for_scenes_that_are_not_there_are_told_of_for_a_film_of_images(
    tmp_path, colorizer, picture
):
    source = write_images(tmp_path / "in" / "%d.png", picture, range(6))
    options = VideoOptions(hints=(parse_scene_hint("3:1,1=#808080"),))
    result = colorize_video(source, tmp_path / "out.mkv", options, colorizer=colorizer)
    assert result.warnings == ("There is no scene 3: its hints are not used",)


@pytest.mark.parametrize("destination", ["out/", "out.mkv"])
@pytest.mark.parametrize("kind", ["film", "images"])
def test_hints_outside_the_images_are_refused(
    tmp_path, colorizer, clip, picture, kind, destination
):
    source = clip
    if kind == "images":
        source = write_images(tmp_path / "in" / "%d.png", picture, range(2))
    options = VideoOptions(hints=(parse_scene_hint("2:64,1=#808080"),))
    with pytest.raises(UsageError, match="lies outside"):
        colorize_video(source, f"{tmp_path}/{destination}", options, colorizer=colorizer)
    assert not list(tmp_path.glob("out*"))


PLACE = "Not kept, a sequence of images has no place for it: "


def test_what_images_cannot_hold_is_told_of(tmp_path, colorizer, film):
    """Sound, times that are uneven, and pixels that are not square."""
    source = film(tmp_path / "in.mkv", [0, 1, 2, 3, 6, 7, 8])
    result = colorize_video(source, f"{tmp_path}/a/", colorizer=colorizer)
    assert result.warnings == (f"{PLACE}audio (aac)", f"{PLACE}uneven times")

    def flatten(container):
        container.streams.video[0].codec_context.sample_aspect_ratio = Fraction(16, 11)

    source = film(tmp_path / "flat.mp4", range(6), sound=False, dress=flatten)
    result = colorize_video(source, f"{tmp_path}/b/", colorizer=colorizer)
    assert result.warnings == (f"{PLACE}pixels that are not square (16/11)",)


def test_rounding_to_milliseconds_is_not_uneven(tmp_path, colorizer, film):
    """Matroska has frames of 23.976 a second 41 or 42 ms apart."""
    source = film(tmp_path / "in.mkv", range(12), time_base=Fraction(1001, 24000), sound=False)
    assert colorize_video(source, f"{tmp_path}/out/", colorizer=colorizer).warnings == ()
