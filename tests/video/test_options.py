"""What may be chosen about a film, and what is refused."""

from fractions import Fraction

import pytest

from autochrome.errors import UsageError
from autochrome.pipeline import ColorizeOptions, parse_hint
from autochrome.video import VideoOptions, colorize_frames, colorize_video, write_contact_sheet


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("codec", "theora"),
        ("speed", "warp"),
        ("format", "avi"),
        ("crf", 52),
        ("crf", -1),
        ("crf", 3.5),
        ("crf", "17"),
        ("rate", Fraction(0)),
        ("rate", 25),
        ("excerpt", "10s"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(name, value):
    with pytest.raises(UsageError, match=f"^{name} must be .*got '?{value}"):
        VideoOptions(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hints", ("2:50%,50%=#7aa8d8",)),
        ("hints", (parse_hint("50%,50%=#7aa8d8"),)),
        ("references", "120=photo.png"),
        ("color", {"preset": "natural"}),
    ],
)
def test_what_is_of_another_type_is_refused_by_its_name(name, value):
    with pytest.raises(UsageError, match=f"^{name} must be .*got "):
        VideoOptions(**{name: value})


def test_films_in_color_are_not_skipped():
    with pytest.raises(UsageError, match="skip_color is for photographs"):
        VideoOptions(color=ColorizeOptions(skip_color=True))


@pytest.mark.parametrize("options", [ColorizeOptions(), {}, "natural"])
def test_options_of_something_else_are_refused(options, tmp_path):
    with pytest.raises(UsageError, match="options must be VideoOptions"):
        colorize_video("film.mp4", tmp_path / "out.mp4", options)
    with pytest.raises(UsageError, match="options must be VideoOptions"):
        write_contact_sheet("film.mp4", tmp_path / "sheet.png", options)


def test_options_of_arrays_are_those_of_photographs():
    with pytest.raises(UsageError, match="options must be ColorizeOptions"):
        next(colorize_frames([], VideoOptions()))


@pytest.mark.parametrize(
    ("name", "value"), [("mark", True), ("autorotate", True), ("profile", "p3")]
)
def test_what_only_images_can_be_is_refused_for_a_film(name, value, tmp_path, colorizer, clip):
    options = VideoOptions(color=ColorizeOptions(**{name: value}))
    with pytest.raises(UsageError, match=f"{name} is for images"):
        colorize_video(clip, tmp_path / "out.mkv", options, colorizer=colorizer)
    assert colorize_video(clip, f"{tmp_path}/out/", options, colorizer=colorizer).frames == 20
