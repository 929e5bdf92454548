"""Contact sheets: one tile a scene, in color, numbered and timed as coloring finds them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from autochrome.errors import OutputError, StoppedError, UsageError
from autochrome.pipeline import Colorizer, Hint
from autochrome.video import (
    Excerpt,
    Reference,
    SceneHint,
    VideoOptions,
    colorize_video,
    parse_excerpt,
    write_contact_sheet,
)
from autochrome.video.container.excerpt import format_time, parse_time

HEIGHT, WIDTH, FRAMES, RATE = 48, 64, 12, 10  # of each scene
TILE = (320 * HEIGHT // WIDTH + 28 + 8, 320 + 8)  # a picture, its label and the gap


@pytest.fixture(scope="module")
def colorizer(tiny_model):
    return Colorizer.open(tiny_model, device="cpu")


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    """Three scenes of 1.2 seconds each: three still pictures, the first light, the last dark."""
    return write_film(tmp_path_factory.mktemp("film") / "film.mp4", [_picture(n) for n in range(3)])


def write_film(path: Path, pictures: list[np.ndarray]) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(len(pictures) * FRAMES):
            frame = av.VideoFrame.from_ndarray(pictures[number // FRAMES], format="gray")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame.reformat(format="yuv420p")))
        container.mux(stream.encode(None))
    return path


def _picture(scene: int) -> np.ndarray:
    noise = np.random.default_rng(scene).normal(size=(HEIGHT, WIDTH))
    hills = cv2.GaussianBlur(noise, (0, 0), 3) * 120
    return (hills + (190, 120, 60)[scene]).clip(16, 235).astype(np.uint8)


def tiles(path: Path) -> list[np.ndarray]:
    """The pictures on a sheet, RGB, in rows of two."""
    sheet = cv2.imread(str(path))[..., ::-1].astype(int)
    height, width = TILE
    return [
        sheet[8 + row * height :, 8 + column * width :][: height - 36, : width - 8]
        for row in range(sheet.shape[0] // height)
        for column in range(sheet.shape[1] // width)
    ]


def test_one_tile_a_scene(colorizer, film, tmp_path):
    count = write_contact_sheet(film, tmp_path / "sheet.png", colorizer=colorizer)
    assert count == 3
    first, second, third, nothing = tiles(tmp_path / "sheet.png")
    assert first.mean() > second.mean() + 20 > third.mean() + 40
    assert all(np.ptp(tile, axis=-1).mean() > 5 for tile in (first, second, third))
    assert np.ptp(nothing) == 0


def test_black_before_the_film_is_no_scene(colorizer, tmp_path):
    black = np.full((HEIGHT, WIDTH), 16, np.uint8)
    film = write_film(tmp_path / "in.mp4", [black, _picture(0), _picture(2)])
    alone, beside, out = (tmp_path / name for name in ("alone.png", "beside.png", "out.mp4"))
    assert write_contact_sheet(film, alone, colorizer=colorizer) == 2
    assert colorize_video(film, out, colorizer=colorizer, contact_sheet=beside).scenes == 2
    for sheet in (alone, beside):
        first, second = tiles(sheet)
        assert first.mean() > second.mean() + 40


def test_made_while_coloring_it_shows_the_same_scenes(colorizer, film, tmp_path):
    write_contact_sheet(film, tmp_path / "alone.png", colorizer=colorizer)
    sheet = tmp_path / "sheet.png"
    result = colorize_video(film, tmp_path / "out.mp4", colorizer=colorizer, contact_sheet=sheet)
    assert result.scenes == 3
    assert not (tmp_path / "out.mp4.parts").exists()
    for one, other in zip(tiles(tmp_path / "alone.png"), tiles(sheet), strict=True):
        assert np.abs(one - other).mean() < 3


def test_it_is_whole_after_an_interruption(colorizer, film, tmp_path):
    output, sheet = tmp_path / "out.mp4", tmp_path / "sheet.png"
    asked = iter([False] * 5 + [True] * 100)
    with pytest.raises(Exception, match="Stopped"):
        colorize_video(
            film,
            output,
            colorizer=colorizer,
            contact_sheet=sheet,
            is_stopped=lambda: next(asked),
        )
    result = colorize_video(film, output, colorizer=colorizer, contact_sheet=sheet)
    assert result.resumed
    assert result.warnings == ()
    assert len(tiles(sheet)) == 4


@pytest.mark.parametrize(
    ("asked", "warning", "shown"),
    [
        ([False] * 2 + [True] * 100, "The contact sheet has only the scenes", 2),
        ([False] * 9 + [True] * 100, "There is no contact sheet", 0),
    ],
)
def test_of_a_run_that_goes_on_it_has_what_this_run_has_colored(
    colorizer, film, tmp_path, asked, warning, shown
):
    output, sheet = tmp_path / "out.mp4", tmp_path / "sheet.png"
    asked = iter(asked)
    with pytest.raises(StoppedError):
        colorize_video(film, output, colorizer=colorizer, is_stopped=lambda: next(asked))
    result = colorize_video(film, output, colorizer=colorizer, contact_sheet=sheet)
    assert any(warning in text for text in result.warnings)
    assert len(tiles(sheet)) == shown if shown else not sheet.exists()
    assert not (tmp_path / "out.mp4.parts").exists()


def test_there_is_none_of_a_piece_beyond_the_end(colorizer, film, tmp_path):
    options = VideoOptions(excerpt=Excerpt(5, 100))
    with pytest.raises(UsageError, match=r"is over before 1:40\.0"):
        write_contact_sheet(film, tmp_path / "sheet.png", options, colorizer=colorizer)
    assert not (tmp_path / "sheet.png").exists()


def test_hints_are_shown(colorizer, film, tmp_path):
    green = SceneHint(2, Hint(50, 50, "#20c020", percent=True))
    options = VideoOptions(hints=(green,))
    write_contact_sheet(film, tmp_path / "plain.png", colorizer=colorizer)
    write_contact_sheet(film, tmp_path / "hinted.png", options, colorizer=colorizer)
    first, second, third, _ = (
        np.abs(a - b).max()
        for a, b in zip(tiles(tmp_path / "plain.png"), tiles(tmp_path / "hinted.png"), strict=True)
    )
    assert second > 40
    assert first == third == 0


@pytest.mark.parametrize("reference", [{"frame": FRAMES + 3}, {"seconds": 1.45}])
def test_a_reference_belongs_to_the_scene_of_its_frame(colorizer, film, tmp_path, reference):
    photo = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    photo[..., 1] = _picture(1)  # green
    assert cv2.imwrite(str(tmp_path / "still.png"), photo)
    options = VideoOptions(references=(Reference(tmp_path / "still.png", **reference),))
    write_contact_sheet(film, tmp_path / "sheet.png", options, colorizer=colorizer)
    greens = [tile[..., 1].mean() - tile[..., 0].mean() for tile in tiles(tmp_path / "sheet.png")]
    assert greens[1] > greens[0] + 10
    assert greens[1] > greens[2] + 10


def test_a_reference_of_no_frame_is_refused(colorizer, film, tmp_path):
    assert cv2.imwrite(str(tmp_path / "still.png"), np.full((8, 8, 3), (0, 200, 0), np.uint8))
    options = VideoOptions(references=(Reference(tmp_path / "still.png", frame=3 * FRAMES),))
    with pytest.raises(UsageError, match="no frame 36"):
        write_contact_sheet(film, tmp_path / "sheet.png", options, colorizer=colorizer)
    assert not (tmp_path / "sheet.png").exists()


def green_still(path: Path, scene: int) -> Path:
    photo = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    photo[..., 1] = _picture(scene)
    assert cv2.imwrite(str(path), photo)
    return path


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ({"seconds": 0.2}, "0.2 s"),
        ({"frame": 2}, "2"),
        ({"seconds": 3}, "3 s"),
        ({"frame": 400}, "400"),
    ],
)
def test_a_reference_outside_the_excerpt_is_left_out(
    colorizer, film, tmp_path, where, told, caplog
):
    """Its scene is not that with which the excerpt begins."""
    still = green_still(tmp_path / "still.png", 1)
    excerpt = Excerpt(0.8, start=1.4)
    plain = VideoOptions(excerpt=excerpt, codec="ffv1")
    out, expected = tmp_path / "out.mkv", tmp_path / "plain.mkv"
    colorize_video(film, expected, plain, colorizer=colorizer)
    options = VideoOptions(excerpt=excerpt, codec="ffv1", references=(Reference(still, **where),))
    result = colorize_video(film, out, options, colorizer=colorizer)
    warning = f"{still} is not used: its frame, {told}, is outside the preview"
    assert result.warnings == (warning,)
    assert pictures(out) == pictures(expected)
    write_contact_sheet(film, tmp_path / "sheet.png", options, colorizer=colorizer)
    assert [record.getMessage() for record in caplog.records] == [warning]


@pytest.mark.parametrize("where", [{"seconds": 1.5}, {"frame": 16}])
def test_a_reference_inside_the_excerpt_is_counted_from_the_film(colorizer, film, tmp_path, where):
    still = green_still(tmp_path / "still.png", 1)
    other = green_still(tmp_path / "other.png", 0)
    references = (Reference(other, frame=2), Reference(still, **where))
    options = VideoOptions(excerpt=Excerpt(1.8, start=1.4), references=references)
    out, sheet = tmp_path / "out.mkv", tmp_path / "sheet.png"
    result = colorize_video(film, out, options, colorizer=colorizer, contact_sheet=sheet)
    assert [warning.split()[0] for warning in result.warnings] == [str(other)]
    greens = [tile[..., 1].mean() - tile[..., 0].mean() for tile in tiles(sheet)[:2]]
    assert greens[0] > greens[1] + 10


def test_a_hint_that_a_sheet_has_no_scene_for_is_told(colorizer, film, tmp_path, caplog):
    options = VideoOptions(hints=(SceneHint(4, Hint(1, 1, "#808080")),))
    write_contact_sheet(film, tmp_path / "sheet.png", options, colorizer=colorizer)
    assert "There is no scene 4" in caplog.text


def pictures(path: Path) -> list[list[int]]:
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return [frame.tolist() for frame in frames]


def test_what_cannot_be_written_is_refused_before_any_work(colorizer, film, tmp_path):
    with pytest.raises(UsageError, match="contact sheet"):
        write_contact_sheet(film, tmp_path / "sheet.gif", colorizer=colorizer)
    (tmp_path / "sheet.jpg").write_bytes(b"mine")
    for make in (
        lambda: write_contact_sheet(film, tmp_path / "sheet.jpg", colorizer=colorizer),
        lambda: colorize_video(
            film, tmp_path / "o.mp4", colorizer=colorizer, contact_sheet=tmp_path / "sheet.jpg"
        ),
    ):
        with pytest.raises(OutputError, match="exists"):
            make()
    assert (tmp_path / "sheet.jpg").read_bytes() == b"mine"
    assert not (tmp_path / "o.mp4").exists()


def luma(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [
            frame.to_ndarray().reshape(-1, WIDTH)[:HEIGHT] for frame in container.decode(video=0)
        ]


def test_an_excerpt_has_its_frames_and_no_others(colorizer, film, tmp_path):
    options = VideoOptions(excerpt=Excerpt(0.9, start=0.6), codec="ffv1")
    result = colorize_video(film, tmp_path / "out.mkv", options, colorizer=colorizer)
    assert (result.frames, result.scenes, result.warnings) == (9, 2, ())
    pieces = luma(tmp_path / "out.mkv")
    assert len(pieces) == 9
    for piece, frame in zip(pieces, luma(film)[6:15], strict=True):
        np.testing.assert_array_equal(piece, frame)
    with av.open(str(tmp_path / "out.mkv")) as container:
        assert next(container.decode(video=0)).time == 0


def test_an_excerpt_beyond_the_end_is_refused(colorizer, film, tmp_path):
    options = VideoOptions(excerpt=Excerpt(1, start=100))
    with pytest.raises(UsageError, match="over before 1:40"):
        colorize_video(film, tmp_path / "out.mp4", options, colorizer=colorizer)
    assert not (tmp_path / "out.mp4").exists()


def test_times_are_read_as_they_are_written():
    assert [*map(parse_time, ["90", "90s", "1:30", "0:01:30.0"])] == [90] * 4
    assert format_time(3723.44) == "1:02:03.4"
    assert format_time(59.96) == "1:00.0"
    for seconds in (0, 0.1, 61.5, 3600):
        assert parse_time(format_time(seconds)) == pytest.approx(seconds)
    assert parse_excerpt("10s") == Excerpt(10)
    assert parse_excerpt("1:30+10s") == Excerpt(10, start=90)


@pytest.mark.parametrize("text", ["", "x", "0s", "10s+", "+10s", "1:2:3:4", "-5s", "1e9"])
def test_what_cannot_be_an_excerpt_is_refused(text):
    with pytest.raises(UsageError):
        parse_excerpt(text)
