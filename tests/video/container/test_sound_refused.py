"""Sound that a container cannot hold is refused before any work, with what to do instead."""

import pytest

from autochrome.errors import UsageError
from autochrome.video import colorize_video


def test_sound_that_does_not_fit_is_refused(film, tiny_colorizer, tmp_path):
    """Before any work."""
    source = film(tmp_path / "in.mkv", range(12), sound="wavpack")
    with pytest.raises(UsageError, match=r"sound \(wavpack\).*\.mkv"):
        colorize_video(source, tmp_path / "out.mp4", colorizer=tiny_colorizer)
    assert [path.name for path in tmp_path.iterdir()] == ["in.mkv"]


def with_truehd(container):
    container.add_mux_stream("truehd", rate=48000)


@pytest.mark.parametrize(
    ("suffix", "codec", "sound", "dress"),
    [
        (".mov", "flac", "flac", None),
        (".mov", "opus", "libopus", None),
        (".mp4", "truehd", False, with_truehd),
    ],
)
def test_sound_that_is_refused_with_the_header(
    film, tiny_colorizer, tmp_path, suffix, codec, sound, dress
):
    source = film(tmp_path / "in.mkv", range(12), sound=sound, dress=dress)
    with pytest.raises(UsageError, match=rf"cannot hold the sound \({codec}\)") as raised:
        colorize_video(source, tmp_path / f"out{suffix}", colorizer=tiny_colorizer)
    assert raised.value.advice.startswith("Give the output a name that ends in .mkv")
    assert [path.name for path in tmp_path.iterdir()] == ["in.mkv"]


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
@pytest.mark.parametrize("codec", ["adpcm_ms", "pcm_mulaw"])
def test_sound_that_matroska_does_not_hold(film, tiny_colorizer, tmp_path, suffix, codec):
    """It is not told to take Matroska."""
    source = film(tmp_path / "in.avi", range(12), sound=codec)
    with pytest.raises(UsageError, match=rf"\{suffix} .* sound \({codec}\)") as raised:
        colorize_video(source, tmp_path / f"out{suffix}", colorizer=tiny_colorizer)
    assert raised.value.advice.endswith("-c:a flac OUT.mkv")
